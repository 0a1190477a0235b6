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

TEST(ResultTable, NegativeZeroIsZero) {
  EXPECT_EQ(format_number(-0.0), "0");
  EXPECT_EQ(format_number(-1e-300), "-1e-300");
  EXPECT_EQ(format_numbers(std::vector<double>{-0.0, 1.5, -2}, ", "), "0, 1.5, -2");
  EXPECT_EQ(format_numbers(std::vector<float>{0.1F, -0.0F}, ","), "0.1,0");
  ResultTable table(std::vector<ResultTable::Column>{{"x", "mm"}});
  table.row({-0.0});
  EXPECT_EQ(table.to_tsv(), "# x [mm]\n0\n");
  EXPECT_EQ(table.to_json().at("rows")[0][0].dump(), "0.0");
}

TEST(ResultTable, HoldsFurtherTablesInComments) {
  ResultTable section({{"a", ""}, {"share", "1"}});
  section.row({"one\ttwo", 0.5});
  ResultTable table(std::vector<ResultTable::Column>{{"x", "mm"}});
  table.section("pairs", section);
  table.comment("command");
  table.row({1.5});
  EXPECT_EQ(table.to_tsv(), "# command\n# pairs: a\tshare\n# pairs: one two\t0.5\n# x [mm]\n1.5\n");
  const Json json = table.to_json();
  EXPECT_EQ(json["pairs"]["columns"][1]["name"], "share");
  EXPECT_EQ(json["pairs"]["rows"][0][1], 0.5);
  EXPECT_FALSE(json["pairs"].contains("comments"));
  EXPECT_EQ(json["rows"][0][0], 1.5);
}

TEST(ResultTable, NoTextBreaksARow) {
  ResultTable table({{"a\tb", ""}, {"c", "m\nm"}});
  table.comment("one\ntwo\x1b[2J");
  table.row({std::string("x\ty\n# z"), std::string("\r\xc2\x9b\x7f\xff")});
  table.row({std::string("# no comment"), 1.5});
  EXPECT_EQ(table.to_tsv(),
            "# one two [2J\n# a b\tc [m m]\nx y # z\t   \xff\n # no comment\t1.5\n");
  EXPECT_EQ(tsv_row({std::string("\n"), std::int64_t{3}}), " \t3\n");
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
