#include "storage/provenance.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/version.hpp"
#include "storage/schema.hpp"

namespace regionwise::storage {
namespace {

constexpr const char* kProvenance = "/provenance";
constexpr const char* kFormatPrefix = "regionwise/";

/// Copies the history of an input that has one: an HDF5 file of this suite.
void copy_history(Hdf5Writer& file, const std::filesystem::path& input, const std::string& group) {
  try {
    const Hdf5Reader reader(input);
    if (format_of(reader).empty() || !reader.exists(kProvenance)) return;
    file.copy_from(reader, kProvenance, group + kProvenance);
  } catch (const DataError&) {
    // An image or any other file has no history.
  }
}

void write_input(Hdf5Writer& file,
                 const std::filesystem::path& input,
                 const std::string& hash,
                 const std::string& group) {
  file.group(group);
  file.attribute(group, "path", input.string());
  file.attribute(group, "hash", hash);
}

void write_inputs(Hdf5Writer& file, const Provenance& provenance) {
  file.group("/provenance/inputs");
  // As many digits as the last number has: the names then sort as the inputs were given.
  const auto count = provenance.inputs.size() + provenance.hashed_inputs.size();
  const auto digits = std::to_string(count).size();
  std::size_t number = 0;
  const auto next_group = [&] {
    return fmt::format("/provenance/inputs/{:0{}}", ++number, digits);
  };
  for (const auto& input : provenance.inputs) {
    const std::string group = next_group();
    write_input(file, input, hash_file(input), group);
    copy_history(file, input, group);
  }
  for (const auto& [path, hash] : provenance.hashed_inputs) {
    write_input(file, path, hash, next_group());
  }
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

void write_header(Hdf5Writer& file,
                  const std::string& format,
                  int version,
                  const Provenance& provenance) {
  file.attribute("/", "format", format);
  file.attribute("/", "format_version", version);
  file.attribute("/", "sealed", 1);
  file.group(kProvenance);
  file.attribute(kProvenance, "schema", "regionwise/provenance");
  file.attribute(kProvenance, "schema_version", 1);
  file.attribute(kProvenance, "program", provenance.program);
  file.attribute(kProvenance, "version", regionwise::version());
  file.attribute(kProvenance, "commit", commit());
  file.attribute(kProvenance, "compiler", compiler());
  file.attribute(kProvenance, "command", provenance.command);
  file.attribute(kProvenance, "device", provenance.device);
  file.attribute(kProvenance, "threads", provenance.threads);
  if (provenance.seed) file.attribute(kProvenance, "seed", *provenance.seed);
  if (!provenance.libtorch.empty()) file.attribute(kProvenance, "libtorch", provenance.libtorch);
  detail::write_json(file, "/provenance/configuration", provenance.configuration);
  write_inputs(file, provenance);
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
