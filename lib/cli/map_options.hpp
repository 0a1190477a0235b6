#pragma once

#include <CLI/CLI.hpp>

#include "maps/map_options.hpp"

namespace regionwise::cli {

/// Declares --map-option, --class-weights, --unit and what else changes a map; --map itself stays
/// with the program, which says what it takes.
void declare_map_settings(CLI::App& app, maps::MapOptions& options);

}  // namespace regionwise::cli
