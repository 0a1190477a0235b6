#include "cli/seed.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace regionwise::cli {
namespace {

std::uint64_t parsed(const std::string& text) {
  CLI::App app;
  std::uint64_t seed = 5;
  add_seed(app, seed, "");
  app.parse(std::vector<std::string>{"--seed=" + text});
  return seed;
}

TEST(Seed, IsAWholeNumberOfSixtyFourBits) {
  EXPECT_EQ(parsed("0"), 0U);
  EXPECT_EQ(parsed("010"), 10U);
  EXPECT_EQ(parsed("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(Seed, HasNoSignAndNothingElse) {
  for (const char* text : {"-1", "+1", "-0", "18446744073709551616", "1.5", "1e3", "0x10", "one"}) {
    EXPECT_THROW(parsed(text), CLI::ParseError) << text;
  }
}

}  // namespace
}  // namespace regionwise::cli
