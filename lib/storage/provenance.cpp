#include "storage/provenance.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/version.hpp"
#include "storage/history.hpp"
#include "storage/schema.hpp"

namespace regionwise::storage {
namespace {

constexpr const char* kProvenance = "/provenance";
constexpr const char* kFormatPrefix = "regionwise/";

/// Null where the file is not of this suite, or its history damaged.
std::shared_ptr<const History> history_in(const Hdf5Reader& file) {
  try {
    if (format_of(file).empty() || !file.exists(kProvenance)) return {};
    return std::make_shared<const History>(read_history(file));
  } catch (const DataError&) {
    return {};
  }
}

std::optional<Hdf5Reader> open_if_hdf5(const std::filesystem::path& path) {
  try {
    return std::optional<Hdf5Reader>(std::in_place, path);
  } catch (const DataError&) {
    return {};  // an image or any other file
  }
}

/// What is written of a program that ends now.
History history_of(const Provenance& provenance) {
  History history;
  history.texts = {{"schema", "regionwise/provenance"},
                   {"program", provenance.program},
                   {"version", regionwise::version()},
                   {"commit", commit()},
                   {"compiler", compiler()},
                   {"command", provenance.command},
                   {"device", provenance.device}};
  if (!provenance.libtorch.empty()) history.texts.emplace_back("libtorch", provenance.libtorch);
  history.threads = provenance.threads;
  history.seed = provenance.seed;
  history.configuration = detail::text_of(provenance.configuration);
  for (const auto& input : provenance.inputs) {
    history.inputs.push_back({input.path.string(), input.hash, input.history});
  }
  for (const auto& [path, hash] : provenance.hashed_inputs) {
    history.inputs.push_back({path.string(), hash, {}});
  }
  return history;
}

/// How a file of each format is made.
std::string remedy_for(const std::string& format) {
  if (format == "regionwise/dataset") return "prepare it anew with prepare-data";
  if (format == "regionwise/maps") return "compute it anew with compute-maps";
  if (format == "regionwise/run") return "train it anew with train";
  if (format == "regionwise/metrics") return "evaluate anew with evaluate";
  return "make it anew";
}

}  // namespace

Input::Input(const std::filesystem::path& path) : path(path) {
  if (const auto file = open_if_hdf5(path)) {
    *this = Input(*file);
  } else {
    hash = hash_file(path);
  }
}

Input::Input(const Hdf5Reader& file)
    : path(file.path()),
      hash(hash_open_file(file.descriptor(), file.path().string())),
      history(history_in(file)) {}

void write_header(Hdf5Writer& file,
                  const std::string& format,
                  int version,
                  const Provenance& provenance) {
  file.attribute("/", "format", format);
  file.attribute("/", "format_version", version);
  file.attribute("/", "sealed", 1);
  write_history(file, history_of(provenance));
}

std::string format_of(const Hdf5Reader& file) {
  if (!file.has_attribute("/", "format")) return {};
  try {
    const auto format = file.text_attribute("/", "format");
    return format.starts_with(kFormatPrefix) ? format : std::string();
  } catch (const DataError&) {
    return {};
  }
}

void check_header(const Hdf5Reader& file, const std::string& format, int version, int oldest) {
  const auto found = format_of(file);
  if (found != format) {
    throw DataError(fmt::format("{}: expected a {} file, found {}",
                                file.path().string(),
                                format,
                                found.empty() ? "an HDF5 file of another origin" : found));
  }
  const auto found_version = file.integer_attribute("/", "format_version");
  if (found_version > version) {
    throw DataError(fmt::format(
        "{}: {} version {} is newer than this program, which reads up to version {}: update it",
        file.path().string(),
        format,
        found_version,
        version));
  }
  if (found_version < 1) {
    throw DataError(
        fmt::format("{}: impossible format_version {}", file.path().string(), found_version));
  }
  if (found_version < oldest) {
    throw DataError(
        fmt::format("{}: {} version {} was written by an older version of the programs: {}",
                    file.path().string(),
                    format,
                    found_version,
                    remedy_for(format)));
  }
  if (!file.exists(kProvenance)) {
    throw DataError(file.path().string() + ": has no /provenance: it is not a file of this suite");
  }
}

void check_provenance(const Hdf5Reader& file) {
  for (const char* name : {"program", "version", "commit", "compiler", "command", "device"}) {
    file.text_attribute(kProvenance, name);
  }
  detail::require(file.integer_attribute(kProvenance, "threads") >= 0,
                  file,
                  kProvenance,
                  "a number of threads of at least 0");
  if (file.has_attribute(kProvenance, "seed")) file.unsigned_attribute(kProvenance, "seed");
  if (file.has_attribute(kProvenance, "libtorch")) file.text_attribute(kProvenance, "libtorch");
  detail::read_json(file, "/provenance/configuration");
}

}  // namespace regionwise::storage
