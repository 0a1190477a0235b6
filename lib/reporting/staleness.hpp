#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/lineage.hpp"

namespace regionwise::reporting {

/// What a result's recorded inputs say of it today.
enum class Freshness {
  current,       ///< Every input is there and unchanged.
  unverifiable,  ///< An input is gone or cannot be read, the others are unchanged.
  stale,         ///< An input (or an input's input) has changed since.
  damaged,       ///< The file itself is, or is not of this suite.
  unreadable,    ///< The file itself is missing, or the disk does not give it.
};

std::string to_string(Freshness freshness);

/// Whether a file's program was this build of it.
enum class Build {
  same,     ///< Built from the commit of this one, with nothing changed.
  other,    ///< Built from another commit.
  unknown,  ///< One of them was built from changed sources, or none knows which.
};

/// `commit`: as recorded, and that of the running program. Two trees with changes that were made
/// upon the same commit go by the same name, and need not be the same.
Build compare_builds(const std::string& commit, const std::string& of_this_program);
std::string to_string(Build build);

/// One file of a study against what it was made from.
struct StalenessReport {
  std::string file;
  Freshness freshness = Freshness::current;
  /// The inputs that changed or are gone, such as "results/x/dataset.h5 changed"; one that stands
  /// below another: "results/x/model-1.run.h5 < experiments/losses/dice.json changed". Each of them
  /// once, by the shortest way to it. Of a damaged or unreadable file what is wrong with it.
  std::vector<std::string> causes;
  /// Of a data set whose images were compared: how many files.
  std::optional<std::int64_t> source_files;
  std::string program;  ///< That wrote it; empty where it is one of these …
  std::string commit;   ///< … and the commit it was built from.
};

/// Whether data sets are compared with their images as well.
struct SourceOptions {
  bool compare = false;
  /// Where the images lie today: the folder that holds them as the one did that the data set was
  /// prepared from, whatever it was called; a list of cases that lay there is looked for there,
  /// too. Empty: where they were, relative names from the working folder.
  std::filesystem::path root = {};
};

/// Compares files with what they were made from, by content: the hash of each recorded input, and
/// of the inputs' own inputs, against that of the file which has the name today (relative names
/// from the working folder). A folder among the inputs is not looked into (unverifiable).
///
/// With `sources` a data set is also compared with the image and label files that it lists, which
/// are then read whole, one after the other: one that changed makes it stale, one that is gone
/// unverifiable. Files that came into the folder since are not seen. Of phantoms there are none; an
/// older program's data set that does not list them is unverifiable.
///
/// Each input is hashed once. One report a file, in their order: a file that cannot be read has one
/// that says so, and hides no other.
std::vector<StalenessReport> check_staleness(std::span<const std::filesystem::path> files,
                                             const SourceOptions& sources = {});

}  // namespace regionwise::reporting
