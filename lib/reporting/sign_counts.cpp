#include "reporting/sign_counts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "core/error.hpp"
#include "reporting/history.hpp"
#include "reporting/run_failure.hpp"

namespace regionwise::reporting {
namespace {

void add_pictures(SignCounts& counts, const storage::RunRecord& run, std::size_t epoch) {
  const storage::SignRecord& signs = *run.signs;
  for (const auto& slice : signs.slices) {
    const std::size_t pixels = slice.labels.size();
    for (std::size_t i = 0; i < pixels; ++i) {
      const auto at = static_cast<std::int64_t>(i);
      counts.rows.push_back({run.name,
                             run.seed,
                             signs.epochs[epoch],
                             slice.case_id,
                             slice.index,
                             at / slice.width,
                             at % slice.width,
                             slice.labels[i],
                             slice.negatives[epoch * pixels + i]});
    }
  }
}

/// Why there is no record, where the training ended too early for one.
std::optional<storage::RunOutcome> ended_before(const storage::RunRecord& run) {
  const auto outcome = outcome_of(run);
  const bool asked = run.signs && run.signs->epochs.empty();
  return asked && outcome && outcome->failed() ? outcome : std::nullopt;
}

/// Says so where a training ended, or stands, before some of the records asked for.
void note_missing_records(SignCounts& counts, const storage::RunRecord& run) {
  std::vector<std::int64_t> missing;
  for (const std::int64_t epoch : run.signs->asked) {
    const auto& done = run.signs->epochs;
    if (std::find(done.begin(), done.end(), epoch) == done.end()) missing.push_back(epoch);
  }
  if (missing.empty()) return;
  std::sort(missing.begin(), missing.end());
  const auto outcome = outcome_of(run);
  counts.cut_short.push_back(
      fmt::format("{}, seed {}: stopped before epoch{} {} ({})",
                  run.name,
                  run.seed,
                  missing.size() == 1 ? "" : "s",
                  fmt::join(missing, ", "),
                  outcome ? describe(*outcome)
                          : fmt::format("not finished: it stands at epoch {}", run.epoch)));
}

void add_run(SignCounts& counts, const RunSource& source) {
  const storage::RunRecord& run = source.record;
  if (const auto end = ended_before(run)) {
    counts.left_out.push_back(fmt::format("{}, seed {}: {}", run.name, run.seed, describe(*end)));
    return;
  }
  if (!run.signs || run.signs->epochs.empty()) {
    throw DataError(
        fmt::format("{}: holds no sign counts: train with --record-signs, up to the first of its "
                    "epochs",
                    source.file));
  }
  const storage::SignRecord& signs = *run.signs;
  if (!counts.map.is_null() && counts.map != signs.map) {
    throw DataError(fmt::format("{}: its map is not that of the runs before", source.file));
  }
  counts.map = signs.map;
  const auto classes = static_cast<std::ptrdiff_t>(run.class_names.size());
  note_missing_records(counts, run);
  for (std::size_t e = 0; e < signs.epochs.size(); ++e) {
    const auto first = signs.pixels.begin() + static_cast<std::ptrdiff_t>(e) * classes;
    counts.totals.push_back({run.name, run.seed, signs.epochs[e], {first, first + classes}});
    add_pictures(counts, run, e);
  }
}

}  // namespace

double SignTotals::share(std::size_t negatives) const {
  const std::int64_t all = std::accumulate(pixels.begin(), pixels.end(), std::int64_t{0});
  return static_cast<double>(pixels.at(negatives)) / static_cast<double>(all);
}

SignCounts read_sign_counts(std::span<const std::filesystem::path> files) {
  const std::vector<RunSource> runs = read_runs(files);
  SignCounts counts;
  for (const RunSource& run : runs) add_run(counts, run);
  if (counts.totals.empty()) {
    throw DataError(fmt::format("{}: no run got as far as the first record of signs ({})",
                                runs.front().file,
                                fmt::join(counts.left_out, "; ")));
  }
  const storage::RunRecord& first = runs.front().record;
  counts.dataset_name = first.dataset_name;
  counts.split_hash = first.split_hash;
  counts.class_names = first.class_names;
  return counts;
}

}  // namespace regionwise::reporting
