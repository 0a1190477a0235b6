#pragma once

#include <string>
#include <utility>
#include <vector>

namespace regionwise::listings {

/// One line of a chart: points (x, y); those that are not finite are left out.
struct ChartLine {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

struct Chart {
  std::string x_label;
  std::string y_label;
  std::vector<ChartLine> lines;
};

/// Draws a chart in letters, as wide and high as given (characters), with gnuplot. Lines without a
/// point are left out; without any line the result is empty. IoError where gnuplot cannot be run.
std::string draw_chart(const Chart& chart, int columns, int rows);

}  // namespace regionwise::listings
