#include "maps/dataset_maps.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace regionwise::maps {
namespace {

TEST(MapDescription, IsANameOrAnObject) {
  EXPECT_EQ(parse_map_description("boundary"), (Json{{"name", "boundary"}}));
  EXPECT_EQ(parse_map_description(R"({"name": "cao", "alpha": 2})"),
            (Json{{"name", "cao"}, {"alpha", 2}}));
  EXPECT_THROW(parse_map_description(R"({"name": "cao",})"), UsageError);
}

}  // namespace
}  // namespace regionwise::maps
