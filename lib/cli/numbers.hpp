#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace regionwise::cli {

/// What is wrong with the text of a whole number; empty where nothing is. Whole numbers are decimal
/// and below 2^63: CLI11 takes 010 as 8, and one that is too large as the largest.
std::string problem_of_whole_number(const std::string& text);

/// The same of a number that CLI11 can read: it takes 0x10 as 16. "inf" and "nan" are left to what
/// asks for a range.
std::string problem_of_decimal(const std::string& text);

/// For an option: a number from `least` to `most`, which NaN is not. `name`: in the list of
/// options.
CLI::Validator within(double least, double most, const std::string& name);

}  // namespace regionwise::cli
