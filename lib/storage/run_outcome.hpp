#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/hdf5.hpp"

namespace regionwise::storage {

/// What became of a training: written where it ends, and copied to the metrics of its model. By
/// which rule: reporting/run_failure.hpp.
struct RunOutcome {
  std::string reason;  ///< "dead-class", "background-collapse", "diverged"; empty: it converged.
  std::vector<std::string> classes;  ///< The dead ones; none where it diverged.
  std::int64_t since_epoch = 0;      ///< Epochs done when it was first so; 0: it converged.
  bool stopped_early = false;        ///< It did not train for as many epochs as it was to.

  bool failed() const { return !reason.empty(); }
  bool operator==(const RunOutcome&) const = default;
};

/// The group /outcome; nothing where there is no outcome (yet).
void write_outcome(Hdf5Writer& file, const std::optional<RunOutcome>& outcome);
/// None where the file has none: the training is not finished, or an older program wrote it.
std::optional<RunOutcome> read_outcome(const Hdf5Reader& file);

/// /replaced_seeds: seeds of the failed runs in whose place a run stands. Files of older programs
/// have none.
void write_replaced_seeds(Hdf5Writer& file, const std::vector<std::uint64_t>& seeds);
std::vector<std::uint64_t> read_replaced_seeds(const Hdf5Reader& file);

}  // namespace regionwise::storage
