#include "listings/columns.hpp"

#include <fmt/format.h>

namespace regionwise::listings {

Columns summary_columns() {
  return {{"mean", "1"}, {"sd", "1"}, {"cases", "1"}, {"undefined", "1"}, {"misses", "1"}};
}

Cells summary_cells(const statistics::Summary& summary, std::int64_t misses) {
  return {summary.mean, summary.sd, summary.count, summary.missing, misses};
}

Columns effect_columns() {
  return {{"difference_low", "1"},
          {"difference_high", "1"},
          {"effect", "1"},
          {"effect_low", "1"},
          {"effect_high", "1"}};
}

Cells effect_cells(const statistics::ClusteredEffect& effect) {
  return {effect.difference_interval.lower,
          effect.difference_interval.upper,
          effect.effect,
          effect.effect_interval.lower,
          effect.effect_interval.upper};
}

std::string bootstrap_in_words(const statistics::BootstrapOptions& options) {
  if (options.resamples == 0) return "no intervals: --bootstrap 0";
  return fmt::format(
      "BCa bootstrap, groups drawn whole, {} resamples (seed {}), confidence: {}; nan for fewer "
      "than {} groups",
      options.resamples,
      options.seed,
      options.confidence,
      statistics::kLeastBootstrapGroups);
}

}  // namespace regionwise::listings
