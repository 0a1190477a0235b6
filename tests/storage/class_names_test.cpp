#include "storage/class_names.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace regionwise::storage {
namespace {

std::string problem_of(const std::vector<std::string>& names) {
  return problem_of_class_names(names);
}

TEST(ClassNames, StandForOneThingEach) {
  EXPECT_EQ(problem_of({}), "");
  EXPECT_EQ(problem_of({"background", "RV", "LV"}), "");
  EXPECT_EQ(problem_of({"RV", "LV", "RV"}), "classes name \"RV\" twice");
  EXPECT_EQ(problem_of({"RV", ""}), "a class has an empty name");
  EXPECT_EQ(problem_of({"mean", "RV"}), "a class is named \"mean\", as the mean over classes is");
}

}  // namespace
}  // namespace regionwise::storage
