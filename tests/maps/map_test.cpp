#include "maps/map.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/map_of.hpp"

namespace regionwise::maps {
namespace {

/// The message of the UsageError that a description causes.
std::string refusal(const Json& description) {
  try {
    MapSpecification(description, "x.json:map");
  } catch (const UsageError& error) {
    return error.what();
  } catch (const Error& error) {
    return error.code() == ExitCode::usage ? error.what() : "";
  }
  return "";
}

void expect_refused(const Json& description, const std::string& reason) {
  EXPECT_NE(refusal(description).find("x.json:map"), std::string::npos) << refusal(description);
  EXPECT_NE(refusal(description).find(reason), std::string::npos) << refusal(description);
}

TEST(MapSpecification, FillsInDefaults) {
  const Json expected = {{"name", "cao"},
                         {"alpha", 1.0},
                         {"beta", 1.0},
                         {"class-weights", {}},
                         {"unit", "pixel"},
                         {"dimensions", 2},
                         {"empty-class", "standard"},
                         {"full-class", "standard"},
                         {"reference-quirks", false}};
  Json resolved = MapSpecification({{"name", "cao"}}, "map").resolved();
  EXPECT_TRUE(resolved["class-weights"].is_array());
  resolved["class-weights"] = expected["class-weights"];
  EXPECT_EQ(resolved, expected);
}

TEST(MapSpecification, KeepsWhatIsGiven) {
  const Json given = {{"name", "hausdorff"},
                      {"alpha", 1.5},
                      {"class-weights", {1, 2}},
                      {"unit", "mm"},
                      {"dimensions", 3},
                      {"full-class", "reference"}};
  const MapSpecification map(given, "map");
  for (const auto& [key, value] : given.items()) EXPECT_EQ(map.resolved().at(key), value);
  EXPECT_TRUE(map.settings().millimetres);
  EXPECT_TRUE(map.settings().three_dimensional);
  EXPECT_EQ(map.settings().empty_class, EdgeRule::standard);
  EXPECT_EQ(map.settings().full_class, EdgeRule::reference);
}

TEST(MapSpecification, WritesWholeNumbersAsTheRealsTheyStandFor) {
  const Json whole = {{"name", "cao"}, {"alpha", 2}, {"class-weights", {1, 2}}};
  const Json real = {{"name", "cao"}, {"alpha", 2.0}, {"class-weights", {1.0, 2.0}}};
  EXPECT_EQ(MapSpecification(whole, "map").resolved().dump(),
            MapSpecification(real, "map").resolved().dump());
}

TEST(MapSpecification, LetsReferenceQuirksStandForBothRules) {
  const MapSpecification map({{"name", "boundary"}, {"reference-quirks", true}}, "map");
  EXPECT_EQ(map.settings().empty_class, EdgeRule::reference);
  EXPECT_EQ(map.settings().full_class, EdgeRule::reference);
  EXPECT_EQ(map.resolved().at("full-class"), "reference");
}

TEST(MapSpecification, SaysWhatIsWrong) {
  expect_refused({{"name", "kervadec"}}, "known maps: active-contour, boundary");
  expect_refused({{"alpha", 1}}, "name");
  expect_refused({{"name", 3}}, "name");
  expect_refused({{"name", "boundary"}, {"alpha", 1}}, "alpha");
  expect_refused({{"name", "boundary"}, {"unit", "cm"}}, "unit: expected \"pixel\" or \"mm\"");
  expect_refused({{"name", "boundary"}, {"dimensions", 4}}, "dimensions: expected 2 or 3");
  expect_refused({{"name", "boundary"}, {"empty-class", "zero"}}, "empty-class");
  expect_refused({{"name", "boundary"}, {"full-class", 0}}, "full-class");
  expect_refused({{"name", "boundary"}, {"class-weights", 2}}, "class-weights");
  expect_refused({{"name", "boundary"}, {"class-weights", {1, "a"}}}, "class-weights");
  expect_refused({{"name", "boundary"}, {"class-weights", {1, -1}}}, "class-weights");
  expect_refused({{"name", "boundary"}, {"reference-quirks", true}, {"full-class", "standard"}},
                 "contradicts reference-quirks");
  expect_refused({{"name", "cao"}, {"alpha", -1}}, "alpha");
  expect_refused({{"name", "cao"}, {"beta", -0.5}}, "beta");
  expect_refused({{"name", "hausdorff"}, {"alpha", 0}}, "alpha");
  expect_refused(Json::array(), "");
}

TEST(MapSpecification, RefusesLabelsThatAreNoClass) {
  EXPECT_THROW(testing::map_of({{"name", "boundary"}}, testing::row({0, 2}), 2), DataError);
  EXPECT_THROW(testing::map_of({{"name", "boundary"}}, testing::row({0, -1}), 2), DataError);
}

TEST(MapSpecification, RefusesAnotherNumberOfWeightsThanClasses) {
  const Json description = {{"name", "boundary"}, {"class-weights", {1, 2, 3}}};
  EXPECT_THROW(testing::map_of(description, testing::row({0, 1}), 2), UsageError);
}

TEST(MapSpecification, RefusesAnImpossibleSpacingOnlyInMillimetres) {
  const Spacing3 flat{1, 1, 0};
  EXPECT_THROW(
      testing::map_of({{"name", "boundary"}, {"unit", "mm"}}, testing::row({0, 1}), 2, flat),
      DataError);
  EXPECT_NO_THROW(testing::map_of({{"name", "boundary"}}, testing::row({0, 1}), 2, flat));
}

}  // namespace
}  // namespace regionwise::maps
