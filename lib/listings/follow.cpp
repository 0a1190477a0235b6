#include "listings/follow.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/results.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "listings/chart.hpp"
#include "reporting/run_failure.hpp"
#include "reporting/seeds.hpp"
#include "reporting/training_watch.hpp"

namespace regionwise::listings {
namespace {

constexpr std::size_t kMostLines = 8;     ///< More runs than this are drawn as means.
constexpr std::size_t kMostLetters = 26;  ///< By which the lines of a chart are told apart.
constexpr int kSmallestColumns = 60;
constexpr int kSmallestRows = 15;

using Watches = std::vector<reporting::TrainingWatch>;
using Shown = std::vector<const reporting::TrainingWatch*>;

/// Each training once, though its file may have two names (the try of a model that converged is
/// also the model).
Shown distinct(const Watches& all) {
  Shown found;
  std::set<std::pair<dev_t, ino_t>> files;
  for (const auto& watch : all) {
    struct stat file {};
    const bool is_there = watch.seen() && stat(watch.seen()->source.c_str(), &file) == 0;
    if (is_there && !files.emplace(file.st_dev, file.st_ino).second) continue;
    found.push_back(&watch);
  }
  return found;
}

/// The shortest end of each path, by whole names, that is no other's; the whole path where there is
/// none.
std::vector<std::string> distinct_ends(const std::vector<std::filesystem::path>& paths) {
  const auto end_of = [](const std::filesystem::path& path, std::ptrdiff_t names) {
    const auto all = std::distance(path.begin(), path.end());
    std::filesystem::path end;
    for (auto it = std::next(path.begin(), std::max<std::ptrdiff_t>(0, all - names));
         it != path.end();
         ++it) {
      end /= *it;
    }
    return end.string();
  };
  std::vector<std::string> ends;
  for (const auto& path : paths) {
    const auto all = std::distance(path.begin(), path.end());
    std::ptrdiff_t names = 1;
    const auto is_anothers = [&](const auto& other) {
      return &other != &path && end_of(other, names) == end_of(path, names);
    };
    while (names < all && std::ranges::any_of(paths, is_anothers)) ++names;
    ends.push_back(end_of(path, names));
  }
  return ends;
}

/// Names of trainings: with their data set where not all are of one, and with their files where
/// several have one name and seed.
class Names {
 public:
  explicit Names(const Shown& all) {
    for (const auto* watch : all) {
      if (!watch->seen()) continue;
      const auto& record = watch->seen()->history.record;
      splits_[record.dataset_name].insert(record.split_hash);
    }
    std::map<std::string, std::vector<std::filesystem::path>> outputs;  // by name
    for (const auto* watch : all) {
      if (watch->seen())
        outputs[with_seed(watch->seen()->history.record)].push_back(watch->output());
    }
    for (const auto& [name, paths] : outputs) {
      const std::vector<std::string> ends = distinct_ends(paths);
      for (std::size_t i = 0; i < paths.size(); ++i) {
        runs_[paths[i]] = paths.size() == 1 ? name : fmt::format("{}, {}", name, ends[i]);
      }
    }
  }

  std::string of_configuration(const storage::RunRecord& record) const {
    const bool one_split = splits_.at(record.dataset_name).size() == 1;
    if (splits_.size() == 1 && one_split) return record.name;
    const std::string split = one_split ? "" : ", split " + record.split_hash.substr(0, 8);
    return fmt::format("{} [{}{}]", record.name, record.dataset_name, split);
  }
  /// Of a training that is seen.
  const std::string& of_run(const reporting::TrainingWatch& watch) const {
    return runs_.at(watch.output());
  }

 private:
  std::string with_seed(const storage::RunRecord& record) const {
    return fmt::format("{}, seed {}", of_configuration(record), record.seed);
  }

  std::map<std::string, std::set<std::string>> splits_;  ///< Of each data set.
  std::map<std::filesystem::path, std::string> runs_;    ///< By output.
};

/// Those that have been validated.
Shown validated(const Shown& all) {
  Shown found = all;
  std::erase_if(found, [](const auto* watch) {
    return !watch->seen() || watch->seen()->history.record.validation.rows() == 0;
  });
  return found;
}

/// A chart, how many of its lines there was no letter for, and what is amiss with its means.
struct LetteredChart {
  Chart chart;
  std::size_t left_out = 0;
  std::string problem;
};

/// Why a mean is none over the seeds of a configuration: a run counts twice, or two are of
/// different configurations, of which a history knows the epochs alone. Empty where nothing speaks
/// against it.
std::string why_no_seeds(const Shown& runs, const Names& names) {
  std::map<std::pair<std::string, std::uint64_t>, std::string> seen;
  reporting::SameConfiguration same_epochs;
  reporting::SameConfiguration same;
  try {
    for (const auto* watch : runs) {
      const storage::RunRecord& record = watch->seen()->history.record;
      const std::string file = watch->output().string();
      const std::string name = names.of_configuration(record);
      const auto [first, is_new] = seen.try_emplace({name, record.seed}, file);
      if (!is_new) {
        return fmt::format("{}: {} with seed {} is also in {}: both count",
                           file,
                           name,
                           record.seed,
                           first->second);
      }
      same_epochs.check({file, name, {{"epochs", watch->seen()->history.epochs}}, "", ""});
      if (record.configuration.empty()) continue;
      same.check({file, name, record.configuration, "", ""});
    }
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

/// A curve for each run; for many, the mean of each configuration.
LetteredChart chart_of(const FollowOptions& options, const Shown& watches, const Names& names) {
  LetteredChart result{{"epoch", "validation " + options.curves.metric, {}}, 0, ""};
  const bool by_run = watches.size() <= kMostLines;
  if (!by_run) result.problem = why_no_seeds(watches, names);
  std::vector<reporting::RunSource> runs;
  for (const auto* watch : watches) {
    storage::RunRecord record = watch->seen()->history.record;
    record.name = by_run ? names.of_run(*watch) : names.of_configuration(record);
    record.configuration = nullptr;  // A picture of what there is refuses nothing.
    runs.push_back({watch->output().string(), std::move(record)});
  }
  const reporting::Curves curves = reporting::validation_curves(runs, options.curves);
  Chart& chart = result.chart;
  if (curves.unit != "1") chart.y_label += " (" + curves.unit + ")";
  for (const auto& point : curves.points) {
    const std::string name =
        options.curves.by_class ? point.group + ", " + point.class_name : point.group;
    if (chart.lines.empty() || chart.lines.back().name != name) chart.lines.push_back({name, {}});
    chart.lines.back().points.emplace_back(point.epoch, point.mean);
  }
  if (chart.lines.size() > kMostLetters) {
    result.left_out = chart.lines.size() - kMostLetters;
    chart.lines.resize(kMostLetters);
  }
  return result;
}

/// "failed to converge: …", or empty.
std::string failure_of(const reporting::WatchedTraining& seen) {
  storage::RunRecord record = seen.history.record;
  record.finished = record.finished || seen.is_ended_try;
  const auto outcome = reporting::outcome_of(record);
  return outcome && outcome->failed() ? "failed to converge: " + reporting::describe(*outcome) : "";
}

/// "given up: …", or empty; a try that failed is no training to go on with.
std::string given_up_of(const reporting::TrainingWatch& watch) {
  const bool is_failed_try = watch.seen() && !failure_of(*watch.seen()).empty();
  if (!watch.given_up()) return "";
  return is_failed_try ? "no other try follows" : "given up: no program writes it any more";
}

std::string waiting_for(const reporting::TrainingWatch& watch) {
  return watch.output().string() + ": waiting for its first epoch";
}

/// One line on a training: how far it is, and its last validation.
std::string state_of(const reporting::TrainingWatch& watch,
                     const FollowOptions& options,
                     const Names& names) {
  if (watch.problem()) return watch.problem()->what();
  if (!watch.seen()) return waiting_for(watch);
  const storage::RunRecord& record = watch.seen()->history.record;
  std::string text = fmt::format("{}: epoch {}/{}{}",
                                 names.of_run(watch),
                                 record.epoch,
                                 watch.seen()->history.epochs,
                                 record.finished ? ", finished" : "");
  for (const std::string& more : {failure_of(*watch.seen()), given_up_of(watch)}) {
    if (!more.empty()) text += ", " + more;
  }
  if (record.validation.rows() == 0) return text;
  const auto history =
      reporting::validation_history({watch.output().string(), record}, options.curves.metric);
  const std::size_t classes = history.class_names.size();
  for (std::size_t k = 0; k < classes; ++k) {
    const double value = history.values[history.values.size() - classes + k];
    text += fmt::format("{}{} {:.3g}", k == 0 ? ": " : ", ", history.class_names[k], value);
  }
  return text;
}

/// The states that there is room for: those with a problem or given up first.
std::string states(const FollowOptions& options, const Shown& all, const Names& names) {
  Shown sorted = all;
  std::stable_partition(sorted.begin(), sorted.end(), [](const auto* watch) {
    return watch->problem() || watch->given_up();
  });
  std::string text;
  for (std::size_t i = 0; i < sorted.size() && i < kMostLines; ++i) {
    text += plain(state_of(*sorted[i], options, names)) + "\n";
  }
  if (all.size() <= kMostLines) return text;
  const auto finished = [](const auto* watch) { return watch->finished(); };
  return text + fmt::format("… {} trainings, {} finished\n",
                            all.size(),
                            std::count_if(all.begin(), all.end(), finished));
}

/// Rows of a terminal that lines of UTF-8 take, the long ones more than one.
int rows_of(const std::string& text, int columns) {
  std::istringstream lines(text);
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto characters =
        std::ranges::count_if(line, [](char byte) { return (byte & 0xC0) != 0x80; });
    rows += std::max(1, (static_cast<int>(characters) + columns - 1) / columns);
  }
  return rows;
}

std::string screen(const FollowOptions& options, const Shown& all) {
  winsize size{};
  ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  const int columns = std::max<int>(size.ws_col, kSmallestColumns);
  const Names names(all);
  const Shown runs = validated(all);
  std::string below;
  LetteredChart drawn;
  if (!runs.empty()) {
    drawn = chart_of(options, runs, names);
    if (drawn.left_out > 0) {
      below +=
          fmt::format("… {} more curves: there are {} letters\n", drawn.left_out, kMostLetters);
    }
    if (!drawn.problem.empty()) below += plain(drawn.problem) + "\n";
  }
  below += states(options, all, names);
  const int rows = std::max(size.ws_row - rows_of(below, columns) - 1, kSmallestRows);
  const std::string chart = runs.empty() ? "" : draw_chart(drawn.chart, columns, rows);
  // Home, and clear what is below.
  return "\x1b[H\x1b[J" + chart + below;
}

std::string heading(const FollowOptions& options, const std::string& command) {
  return fmt::format(
      "# {}\n# metric: {}\n# run\tseed\tclass\tepoch\tvalue\tdata set\tsplit\toutput\n",
      plain(command),
      plain(options.curves.metric));
}

/// Validations as lines, each printed once. A training that replaces another is printed from its
/// start: one of another name or seed, and one that begins where another was finished.
class Lines {
 public:
  explicit Lines(const FollowOptions& options) : options_(options) {}

  std::string of_new(const Shown& all) {
    for (const auto* watch : all) {
      if (!watch->seen()) continue;
      const std::int64_t epoch = watch->seen()->history.record.epoch;
      const auto before = finished_.find(watch->output());
      if (before != finished_.end() && epoch < before->second) {
        printed_.erase(reporting::model_of(watch->output()));
        finished_.erase(before);
      }
      if (watch->finished()) finished_[watch->output()] = epoch;
    }
    std::string text;
    for (const auto* watch : all) {
      for (const std::string& line : lines_of(*watch)) {
        if (printed_[reporting::model_of(watch->output())].insert(line).second) text += line;
      }
    }
    return text;
  }

 private:
  std::vector<std::string> lines_of(const reporting::TrainingWatch& watch) const {
    std::vector<std::string> lines;
    const auto comment = [&](const std::string& text) {
      lines.push_back("# " + plain(text) + "\n");
    };
    if (watch.problem()) comment(watch.problem()->what());
    // A name that was mistyped is waited for, too.
    if (!watch.seen() && !watch.problem()) comment(waiting_for(watch));
    if (!watch.seen()) return lines;
    const storage::RunRecord& record = watch.seen()->history.record;
    const std::string model = reporting::model_of(watch.output()).string();
    std::vector<reporting::RunSource> one;
    if (!validated({&watch}).empty()) one.push_back({watch.output().string(), record});
    for (const auto& point : reporting::validation_curves(one, options_.curves).points) {
      // A seed is unsigned: as text it is printed as it is.
      lines.push_back(cli::tsv_row({record.name,
                                    fmt::format("{}", record.seed),
                                    point.class_name,
                                    point.epoch,
                                    point.mean,
                                    record.dataset_name,
                                    record.split_hash,
                                    model}));
    }
    const std::string run = fmt::format("{}: {}, seed {}: ", model, record.name, record.seed);
    for (const std::string& more : {failure_of(*watch.seen()), given_up_of(watch)}) {
      if (!more.empty()) comment(run + more);
    }
    return lines;
  }

  const FollowOptions& options_;
  std::map<std::filesystem::path, std::set<std::string>> printed_;  ///< Lines of each model.
  std::map<std::filesystem::path, std::int64_t> finished_;  ///< Epochs of the finished outputs.
};

/// Whether there is anything to be seen of a training; a problem is something.
bool is_there(const std::filesystem::path& output) {
  try {
    return reporting::look_at_training(output).has_value();
  } catch (const Error&) {
    return true;
  }
}

/// The outputs meant, each once.
std::vector<std::filesystem::path> outputs_of(const FollowOptions& options) {
  std::vector<std::filesystem::path> outputs;
  for (const auto& given : options.outputs) {
    const auto output = reporting::output_of(given).lexically_normal();
    // A shell hands on a pattern that nothing matches.
    if (given.string().find_first_of("*?[") != std::string::npos && !is_there(output)) {
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

/// RetryError or the first problem's Error where some training came to no good end.
void check_ends(const Watches& all) {
  const auto first_of = [&](const auto& has) { return std::find_if(all.begin(), all.end(), has); };
  const auto problem = first_of([](const auto& watch) { return watch.problem().has_value(); });
  if (problem != all.end()) throw *problem->problem();
  const auto given_up = first_of(std::mem_fn(&reporting::TrainingWatch::given_up));
  if (given_up == all.end()) return;
  const auto& history = given_up->seen()->history;
  if (const std::string failure = failure_of(*given_up->seen()); !failure.empty()) {
    throw RetryError(
        fmt::format("{}: the last try (seed {}) {}; the same train command goes on with another "
                    "seed where tries are left (docs/failed-runs.md)",
                    given_up->output().string(),
                    history.record.seed,
                    failure));
  }
  throw RetryError(
      fmt::format("{}: given up at epoch {} of {}: no program writes it any more; run "
                  "the same train command again",
                  given_up->output().string(),
                  history.record.epoch,
                  history.epochs));
}

}  // namespace

void FollowOptions::check() const {
  const auto need = [](const char* option, double seconds, double least) {
    if (seconds >= least && seconds <= 86400) return;
    throw UsageError(fmt::format("--{} {}: expected {} to 86400 seconds", option, seconds, least));
  };
  need("interval", interval, 0.1);
  need("patience", patience, 1);
}

void follow(const FollowOptions& options, const std::string& command) {
  options.check();
  Watches all;
  for (const auto& output : outputs_of(options)) all.emplace_back(output);
  const bool on_terminal = isatty(STDOUT_FILENO) != 0;
  Lines lines(options);
  std::string text = on_terminal ? "" : heading(options, command);
  do {
    for (auto& watch : all) {
      watch.look(options.curves.metric, std::chrono::duration<double>(options.patience));
    }
    const Shown shown = distinct(all);
    text += on_terminal ? screen(options, shown) : lines.of_new(shown);
    cli::print_text(text);
    if (std::all_of(all.begin(), all.end(), std::mem_fn(&reporting::TrainingWatch::ended))) {
      check_ends(all);
      return;
    }
    text.clear();
    std::this_thread::sleep_for(std::chrono::duration<double>(options.interval));
  } while (cli::output_is_read());
}

}  // namespace regionwise::listings
