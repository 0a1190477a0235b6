#include "sources/layout.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/error.hpp"
#include "storage/nifti.hpp"

namespace regionwise::sources::detail {

namespace fs = std::filesystem;

namespace {

std::string same_image(const fs::path& path, const fs::path& other) {
  return fmt::format(
      "{}: the same image as {}; remove one of them", path.string(), other.filename().string());
}

}  // namespace

void FoundCase::set_image(std::size_t channel, const fs::path& path) {
  const auto& slot = images.try_emplace(channel, path).first->second;
  if (slot != path) problems.push_back(same_image(path, slot));
}

void FoundCase::set_label(const fs::path& path) {
  if (!label.empty()) problems.push_back(same_image(path, label));
  label = path;
}

bool is_hidden(const fs::path& relative) {
  return std::any_of(relative.begin(), relative.end(), [](const fs::path& part) {
    return part.string().starts_with('.') && part != "." && part != "..";
  });
}

std::optional<std::string> unread_stem(const std::string& name) {
  static constexpr std::array kEndings = {
      ".seg.nrrd", ".nrrd",   ".nhdr", ".mha",    ".mhd", ".mgz",    ".mgh", ".hdr",
      ".img",      ".img.gz", ".dcm",  ".png",    ".jpg", ".jpeg",   ".bmp", ".tif",
      ".tiff",     ".npy",    ".npz",  ".nii.gz", ".nii", ".nii.bz2"};
  if (storage::nifti_stem(name)) return std::nullopt;
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  for (const std::string ending : kEndings) {
    if (lower.size() > ending.size() && lower.ends_with(ending))
      return name.substr(0, name.size() - ending.size());
  }
  return std::nullopt;
}

namespace {

void throw_if_of_machine(const std::error_code& error, const fs::path& path) {
  if (!is_of_machine(error.value())) return;
  throw IoError(fmt::format("{}: cannot be read: {}", path.string(), error.message()),
                error.value());
}

}  // namespace

fs::file_type type_of(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  throw_if_of_machine(error, path);
  return type;
}

bool is_folder(const fs::path& path) {
  return type_of(path) == fs::file_type::directory;
}

bool is_folder(const fs::directory_entry& entry) {
  std::error_code error;  // A link to itself is no folder; whoever opens it says so.
  const bool is_directory = entry.is_directory(error);
  throw_if_of_machine(error, entry.path());
  return is_directory;
}

std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
  std::vector<fs::directory_entry> entries;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    entries.push_back(*entry);
  }
  if (error) {
    throw IoError(fmt::format("{}: cannot be listed: {}", folder.string(), error.message()),
                  error.value());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

void warn_of_count(std::int64_t found,
                   const char* things,
                   const std::string& where,
                   std::int64_t expected,
                   Log& log) {
  if (found == expected) return;
  log.warn(fmt::format("{} {} found, but {} has {}: who trains and who validates may differ",
                       found,
                       things,
                       where,
                       expected));
}

std::string contents(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : entries_of(folder)) {
    names.push_back(entry.path().filename().string() + (is_folder(entry) ? "/" : ""));
  }
  if (names.empty()) return "nothing";
  std::sort(names.begin(), names.end());
  const std::size_t shown = std::min<std::size_t>(names.size(), 5);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace regionwise::sources::detail
