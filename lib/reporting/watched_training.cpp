#include "reporting/watched_training.hpp"

#include <cmath>
#include <regex>
#include <string>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "storage/output_lock.hpp"

namespace regionwise::reporting {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& file) {
  std::error_code unknown;
  return fs::exists(file, unknown);
}

fs::file_time_type written(const fs::path& file) {
  std::error_code vanished;
  const auto time = fs::last_write_time(file, vanished);
  return vanished ? fs::file_time_type::min() : time;
}

/// What `read` makes of a file; none where it is not there, or vanishes meanwhile.
template <typename Read>
std::optional<WatchedTraining> read_if_there(const fs::path& file, const Read& read) {
  if (!is_there(file)) return std::nullopt;
  try {
    return WatchedTraining{read(file), file, false};
  } catch (const Error&) {
    if (is_there(file)) throw;
    return std::nullopt;
  }
}

std::optional<WatchedTraining> read_output(const fs::path& output) {
  return read_if_there(output, [](const fs::path& file) {
    storage::RunRecord record = storage::read_run(file, /*with_state=*/false);
    // A training that gave up, or diverged, was to be longer.
    const auto planned = record.configuration.is_object()
                             ? json_as<std::int64_t>(record.configuration.value("epochs", Json()))
                             : std::nullopt;
    const std::int64_t epochs = planned.value_or(record.epoch);
    return LiveHistory{std::move(record), epochs};
  });
}

std::optional<WatchedTraining> read_history(const fs::path& output) {
  return read_if_there(live_history_path(output), [](const fs::path& file) {
    LiveHistory history = read_live_history(file);
    history.record.finished = false;
    return history;
  });
}

double last_of(const storage::HistoryTable& table, const std::string& name) {
  const auto* column = table.find(name);
  return column == nullptr || column->values.empty() ? 0 : column->values.back();
}

/// Whether two records tell of one training, as far as it has come. A history keeps no number that
/// is not finite.
bool are_one(const storage::RunRecord& a, const storage::RunRecord& b) {
  const auto same = [&](const std::string& name) {
    const double x = last_of(a.training, name);
    const double y = last_of(b.training, name);
    return x == y || (!std::isfinite(x) && !std::isfinite(y));
  };
  return a.name == b.name && a.seed == b.seed && same("epoch") && same("loss");
}

std::optional<WatchedTraining> look_at(const fs::path& output) {
  // Asked before reading: the output may be replaced meanwhile, and what was read is then the old.
  const bool is_older = written(output) < written(live_history_path(output));
  auto finished = read_output(output);
  if (!finished) return read_history(output);
  if (!is_older) return finished;
  auto running = read_history(output);
  // A copied folder has its times in any order.
  const bool is_replaced = running && !are_one(running->history.record, finished->history.record);
  return is_replaced ? running : finished;
}

fs::directory_iterator beside(const fs::path& output) {
  std::error_code unreadable;
  return fs::directory_iterator(output.has_parent_path() ? output.parent_path() : fs::path("."),
                                unreadable);
}

/// Whether `candidate` is the output of a try of the model `output`.
bool is_try_of(const fs::path& output, const fs::path& candidate) {
  return candidate != model_of(candidate) && model_of(candidate).filename() == output.filename();
}

/// The try whose output or history was written last.
std::optional<fs::path> last_try(const fs::path& output) {
  std::optional<fs::path> last;
  fs::file_time_type last_time;
  for (const auto& entry : beside(output)) {
    const fs::path candidate = output_of(entry.path());
    if (!is_try_of(output, candidate)) continue;
    const auto time = written(entry.path());
    // Of two that were written at once the later name, whatever the folder's order.
    if (last && std::pair(time, candidate) <= std::pair(last_time, *last)) continue;
    last = candidate;
    last_time = time;
  }
  return last;
}

}  // namespace

fs::path output_of(const fs::path& output_or_history) {
  static const std::string ending = live_history_path("").string();
  const std::string text = output_or_history.string();
  return text.size() > ending.size() && text.ends_with(ending)
             ? fs::path(text.substr(0, text.size() - ending.size()))
             : output_or_history;
}

fs::path model_of(const fs::path& output) {
  static const std::regex try_name(R"(^(.+)\.seed-[0-9]+(\.run\.h5)$)");
  return fs::path(output).replace_filename(
      std::regex_replace(output.filename().string(), try_name, "$1$2"));
}

bool is_given_up(const fs::path& output,
                 const WatchedTraining& seen,
                 std::chrono::duration<double> patience) {
  if (seen.history.record.finished) return false;
  const auto changed = written(seen.source);
  const bool is_gone = changed == fs::file_time_type::min();
  if (is_gone || fs::file_time_type::clock::now() - changed < patience) return false;
  if (storage::is_held(output)) return false;
  for (const auto& entry : beside(output)) {
    if (entry.path().extension() != storage::kLockEnding) continue;
    const fs::path candidate = fs::path(entry.path()).replace_extension();
    if (is_try_of(output, candidate) && storage::is_held(candidate)) return false;
  }
  return true;
}

std::optional<WatchedTraining> look_at_training(const fs::path& output) {
  if (auto seen = look_at(output)) return seen;
  const auto another = last_try(output);
  auto seen = another ? look_at(*another) : std::nullopt;
  if (!seen) return seen;
  // It may have failed: only the output itself says that the model is trained.
  seen->is_ended_try = std::exchange(seen->history.record.finished, false);
  return seen;
}

}  // namespace regionwise::reporting
