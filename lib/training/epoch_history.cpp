#include "training/epoch_history.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "network/weights.hpp"

namespace regionwise::training {
namespace {

/// The mean over the classes that have a value, as text; "undefined" where none has.
std::string mean_text(const std::vector<double>& values, int digits, const char* unit) {
  double sum = 0;
  int count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? fmt::format("{:.{}f}{}", sum / count, digits, unit) : "undefined";
}

void add_head(storage::HistoryTable& training, const EpochHead& head) {
  training.column("epoch", "1").values.push_back(static_cast<double>(head.epoch));
  training.column("learning_rate", "1").values.push_back(head.learning_rate);
  training.column("alpha", "1").values.push_back(head.alpha);
}

}  // namespace

void EpochSums::add(const StepResult& step, double gradient_norm) {
  add("loss", step.loss);
  for (const auto& [name, value] : step.terms) add("term " + name, value);
  add("gradient-norm", gradient_norm);
}

void EpochSums::add(const std::string& name, double value) {
  for (auto& [known, sum] : sums_) {
    if (known != name) continue;
    sum += value;
    return;
  }
  sums_.emplace_back(name, value);
}

std::vector<storage::NamedArray> EpochSums::to_arrays() const {
  std::vector<storage::NamedArray> arrays;
  for (const auto& [name, sum] : sums_) {
    arrays.push_back(network::to_array(name, torch::tensor({sum}, torch::kFloat64)));
  }
  return arrays;
}

EpochSums EpochSums::from_arrays(const std::vector<storage::NamedArray>& arrays) {
  EpochSums sums;
  for (const auto& array : arrays) {
    sums.sums_.emplace_back(array.name, network::to_tensor(array).item<double>());
  }
  return sums;
}

void add_epoch(storage::HistoryTable& training,
               const EpochHead& head,
               const EpochSums& sums,
               std::int64_t iterations) {
  add_head(training, head);
  for (const auto& [name, sum] : sums.sums()) {
    training.column(name, "1").values.push_back(sum / static_cast<double>(iterations));
  }
}

void add_diverged_epoch(storage::HistoryTable& training, const EpochHead& head) {
  add_head(training, head);
  training.column("loss", "1");
  const auto rows = static_cast<std::size_t>(training.rows());
  for (auto& column : training.columns) {
    column.values.resize(rows, std::numeric_limits<double>::quiet_NaN());
  }
}

void add_validation(storage::HistoryTable& validation,
                    std::int64_t epochs_done,
                    const std::vector<std::string>& classes,
                    const ValidationResult& result) {
  const bool begins = validation.rows() == 0;
  validation.column("epoch", "1").values.push_back(static_cast<double>(epochs_done));
  const auto append = [&](const char* name, const char* unit, const std::vector<double>& values) {
    // A table that an older program began keeps the columns it has.
    if (values.empty() || (!begins && validation.find(name) == nullptr)) return;
    auto& column = validation.column(name, unit, classes);
    column.values.insert(column.values.end(), values.begin(), values.end());
  };
  append("dice", "1", result.dice);
  append("hausdorff", "mm", result.hausdorff_mm);
  append("misses", "1", result.misses);
  append("cases", "1", result.cases);
}

std::string describe_validation(const ValidationResult& result) {
  std::string text = "Dice " + mean_text(result.dice, 4, "");
  if (!result.hausdorff_mm.empty()) text += ", HD " + mean_text(result.hausdorff_mm, 2, " mm");
  const double misses = std::accumulate(result.misses.begin(), result.misses.end(), 0.0);
  return misses > 0 ? fmt::format("{} ({:.0f} missed)", text, misses) : text;
}

}  // namespace regionwise::training
