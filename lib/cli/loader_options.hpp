#pragma once

#include <CLI/CLI.hpp>
#include <optional>

namespace regionwise::cli {

/// --loader-threads and --patience. `threads`: 0 to 1024, nothing where the user names none.
void add_loader_options(CLI::App& app, std::optional<int>& threads, double& patience_minutes);

}  // namespace regionwise::cli
