#include "reporting/training_watch.hpp"

#include <sys/stat.h>

#include "reporting/history.hpp"
#include "reporting/run_failure.hpp"

namespace regionwise::reporting {

TrainingWatch::Stamp TrainingWatch::stamp() const {
  Stamp stamp{};
  auto next = stamp.begin();
  for (const auto& file : {output_, live_history_path(output_)}) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) found = {};
    *next++ = static_cast<std::int64_t>(found.st_dev);
    *next++ = static_cast<std::int64_t>(found.st_ino);
    *next++ = found.st_size;
    *next++ = found.st_mtim.tv_sec;
    *next++ = found.st_mtim.tv_nsec;
  }
  return stamp;
}

void TrainingWatch::look(const std::string& metric, std::chrono::duration<double> patience) {
  // Taken before reading: what is replaced meanwhile is read again at the next look.
  const Stamp now = stamp();
  if (finished() && now == read_at_) return;
  read_at_ = now;
  given_up_ = false;
  problem_.reset();
  try {
    seen_ = look_at_training(output_);
    if (!seen_) return;
    storage::RunRecord& record = seen_->history.record;
    record.weights.clear();  // Nobody looks at them, and there may be hundreds of runs.
    record.signs.reset();
    if (record.validation.rows() > 0) validation_history({output_.string(), record}, metric);
    outcome_of(record);  // A foreign file may hold a rule that is none.
    given_up_ = is_given_up(output_, *seen_, patience);
  } catch (const Error& error) {
    seen_.reset();
    problem_ = error;
  }
}

}  // namespace regionwise::reporting
