#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "storage/run_file.hpp"
#include "training/hooks.hpp"
#include "training/step.hpp"

/// The history of a run, as its file holds it.
namespace regionwise::training {

/// Sums over the iterations of an epoch; stored with a checkpoint, so that a resumed epoch has the
/// same means.
class EpochSums {
 public:
  void add(const StepResult& step, double gradient_norm);
  const std::vector<std::pair<std::string, double>>& sums() const { return sums_; }

  std::vector<storage::NamedArray> to_arrays() const;
  static EpochSums from_arrays(const std::vector<storage::NamedArray>& arrays);

 private:
  void add(const std::string& name, double value);

  std::vector<std::pair<std::string, double>> sums_;
};

/// What each row of a training's history begins with.
struct EpochHead {
  std::int64_t epoch = 0;  ///< From 1.
  double learning_rate = 0;
  double alpha = 0;
};

/// A row for an epoch that is done: the means of `sums` over its iterations.
void add_epoch(storage::HistoryTable& training,
               const EpochHead& head,
               const EpochSums& sums,
               std::int64_t iterations);

/// A row for an epoch in which the loss or its gradient ceased to be finite: NaN throughout.
void add_diverged_epoch(storage::HistoryTable& training, const EpochHead& head);

/// A row for a validation; `classes` are the foreground classes.
void add_validation(storage::HistoryTable& validation,
                    std::int64_t epochs_done,
                    const std::vector<std::string>& classes,
                    const ValidationResult& result);

}  // namespace regionwise::training
