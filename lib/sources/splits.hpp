#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sources/source_data.hpp"

namespace regionwise::sources {

/// Which patients or cases train and which validate, as someone else split them.
struct Splits {
  std::filesystem::path file;  ///< Named in errors.
  std::vector<std::string> train;
  std::vector<std::string> validation;
  std::string hash = {};  ///< Of the file.
};

/// Reads {"train": [...], "validation": [...]} with ids of patients or cases, or nnU-Net's
/// splits_final.json: a list of {"train": [...], "val": [...]}, of which `fold` (from 0) is taken.
/// Throws DataError (also for an empty list and a key that is neither of the two), or UsageError
/// for a fold that a file of one split has not or that is missing.
Splits read_splits(const std::filesystem::path& path, std::optional<int> fold);

/// Gives every case its split and removes the cases in neither list, which are returned with the
/// reason. An id may name a patient, with all its cases, or a case. Throws DataError: an id that
/// names neither; a patient in both lists.
Remarks apply_splits(const Splits& splits, std::vector<CaseFiles>& cases);

/// Gives the sorted patients to training and validation by turns.
void split_by_patient(std::vector<CaseFiles>& cases, bool train_first);

/// Splits by the description's rule. Under the rule "number" a patient without a number gets none.
void split_by_rule(const Description& description, std::vector<CaseFiles>& cases);

}  // namespace regionwise::sources
