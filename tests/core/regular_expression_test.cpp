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

}  // namespace
}  // namespace regionwise
