#include "cli/lists.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace regionwise::cli {
namespace {

template <typename T>
std::vector<T> parsed(const std::vector<std::string>& arguments) {
  CLI::App app;
  std::vector<T> values;
  add_list(app, "--z", values, "");
  app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  return values;
}

TEST(Lists, AreSplitAtCommas) {
  EXPECT_EQ(parsed<double>({"--z", "12,4.5,-3"}), (std::vector<double>{12, 4.5, -3}));
  EXPECT_EQ(parsed<double>({"--z", "-3,4"}), (std::vector<double>{-3, 4}));
  EXPECT_EQ(parsed<std::int64_t>({"--z=1"}), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(parsed<std::int64_t>({"--z", "1,10", "--z=50"}),
            (std::vector<std::int64_t>{1, 10, 50}));
  EXPECT_EQ(parsed<std::string>({"--z", "LV,RV wall"}),
            (std::vector<std::string>{"LV", "RV wall"}));
  EXPECT_TRUE(parsed<double>({}).empty());
}

TEST(Lists, HaveNoEmptyEntry) {
  for (const std::string text : {"1,,2", "1,2,", ",1,2", ",", ""}) {
    EXPECT_THROW(parsed<double>({"--z", text}), CLI::ParseError) << text;
    EXPECT_THROW(parsed<std::string>({"--z", text}), CLI::ParseError) << text;
  }
}

TEST(Lists, HaveEntriesOfTheirType) {
  EXPECT_THROW(parsed<double>({"--z", "1,x"}), CLI::ParseError);
  EXPECT_THROW(parsed<double>({"--z", "1;2"}), CLI::ParseError);
  EXPECT_THROW(parsed<std::int64_t>({"--z", "1,2.5"}), CLI::ParseError);
  for (const std::string value : {"inf", "-inf", "nan", "1e999"}) {
    EXPECT_THROW(parsed<double>({"--z", "1," + value}), CLI::ParseError) << value;
  }
}

TEST(Lists, TakeNoFurtherArgument) {
  EXPECT_THROW(parsed<double>({"--z", "1,2", "3"}), CLI::ExtrasError);
}

}  // namespace
}  // namespace regionwise::cli
