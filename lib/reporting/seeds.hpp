#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "storage/run_file.hpp"

namespace regionwise::reporting {

/// How a run was trained, but for its seed; of a run file or of its metrics.
struct Training {
  std::string file;  ///< For messages.
  std::string name;  ///< Of the configuration; empty: of another program.
  Json configuration;
  std::string dataset_hash;  ///< Of the dataset file; empty: not known.
  std::string maps_hash;     ///< Of the precomputed maps; empty: none, or not known.
};

/// The first setting in which two runs' configurations differ, such as "/epochs"; empty where none
/// does. A run of an older program has the defaults of what it did not know.
std::string first_difference(const Json& configuration, const Json& other);

/// What but its seed makes a training another one: "configuration (/epochs)", "dataset file" or
/// "maps file"; empty where nothing does.
std::string training_difference(const storage::RunRecord& run, const storage::RunRecord& other);

/// Of runs whose numbers are averaged, or stand for one configuration, each is given in turn.
class SameConfiguration {
 public:
  /// DataError where a run of that name, given before, has another configuration: they are not
  /// seeds of one. Runs without a name are passed over.
  void check(const Training& run);

 private:
  std::map<std::string, Training> first_;  ///< By name.
};

/// What is to be said where runs trained from several dataset files, or those of one name with
/// several maps files: with other values, or with the same, made by another command or program.
/// A line for each, which names two such runs; empty where nothing is known to differ.
std::vector<std::string> describe_files(std::span<const Training> runs);

}  // namespace regionwise::reporting
