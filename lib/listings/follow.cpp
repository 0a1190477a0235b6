#include "listings/follow.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <thread>
#include <tuple>

#include "cli/results.hpp"
#include "core/error.hpp"
#include "listings/chart.hpp"
#include "reporting/live_history.hpp"
#include "storage/run_file.hpp"

namespace regionwise::listings {
namespace {

constexpr std::size_t kMostLines = 8;  ///< More runs than this are drawn as means.
constexpr int kSmallestColumns = 60;
constexpr int kSmallestRows = 15;

/// What is known of one training now; none: it has not finished its first epoch.
using Watched = std::optional<reporting::LiveHistory>;

bool finished(const Watched& watched) {
  return watched && watched->record.finished;
}

Watched look(const std::filesystem::path& output) {
  if (std::filesystem::exists(output)) {
    storage::RunRecord record = storage::read_run(output, false);
    const std::int64_t epochs = record.epoch;
    return reporting::LiveHistory{std::move(record), epochs};
  }
  const auto history = reporting::live_history_path(output);
  if (!std::filesystem::exists(history)) return std::nullopt;
  reporting::LiveHistory live = reporting::read_live_history(history);
  live.record.finished = false;  // until the run file is there
  return live;
}

std::vector<Watched> look_at_all(const std::vector<std::filesystem::path>& outputs) {
  std::vector<Watched> all;
  for (const auto& output : outputs) all.push_back(look(output));
  return all;
}

/// Those that have been validated, as curves know them.
std::vector<reporting::RunSource> validated(const FollowOptions& options,
                                            const std::vector<Watched>& all) {
  std::vector<reporting::RunSource> runs;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i] || all[i]->record.validation.rows() == 0) continue;
    runs.push_back({options.outputs[i].string(), all[i]->record});
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

/// One line on a training: how far it is, and its last validation.
std::string state_of(const std::filesystem::path& output,
                     const Watched& watched,
                     const FollowOptions& options) {
  if (!watched) return output.string() + ": waiting for its first epoch";
  const storage::RunRecord& record = watched->record;
  std::string text = fmt::format("{}: epoch {}/{}{}",
                                 name_of(record),
                                 record.epoch,
                                 watched->epochs,
                                 record.finished ? ", finished" : "");
  if (record.validation.rows() == 0) return text;
  const auto history =
      reporting::validation_history({output.string(), record}, options.curves.metric);
  const std::size_t classes = history.class_names.size();
  for (std::size_t k = 0; k < classes; ++k) {
    const double value = history.values[history.values.size() - classes + k];
    text += fmt::format("{}{} {:.3g}", k == 0 ? ": " : ", ", history.class_names[k], value);
  }
  return text;
}

std::string screen(const FollowOptions& options, const std::vector<Watched>& all) {
  winsize size{};
  ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  const int columns = std::max<int>(size.ws_col, kSmallestColumns);
  const int below = static_cast<int>(std::min(all.size(), kMostLines)) + 1;
  const int rows = std::max<int>(size.ws_row - below, kSmallestRows);
  const auto runs = validated(options, all);
  // Home, and clear what is below.
  std::string text = "\x1b[H\x1b[J";
  if (!runs.empty()) text += draw_chart(chart_of(options, runs), columns, rows);
  for (std::size_t i = 0; i < all.size() && i < kMostLines; ++i) {
    text += state_of(options.outputs[i], all[i], options) + "\n";
  }
  if (all.size() > kMostLines) {
    const auto done = std::count_if(all.begin(), all.end(), finished);
    text += fmt::format("… {} trainings, {} finished\n", all.size(), done);
  }
  return text;
}

std::string heading(const FollowOptions& options, const std::string& command) {
  return fmt::format(
      "# {}\n# metric: {}\n# run\tseed\tclass\tepoch\tvalue\n", command, options.curves.metric);
}

/// Validations as lines, each printed once.
class Lines {
 public:
  explicit Lines(const FollowOptions& options) : options_(options) {}

  std::string of_new(const std::vector<Watched>& all) {
    std::string text;
    for (const auto& run : validated(options_, all)) {
      const std::vector<reporting::RunSource> one = {run};
      for (const auto& point : reporting::validation_curves(one, options_.curves).points) {
        if (!printed_.emplace(run.file, point.class_name, point.epoch).second) continue;
        text += fmt::format("{}\t{}\t{}\t{}\t{}\n",
                            run.record.name,
                            run.record.seed,
                            point.class_name,
                            point.epoch,
                            cli::format_number(point.mean));
      }
    }
    return text;
  }

 private:
  const FollowOptions& options_;
  std::set<std::tuple<std::string, std::string, std::int64_t>> printed_;
};

}  // namespace

void FollowOptions::check() const {
  if (interval >= 0.1) return;
  throw UsageError(fmt::format("--interval {}: expected at least 0.1 seconds", interval));
}

void follow(const FollowOptions& options, const std::string& command) {
  options.check();
  const bool on_terminal = isatty(STDOUT_FILENO) != 0;
  Lines lines(options);
  std::string text = on_terminal ? "" : heading(options, command);
  do {
    const std::vector<Watched> all = look_at_all(options.outputs);
    text += on_terminal ? screen(options, all) : lines.of_new(all);
    cli::print_text(text);
    if (std::all_of(all.begin(), all.end(), finished)) return;
    text.clear();
    std::this_thread::sleep_for(std::chrono::duration<double>(options.interval));
  } while (cli::output_is_read());
}

}  // namespace regionwise::listings
