#include "listings/follow.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "cli/results.hpp"
#include "core/error.hpp"
#include "listings/chart.hpp"
#include "reporting/run_failure.hpp"
#include "reporting/watched_training.hpp"

namespace regionwise::listings {
namespace {

constexpr std::size_t kMostLines = 8;  ///< More runs than this are drawn as means.
constexpr int kSmallestColumns = 60;
constexpr int kSmallestRows = 15;

struct Watch {
  std::filesystem::path output;
  std::optional<reporting::WatchedTraining> seen;  ///< None: nothing is there (yet).

  bool finished() const { return seen && seen->history.record.finished; }
};

std::vector<Watch> look_at_all(const std::vector<std::filesystem::path>& outputs) {
  std::vector<Watch> all;
  for (const auto& output : outputs) all.push_back({output, reporting::look_at_training(output)});
  return all;
}

/// Each training once, though its file may have two names (the try of a model that converged is
/// also the model).
std::vector<Watch> distinct(const std::vector<Watch>& all) {
  std::vector<Watch> found;
  std::set<std::pair<dev_t, ino_t>> files;
  for (const Watch& watch : all) {
    struct stat file {};
    const bool is_there = watch.seen && stat(watch.seen->source.c_str(), &file) == 0;
    if (is_there && !files.emplace(file.st_dev, file.st_ino).second) continue;
    found.push_back(watch);
  }
  return found;
}

/// Those that have been validated, as curves know them.
std::vector<reporting::RunSource> validated(const std::vector<Watch>& all) {
  std::vector<reporting::RunSource> runs;
  for (const Watch& watch : all) {
    if (!watch.seen || watch.seen->history.record.validation.rows() == 0) continue;
    runs.push_back({watch.output.string(), watch.seen->history.record});
  }
  return runs;
}

std::string name_of(const storage::RunRecord& record) {
  return fmt::format("{}, seed {}", record.name, record.seed);
}

reporting::Curves curves_by_run(std::vector<reporting::RunSource> runs,
                                const reporting::CurveOptions& options) {
  for (reporting::RunSource& run : runs) run.record.name = name_of(run.record);
  return reporting::validation_curves(runs, options);
}

Chart chart_of(const FollowOptions& options, const std::vector<reporting::RunSource>& runs) {
  const reporting::Curves curves = runs.size() <= kMostLines
                                       ? curves_by_run(runs, options.curves)
                                       : reporting::validation_curves(runs, options.curves);
  Chart chart{"epoch", "validation " + options.curves.metric, {}};
  if (curves.unit != "1") chart.y_label += " (" + curves.unit + ")";
  for (const auto& point : curves.points) {
    const std::string name =
        options.curves.by_class ? point.group + ", " + point.class_name : point.group;
    if (chart.lines.empty() || chart.lines.back().name != name) chart.lines.push_back({name, {}});
    chart.lines.back().points.emplace_back(point.epoch, point.mean);
  }
  return chart;
}

/// "failed to converge: …", or empty.
std::string failure_of(const storage::RunRecord& record) {
  const auto outcome = reporting::outcome_of(record);
  return outcome && outcome->failed() ? "failed to converge: " + reporting::describe(*outcome) : "";
}

/// One line on a training: how far it is, and its last validation.
std::string state_of(const Watch& watch, const FollowOptions& options) {
  if (!watch.seen) return watch.output.string() + ": waiting for its first epoch";
  const storage::RunRecord& record = watch.seen->history.record;
  std::string text = fmt::format("{}: epoch {}/{}{}",
                                 name_of(record),
                                 record.epoch,
                                 watch.seen->history.epochs,
                                 record.finished ? ", finished" : "");
  const std::string failure = failure_of(record);
  if (!failure.empty()) text += ", " + failure;
  if (record.validation.rows() == 0) return text;
  const auto history =
      reporting::validation_history({watch.output.string(), record}, options.curves.metric);
  const std::size_t classes = history.class_names.size();
  for (std::size_t k = 0; k < classes; ++k) {
    const double value = history.values[history.values.size() - classes + k];
    text += fmt::format("{}{} {:.3g}", k == 0 ? ": " : ", ", history.class_names[k], value);
  }
  return text;
}

std::string screen(const FollowOptions& options, const std::vector<Watch>& all) {
  winsize size{};
  ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  const int columns = std::max<int>(size.ws_col, kSmallestColumns);
  const int below = static_cast<int>(std::min(all.size(), kMostLines)) + 1;
  const int rows = std::max<int>(size.ws_row - below, kSmallestRows);
  const auto runs = validated(all);
  // Home, and clear what is below.
  std::string text = "\x1b[H\x1b[J";
  if (!runs.empty()) text += draw_chart(chart_of(options, runs), columns, rows);
  for (std::size_t i = 0; i < all.size() && i < kMostLines; ++i) {
    text += state_of(all[i], options) + "\n";
  }
  if (all.size() > kMostLines) {
    const auto done = std::count_if(all.begin(), all.end(), std::mem_fn(&Watch::finished));
    text += fmt::format("… {} trainings, {} finished\n", all.size(), done);
  }
  return text;
}

std::string heading(const FollowOptions& options, const std::string& command) {
  return fmt::format(
      "# {}\n# metric: {}\n# run\tseed\tclass\tepoch\tvalue\n", command, options.curves.metric);
}

/// Validations as lines, each printed once. A training that replaces another is printed from its
/// start: one of another name or seed, and one that begins where another was finished.
class Lines {
 public:
  explicit Lines(const FollowOptions& options) : options_(options) {}

  std::string of_new(const std::vector<Watch>& all) {
    for (const Watch& watch : all) {
      if (!watch.seen) continue;
      const std::int64_t epoch = watch.seen->history.record.epoch;
      const auto before = finished_.find(watch.output);
      if (before != finished_.end() && epoch < before->second) {
        printed_.erase(reporting::model_of(watch.output));
        finished_.erase(before);
      }
      if (watch.finished()) finished_[watch.output] = epoch;
    }
    std::string text;
    for (const auto& run : validated(all)) {
      for (const std::string& line : lines_of(run)) {
        if (printed_[reporting::model_of(run.file)].insert(line).second) text += line;
      }
    }
    return text;
  }

 private:
  std::vector<std::string> lines_of(const reporting::RunSource& run) const {
    std::vector<std::string> lines;
    const std::vector<reporting::RunSource> one = {run};
    for (const auto& point : reporting::validation_curves(one, options_.curves).points) {
      lines.push_back(fmt::format("{}\t{}\t{}\t{}\t{}\n",
                                  run.record.name,
                                  run.record.seed,
                                  point.class_name,
                                  point.epoch,
                                  cli::format_number(point.mean)));
    }
    const std::string failure = failure_of(run.record);
    if (!failure.empty()) lines.push_back(fmt::format("# {}: {}\n", name_of(run.record), failure));
    return lines;
  }

  const FollowOptions& options_;
  std::map<std::filesystem::path, std::set<std::string>> printed_;  ///< Lines of each model.
  std::map<std::filesystem::path, std::int64_t> finished_;  ///< Epochs of the finished outputs.
};

/// The outputs meant, each once.
std::vector<std::filesystem::path> outputs_of(const FollowOptions& options) {
  std::vector<std::filesystem::path> outputs;
  for (const auto& given : options.outputs) {
    const auto output = reporting::output_of(given).lexically_normal();
    // A shell hands on a pattern that nothing matches.
    if (given.string().find_first_of("*?[") != std::string::npos &&
        !reporting::look_at_training(output)) {
      throw UsageError(
          fmt::format("{}: nothing matches yet: call again when the training has begun, or name "
                      "what it is to write (train -o)",
                      given.string()));
    }
    if (std::find(outputs.begin(), outputs.end(), output) == outputs.end()) {
      outputs.push_back(output);
    }
  }
  return outputs;
}

}  // namespace

void FollowOptions::check() const {
  if (interval >= 0.1 && interval <= 86400) return;
  throw UsageError(fmt::format("--interval {}: expected 0.1 to 86400 seconds", interval));
}

void follow(const FollowOptions& options, const std::string& command) {
  options.check();
  const auto outputs = outputs_of(options);
  const bool on_terminal = isatty(STDOUT_FILENO) != 0;
  Lines lines(options);
  std::string text = on_terminal ? "" : heading(options, command);
  do {
    const std::vector<Watch> all = look_at_all(outputs);
    const std::vector<Watch> shown = distinct(all);
    text += on_terminal ? screen(options, shown) : lines.of_new(shown);
    cli::print_text(text);
    if (std::all_of(all.begin(), all.end(), std::mem_fn(&Watch::finished))) return;
    text.clear();
    std::this_thread::sleep_for(std::chrono::duration<double>(options.interval));
  } while (cli::output_is_read());
}

}  // namespace regionwise::listings
