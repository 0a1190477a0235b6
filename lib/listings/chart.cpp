#include "listings/chart.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "core/error.hpp"
#include "core/temporary_folder.hpp"
#include "core/text.hpp"
#include "storage/complete_file.hpp"

namespace regionwise::listings {
namespace {

/// A text as gnuplot's single-quoted string. A line's end would end the string, and what follows be
/// taken for commands.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : plain(text)) result += c == '\'' ? "''" : std::string(1, c);
  return result + "'";
}

/// The points of a line as a data block; empty where there is none.
std::string data_block(const ChartLine& line, std::size_t number) {
  std::string points;
  for (const auto& [x, y] : line.points) {
    if (std::isfinite(x) && std::isfinite(y)) points += fmt::format("{} {}\n", x, y);
  }
  return points.empty() ? points : fmt::format("$line{} << EOD\n{}EOD\n", number, points);
}

/// The gnuplot program; empty where there is nothing to draw.
std::string program_of(const Chart& chart, int columns, int rows) {
  std::string blocks;
  std::string plots;
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const std::string block = data_block(chart.lines[i], i);
    if (block.empty()) continue;
    blocks += block;
    plots += fmt::format("{}$line{} with linespoints title {} noenhanced",
                         plots.empty() ? "plot " : ", ",
                         i,
                         quoted(chart.lines[i].name));
  }
  if (plots.empty()) return {};
  return fmt::format(
      "set terminal dumb size {},{} noenhanced\nset xlabel {}\nset title {}\n"
      "set key outside bottom center horizontal\nset xrange [0:*]\n"
      "set offsets 0, 0, graph 0.05, graph 0.05\n{}{}\n",
      columns,
      rows,
      quoted(chart.x_label),
      quoted(chart.y_label),
      blocks,
      plots);
}

/// A text as one word of a shell.
std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// What a shell command prints. IoError where it fails.
std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw IoError("cannot run: " + command);
  std::string output;
  std::array<char, 4096> buffer;
  for (std::size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), n);
  }
  if (pclose(pipe) != 0) throw IoError("gnuplot, which draws the chart, cannot be run: install it");
  return output;
}

}  // namespace

std::string draw_chart(const Chart& chart, int columns, int rows) {
  const std::string program = program_of(chart, columns, rows);
  if (program.empty()) return {};
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "chart.gp";
  storage::write_text(file, program, true);
  return output_of("gnuplot " + shell_word(file.string()) + " 2>/dev/null");
}

}  // namespace regionwise::listings
