#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "reporting/history.hpp"
#include "reporting/watched_training.hpp"

namespace regionwise::reporting {

/// One training that is looked at again and again. A look that fails says so and ends no other.
class TrainingWatch {
 public:
  explicit TrainingWatch(std::filesystem::path output) : output_(std::move(output)) {}

  /// Looks at the training (look_at_training). What was finished is not read anew as long as its
  /// files are the same ones, unchanged. A training that no program writes any more counts as given
  /// up once it has stood still for `patience`. A history without `metric` is a problem.
  void look(const std::string& metric, std::chrono::duration<double> patience);

  const std::filesystem::path& output() const { return output_; }
  /// None: nothing is there (yet, or any more), or there is a problem.
  const std::optional<WatchedTraining>& seen() const { return seen_; }
  /// What kept the last look from seeing anything.
  const std::optional<Error>& problem() const { return problem_; }
  bool finished() const { return seen_ && seen_->history.record.finished; }
  bool given_up() const { return given_up_; }
  /// Nothing more is to be expected of it, as far as can be told.
  bool ended() const { return finished() || given_up_ || problem_; }

 private:
  /// Of output and history: device, number, size and time of change; zeros where there is none.
  using Stamp = std::array<std::int64_t, 10>;
  Stamp stamp() const;

  std::filesystem::path output_;
  Stamp read_at_{};
  std::optional<WatchedTraining> seen_;
  std::optional<Error> problem_;
  bool given_up_ = false;
};

}  // namespace regionwise::reporting
