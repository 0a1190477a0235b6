#include "listings/gradient_listing.hpp"

#include <fmt/format.h>

#include "maps/gradient.hpp"
#include "maps/sign_audit.hpp"

namespace regionwise::listings {
namespace {

void describe(cli::ResultTable& table, const PixelLoss& loss, const std::string& command) {
  table.comment(command);
  if (loss.z.empty()) {
    table.comment(fmt::format("loss: cross entropy; class: {}", loss.true_class));
    return;
  }
  table.comment(fmt::format("loss: region-wise; z: {}", cli::format_numbers(loss.z, ", ")));
  for (std::size_t k = 0; k < loss.z.size(); ++k) {
    table.comment(fmt::format(
        "share of the simplex where g{} < 0: {}", k + 1, maps::share_above(loss.z, loss.z[k])));
  }
}

}  // namespace

cli::ResultTable gradient_listing(const PixelLoss& loss,
                                  int classes,
                                  std::span<const double> softmax,
                                  const std::string& command) {
  std::vector<cli::ResultTable::Column> columns;
  for (const char* kind : {"y", "g"}) {
    for (int k = 1; k <= classes; ++k) columns.push_back({kind + std::to_string(k), "1"});
  }
  columns.push_back({"negatives", "1"});
  cli::ResultTable table(columns);
  describe(table, loss, command);
  std::vector<double> gradient(static_cast<std::size_t>(classes));
  for (std::size_t start = 0; start < softmax.size(); start += gradient.size()) {
    const auto vector = softmax.subspan(start, gradient.size());
    if (loss.z.empty()) {
      maps::cross_entropy_gradient(loss.true_class, vector, gradient);
    } else {
      maps::region_wise_gradient(loss.z, vector, gradient);
    }
    std::vector<cli::Cell> cells(vector.begin(), vector.end());
    cells.insert(cells.end(), gradient.begin(), gradient.end());
    cells.emplace_back(maps::count_negative(gradient));
    table.row(std::move(cells));
  }
  return table;
}

}  // namespace regionwise::listings
