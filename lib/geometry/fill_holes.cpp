#include "geometry/fill_holes.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace regionwise::geometry {
namespace {

/// Neighbouring zeros of one row, [begin, end).
struct Run {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t row;  ///< z height + y
  bool outside = false;
};

/// All runs, row after row, and how those that touch each other are found.
class Background {
 public:
  explicit Background(const Volume<std::uint8_t>& mask) : shape_(mask.shape) {
    const std::int64_t rows = shape_.depth * shape_.height;
    first_.reserve(static_cast<std::size_t>(rows + 1));
    for (std::int64_t row = 0; row < rows; ++row) {
      first_.push_back(runs_.size());
      add_row(mask.values.data() + row * shape_.width, row);
    }
    first_.push_back(runs_.size());
  }

  /// Marks what is joined to the border.
  void flood() {
    for (std::size_t run = 0; run < runs_.size(); ++run) {
      if (on_border(runs_[run])) visit(run);
    }
    while (!open_.empty()) {
      const Run run = runs_[open_.back()];
      open_.pop_back();
      const std::int64_t z = run.row / shape_.height;
      const std::int64_t y = run.row % shape_.height;
      if (z > 0) visit_row(run.row - shape_.height, run);
      if (z + 1 < shape_.depth) visit_row(run.row + shape_.height, run);
      if (y > 0) visit_row(run.row - 1, run);
      if (y + 1 < shape_.height) visit_row(run.row + 1, run);
    }
  }

  const std::vector<Run>& runs() const { return runs_; }

 private:
  void add_row(const std::uint8_t* values, std::int64_t row) {
    const std::uint8_t* end = values + shape_.width;
    const std::uint8_t* begin = std::find(values, end, 0);
    while (begin != end) {
      const std::uint8_t* stop = std::find_if(begin, end, [](auto value) { return value != 0; });
      runs_.push_back({begin - values, stop - values, row});
      begin = std::find(stop, end, 0);
    }
  }

  bool on_border(const Run& run) const {
    const std::int64_t z = run.row / shape_.height;
    const std::int64_t y = run.row % shape_.height;
    return z == 0 || z + 1 == shape_.depth || y == 0 || y + 1 == shape_.height || run.begin == 0 ||
           run.end == shape_.width;
  }

  void visit(std::size_t run) {
    if (std::exchange(runs_[run].outside, true)) return;
    open_.push_back(run);
  }

  /// Visits the runs of `row` that share a column with `run`.
  void visit_row(std::int64_t row, const Run& run) {
    const auto begin = runs_.begin();
    const auto first = begin + static_cast<std::ptrdiff_t>(first_[static_cast<std::size_t>(row)]);
    const auto last =
        begin + static_cast<std::ptrdiff_t>(first_[static_cast<std::size_t>(row + 1)]);
    const auto ends_before = [&](const Run& other) { return other.end <= run.begin; };
    for (auto it = std::partition_point(first, last, ends_before);
         it != last && it->begin < run.end;
         ++it) {
      visit(static_cast<std::size_t>(it - begin));
    }
  }

  Shape3 shape_;
  std::vector<Run> runs_;
  std::vector<std::size_t> first_;  ///< Of each row, and the number of runs.
  std::vector<std::size_t> open_;
};

}  // namespace

void fill_holes(Volume<std::uint8_t>& mask) {
  Background background(mask);
  background.flood();
  for (const Run& run : background.runs()) {
    if (run.outside) continue;
    std::uint8_t* row = mask.values.data() + run.row * mask.shape.width;
    std::fill(row + run.begin, row + run.end, std::uint8_t{1});
  }
}

}  // namespace regionwise::geometry
