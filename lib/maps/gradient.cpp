#include "maps/gradient.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <istream>
#include <numeric>

#include "core/error.hpp"

namespace regionwise::maps {
namespace {

std::vector<double> numbers_of(const std::string& line, const std::string& where) {
  constexpr const char* kApart = "\t ,\r";
  std::vector<double> numbers;
  std::size_t begin = line.find_first_not_of(kApart);
  while (begin != std::string::npos) {
    const std::size_t end = std::min(line.find_first_of(kApart, begin), line.size());
    double number = 0;
    const auto [stop, error] = std::from_chars(line.data() + begin, line.data() + end, number);
    if (error != std::errc() || stop != line.data() + end || !(number >= 0 && number <= 1)) {
      throw DataError(fmt::format(
          "{}: \"{}\" is not a probability, 0 to 1", where, line.substr(begin, end - begin)));
    }
    numbers.push_back(number);
    begin = line.find_first_not_of(kApart, end);
  }
  return numbers;
}

}  // namespace

void region_wise_gradient(std::span<const double> z,
                          std::span<const double> softmax,
                          std::span<double> gradient) {
  assert(z.size() == softmax.size() && z.size() == gradient.size());
  for (std::size_t k = 0; k < z.size(); ++k) {
    double sum = 0;
    for (std::size_t l = 0; l < z.size(); ++l) sum += softmax[l] * (z[k] - z[l]);
    gradient[k] = softmax[k] * sum;
  }
}

void cross_entropy_gradient(int true_class,
                            std::span<const double> softmax,
                            std::span<double> gradient) {
  assert(softmax.size() == gradient.size());
  std::ranges::copy(softmax, gradient.begin());
  gradient[static_cast<std::size_t>(true_class)] -= 1;
}

std::int64_t count_negative(std::span<const double> gradient) {
  return std::ranges::count_if(gradient, [](double value) { return value < 0; });
}

std::vector<double> triangular_grid(int points) {
  if (points < 2 || points > 2001) {
    throw UsageError(fmt::format("{} points along an edge: expected 2 to 2001", points));
  }
  const int steps = points - 1;
  std::vector<double> grid;
  for (int i = 0; i <= steps; ++i) {
    for (int j = 0; j <= steps - i; ++j) {
      for (const int count : {i, j, steps - i - j}) {
        grid.push_back(static_cast<double>(count) / steps);
      }
    }
  }
  return grid;
}

std::vector<double> read_softmax(std::istream& input, const std::string& where, int classes) {
  std::vector<double> all;
  std::string line;
  for (std::int64_t number = 1; std::getline(input, line); ++number) {
    const std::string place = fmt::format("{}:{}", where, number);
    if (line.starts_with('#')) continue;
    const std::vector<double> softmax = numbers_of(line, place);
    if (softmax.empty()) continue;
    if (std::ssize(softmax) != classes) {
      throw DataError(
          fmt::format("{}: expected {} probabilities, found {}", place, classes, softmax.size()));
    }
    const double sum = std::accumulate(softmax.begin(), softmax.end(), 0.0);
    if (std::abs(sum - 1) > 1e-6) {
      throw DataError(fmt::format("{}: the probabilities sum to {}, not to 1", place, sum));
    }
    all.insert(all.end(), softmax.begin(), softmax.end());
  }
  if (all.empty()) throw DataError(fmt::format("{}: holds no softmax vector", where));
  return all;
}

}  // namespace regionwise::maps
