#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace regionwise::cli {

/// Declares --seed: a decimal number from 0 to 2^64 - 1. CLI11 by itself takes -1 for the largest
/// and 010 for 8.
CLI::Option* add_seed(CLI::App& app, std::uint64_t& seed, const std::string& description);

}  // namespace regionwise::cli
