#include "listings/sign_listing.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace regionwise::listings {
namespace {

/// A seed is unsigned: as text it is printed as it is.
std::string seed_text(std::uint64_t seed) {
  return fmt::format("{}", seed);
}

cli::ResultTable totals_of(const reporting::SignCounts& counts) {
  std::vector<cli::ResultTable::Column> columns = {{"run", ""}, {"seed", ""}, {"epoch", ""}};
  for (std::size_t n = 0; n < counts.class_names.size(); ++n) {
    columns.push_back({fmt::format("pixels_{}", n), "1"});
  }
  columns.push_back({"share_wrong", "1"});
  cli::ResultTable totals(columns);
  for (const auto& total : counts.totals) {
    std::vector<cli::Cell> cells = {total.run, seed_text(total.seed), total.epoch};
    double wrong = 0;
    for (std::size_t n = 0; n < total.pixels.size(); ++n) {
      cells.emplace_back(total.pixels[n]);
      if (n > 1) wrong += total.share(n);
    }
    cells.emplace_back(wrong);
    totals.row(std::move(cells));
  }
  return totals;
}

}  // namespace

cli::ResultTable sign_listing(const reporting::SignCounts& counts,
                              std::int64_t slices,
                              const std::string& command) {
  cli::ResultTable rows({{"run", ""},
                         {"seed", ""},
                         {"epoch", ""},
                         {"case", ""},
                         {"slice", ""},
                         {"row", ""},
                         {"column", ""},
                         {"label", ""},
                         {"negatives", "1"}});
  rows.comment(command);
  rows.comment(fmt::format("data set: {}, split hash: {}", counts.dataset_name, counts.split_hash));
  // A line each: a name may hold any mark that could stand between two.
  for (const std::string& name : counts.class_names) rows.comment("class: " + name);
  rows.comment("map: " + counts.map.dump());
  rows.comment(
      "negatives: negative entries of the region-wise term's derivative by the logits (Eq. 2); one "
      "is as it should be");
  rows.comment(
      "totals: over all validation slices, pixels with so many negative entries; share_wrong: "
      "those "
      "with more than one");
  for (const std::string& run : counts.left_out) {
    rows.comment("left out, having failed before the first record: " + run);
  }
  for (const std::string& run : counts.cut_short) rows.comment(run);
  rows.section("totals", totals_of(counts));
  // The pictured slices are in the order of choice.
  std::set<std::pair<std::string, std::int64_t>> shown;
  for (const auto& one : counts.rows) {
    const std::pair slice(one.case_id, one.slice);
    if (!shown.contains(slice)) {
      if (std::ssize(shown) >= slices) continue;
      shown.insert(slice);
    }
    rows.row({one.run,
              seed_text(one.seed),
              one.epoch,
              one.case_id,
              one.slice,
              one.row,
              one.column,
              static_cast<std::int64_t>(one.label),
              static_cast<std::int64_t>(one.negatives)});
  }
  return rows;
}

}  // namespace regionwise::listings
