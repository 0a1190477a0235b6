#include "core/regular_expression.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace regionwise {
namespace {

TEST(RegularExpression, IsReadOrRefused) {
  EXPECT_TRUE(std::regex_match("patient07", compile_regex("patient([0-9]+)")));
  EXPECT_THROW(compile_regex("("), UsageError);
  EXPECT_THROW(compile_regex("[b-a]"), UsageError);
}

TEST(RegularExpression, OfEndlessDepthIsRefused) {
  EXPECT_NO_THROW(compile_regex(std::string(500, '(') + std::string(500, ')')));
  EXPECT_THROW(compile_regex(std::string(501, '(') + std::string(501, ')')), UsageError);
}

TEST(RegularExpression, OfNumbersThatOverflowIsRefused) {
  for (const char* text : {"a{18446744073709551617}", "a{1,99999}", "(a)\\88888888888888888888"}) {
    EXPECT_THROW(compile_regex(text), UsageError) << text;
  }
  EXPECT_TRUE(std::regex_match("aa20180401", compile_regex("(a)\\1[0-9]{8,8}")));
  EXPECT_TRUE(std::regex_match("\\20180401", compile_regex("\\\\20180401")));
  EXPECT_TRUE(std::regex_match("a,20180401", compile_regex("a,20180401")));
}

}  // namespace
}  // namespace regionwise
