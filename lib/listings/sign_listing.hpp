#pragma once

#include <cstdint>
#include <string>

#include "cli/results.hpp"
#include "reporting/sign_counts.hpp"

namespace regionwise::listings {

/// What `gradients` prints of runs that recorded signs: a line per pixel of the pictured slices (at
/// most `slices` of each run), above it how many pixels of all validation slices have 0, 1, …
/// negative entries.
cli::ResultTable sign_listing(const reporting::SignCounts& counts,
                              std::int64_t slices,
                              const std::string& command);

}  // namespace regionwise::listings
