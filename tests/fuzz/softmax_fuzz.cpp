// The table of probabilities that `gradients` reads.

#include <cmath>
#include <sstream>

#include "fuzz/fuzz.hpp"
#include "maps/gradient.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise::testing;
  std::istringstream input{std::string(text_of(data, size))};
  read([&] {
    const auto values = regionwise::maps::read_softmax(input, "softmax.tsv", 3);
    must(values.size() % 3 == 0, "half a row");
    for (const double value : values) must(value >= 0 && value <= 1, "no probability");
  });
  return 0;
}
