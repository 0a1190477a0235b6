#include "cli/results.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace regionwise::cli {
namespace {

TEST(ResultTable, HasACommentHeaderWithNamesAndUnits) {
  ResultTable table({{"case", ""}, {"hausdorff", "mm"}, {"dice", "1"}});
  table.comment("level: case");
  table.row({std::string("a\tb"), 1.5, std::int64_t{2}});
  EXPECT_EQ(table.to_tsv(), "# level: case\n# case\thausdorff [mm]\tdice\na b\t1.5\t2\n");
}

TEST(ResultTable, NumbersReadBackExactly) {
  for (const double value : {0.1, 1.0 / 3.0, 1e-300, 123456789.123456789}) {
    EXPECT_EQ(std::stod(format_number(value)), value);
  }
  EXPECT_EQ(format_number(std::nan("")), "nan");
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity()), "inf");
}

TEST(ResultTable, JsonHasNoNanButNull) {
  ResultTable table(std::vector<ResultTable::Column>{{"x", "mm"}});
  table.row({std::nan("")});
  const Json json = table.to_json();
  EXPECT_TRUE(json.at("rows")[0][0].is_null());
  EXPECT_EQ(json.at("columns")[0].at("unit"), "mm");
}

}  // namespace
}  // namespace regionwise::cli
