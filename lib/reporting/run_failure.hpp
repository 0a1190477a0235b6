#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "storage/metrics_file.hpp"
#include "storage/run_file.hpp"

namespace regionwise::reporting {

/// When a training counts as failed; "failure" of a training configuration.
///
/// The paper's failed runs "produced Dice coefficients around 0.5" where the others had 0.9 (§4.2):
/// a mean over three classes of which one is lost: (0 + 0.75 + 0.75)/3. So a class is judged, not
/// the mean, which also says how good the other classes are. A lost class scores 0 or, by stray
/// pixels, a few hundredths; the hardest classes of the paper's data that are learned at all score
/// 0.4 and more: 0.1 lies well between. Of one validation alone it would be hasty, since a small
/// class may be lost at one and found at the next. Validations that lose nothing but are poor are
/// no failure by this rule (`cdf --failed-below` counts those).
struct FailureRule {
  double dice_below = 0.1;       ///< "dice-below": a class is dead where its Dice is below this …
  std::int64_t validations = 3;  ///< "validations": … in each of the last so many, or of all if
                                 ///< there are fewer.
  std::int64_t stop_after = 10;  ///< "stop-after": `train --stop-failed` gives up after so many. A
                                 ///< class can be learned late, which that cuts off.

  void check(const std::string& where) const;  ///< UsageError
};

/// Throws UsageError naming file and key. What is not said has its default.
FailureRule parse_failure_rule(const Json& json, const std::string& where);
Json to_json(const FailureRule& rule);
/// The rule of a run's configuration; the defaults where an older program wrote it.
FailureRule failure_rule_of(const Json& configuration);

/// What the history of a training says of it. The columns of `training`: epoch, loss. Of
/// `validation`: epoch, and per foreground class dice and, where they were counted, misses and
/// cases. In this order:
///   diverged            a loss, or the Dice of a class that is there, is not finite.
///   background-collapse all foreground classes are dead.
///   dead-class          some are.
/// Only classes that are present in the validated cases are judged: by `cases`, else (older
/// programs) those that were missed or have a Dice above 0. `since_epoch` is the first validation
/// of the row in which all of `classes` were dead.
storage::RunOutcome judge_history(const storage::HistoryTable& training,
                                  const storage::HistoryTable& validation,
                                  const FailureRule& rule);

/// Whether a training is failed by its last `rule.stop_after` validations, not fewer.
bool is_hopeless(const storage::HistoryTable& training,
                 const storage::HistoryTable& validation,
                 const FailureRule& rule);

/// Epochs done when `train --stop-failed` would give up, by the validations that there are; none
/// where it would not (yet).
std::optional<std::int64_t> hopeless_since(const storage::HistoryTable& validation,
                                           const FailureRule& rule);

/// Whether a finished training ended before its time because it was asked to give up, not because
/// it could not go on.
bool was_given_up(const storage::RunRecord& run);

/// The mark of a finished run; where an older program left none, what the rule says. None for a
/// run that is not finished.
std::optional<storage::RunOutcome> outcome_of(const storage::RunRecord& run);
/// The same of a run's metrics: without a mark they are judged as one validation. None where they
/// are of no run, and where nothing tells: neither a mark nor Dice.
std::optional<storage::RunOutcome> outcome_of(const storage::MetricsRecord& metrics);

/// Such as "dead-class: RV lost since epoch 24" or "converged".
std::string describe(const storage::RunOutcome& outcome);

/// Seeds of the failed runs in `files`, and of those that they replaced themselves, sorted: what a
/// run that takes their place records. DataError where one of them is not failed, or not a run like
/// `replacement` (name, data set, maps, configuration); UsageError where it has its seed.
std::vector<std::uint64_t> replaced_seeds(std::span<const std::filesystem::path> files,
                                          const storage::RunRecord& replacement);

/// A run and what became of it; no outcome: not finished, or not known.
struct JudgedRun {
  std::string name;
  std::uint64_t seed = 0;
  std::optional<storage::RunOutcome> outcome;
};

/// What became of the runs of each configuration, in words, such as "boundary: 1 of 3 finished runs
/// failed to converge (seed 2 dead-class: RV lost since epoch 24)"; by configuration as given,
/// those without failures left out.
std::vector<std::string> describe_failures(std::span<const JudgedRun> runs);

}  // namespace regionwise::reporting
