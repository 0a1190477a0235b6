#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "sources/source_data.hpp"

/// What the layouts share; not for use outside the adapter.
namespace regionwise::sources::detail {

/// What was found of a case: channel files by number, and the label.
struct FoundCase {
  std::map<std::size_t, std::filesystem::path> images;
  std::filesystem::path label;
  std::string patient;
  bool by_channel = false;            ///< One file per channel, else one file holds them all.
  bool listed = false;                ///< In the training list of dataset.json.
  std::filesystem::path unread;       ///< An image of this case, of a kind that is not read.
  std::vector<std::string> problems;  ///< Each names a file and a remedy.

  /// Remembers a file; one that is there already is a problem.
  void set_image(std::size_t channel, const std::filesystem::path& path);
  void set_label(const std::filesystem::path& path);
};

using FoundCases = std::map<std::string, FoundCase>;

/// Layout::files.
FoundCases find_by_pattern(const Description& description,
                           const std::filesystem::path& root,
                           SourceData& source,
                           Log& log);

/// Layout::decathlon: also reads the names that the description leaves out.
FoundCases read_decathlon(const std::filesystem::path& root, SourceData& source, Log& log);

/// What lies under a path, links followed: not_found where nothing does. IoError where the machine
/// keeps from looking (Error::of_machine): it may be anything.
std::filesystem::file_type type_of(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);
bool is_folder(const std::filesystem::directory_entry& entry);

/// A folder's entries, sorted. IoError where it cannot be listed.
std::vector<std::filesystem::directory_entry> entries_of(const std::filesystem::path& folder);

bool is_hidden(const std::filesystem::path& relative);

/// The name without the ending of an image format that is not read, or nothing.
std::optional<std::string> unread_stem(const std::string& name);

/// A warning where other than so many `things` are found: a copy that lacks some is split otherwise
/// than the whole. `where`: who says how many there are.
void warn_of_count(std::int64_t found,
                   const char* things,
                   const std::string& where,
                   std::int64_t expected,
                   Log& log);

/// Some of a folder's entries, for a message.
std::string contents(const std::filesystem::path& folder);

}  // namespace regionwise::sources::detail
