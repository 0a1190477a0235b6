// permtest's tab-separated values, and the test of what was read.

#include <cmath>
#include <sstream>

#include "fuzz/fuzz.hpp"
#include "reporting/comparison.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  std::istringstream input{std::string(text_of(data, size))};
  read([&] {
    const auto sample = reporting::read_pairs(input, "pairs.tsv");
    const auto rows = sample.cases.size();
    must(sample.groups.size() == rows && sample.a.size() == rows && sample.b.size() == rows,
         "columns of different lengths");
    reporting::ComparisonOptions options;
    options.permutation.draws = 50;
    options.permutation.exact_up_to = 4;
    options.permutation.bounds_up_to = 100;
    options.bootstrap.resamples = 100;
    const auto comparison = reporting::compare_pairs(sample, options);
    must(comparison.test.p_value > 0 && comparison.test.p_value <= 1, "a p-value outside (0, 1]");
  });
  return 0;
}
