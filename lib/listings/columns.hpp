#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/results.hpp"
#include "statistics/clustered_bootstrap.hpp"
#include "statistics/distribution.hpp"

namespace regionwise::listings {

using Columns = std::vector<cli::ResultTable::Column>;
using Cells = std::vector<cli::Cell>;

/// Columns that several tables have, and the cells of a row below them.

/// mean, sd, cases, undefined, misses: of one value per case.
Columns summary_columns();
Cells summary_cells(const statistics::Summary& summary, std::int64_t misses);

/// difference_low, difference_high, effect, effect_low, effect_high.
Columns effect_columns();
Cells effect_cells(const statistics::ClusteredEffect& effect);

/// What an interval of effect_columns is, in words.
std::string bootstrap_in_words(const statistics::BootstrapOptions& options);

/// The parts of a table's heading, or of a row, one after the other.
template <class T>
std::vector<T> joined(std::vector<T> first, const std::vector<std::vector<T>>& others) {
  for (const std::vector<T>& other : others) first.insert(first.end(), other.begin(), other.end());
  return first;
}

}  // namespace regionwise::listings
