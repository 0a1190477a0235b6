#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>

namespace regionwise::cli {

/// --loader-threads and --patience. `threads`: 0 to 1024, nothing where the user names none.
void add_loader_options(CLI::App& app, std::optional<int>& threads, double& patience_minutes);

/// --checkpoint-minutes, --checkpoint-epochs and --max-iterations, with what they are as defaults.
void add_checkpoint_options(CLI::App& app,
                            double& minutes,
                            std::int64_t& epochs,
                            std::int64_t& max_iterations);

}  // namespace regionwise::cli
