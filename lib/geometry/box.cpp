#include "geometry/box.hpp"

#include <algorithm>

namespace regionwise::geometry {
namespace {

std::array<std::int64_t, 3> sizes(const Shape3& shape) {
  return {shape.depth, shape.height, shape.width};
}

Box between(const std::array<std::int64_t, 3>& start, const std::array<std::int64_t, 3>& end) {
  return {start, {end[0] - start[0], end[1] - start[1], end[2] - start[2]}};
}

std::array<std::int64_t, 3> end_of(const Box& box) {
  return {box.start[0] + box.shape.depth,
          box.start[1] + box.shape.height,
          box.start[2] + box.shape.width};
}

}  // namespace

Box bounding_box(VolumeView<std::uint8_t> mask) {
  std::array<std::int64_t, 3> start = sizes(mask.shape);
  std::array<std::int64_t, 3> end{0, 0, 0};
  const auto set = [](std::uint8_t value) { return value != 0; };
  auto row = mask.values.begin();
  for (std::int64_t z = 0; z < mask.shape.depth; ++z) {
    for (std::int64_t y = 0; y < mask.shape.height; ++y, row += mask.shape.width) {
      const auto row_end = row + mask.shape.width;
      const auto first = std::find_if(row, row_end, set);
      if (first == row_end) continue;
      auto past_last = row_end;
      while (*(past_last - 1) == 0) --past_last;
      start = {std::min(start[0], z), std::min(start[1], y), std::min(start[2], first - row)};
      end = {std::max(end[0], z + 1), std::max(end[1], y + 1), std::max(end[2], past_last - row)};
    }
  }
  return end[0] == 0 ? Box{} : between(start, end);
}

Box enclosing_box(const Box& a, const Box& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  std::array<std::int64_t, 3> start{};
  std::array<std::int64_t, 3> end{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    start[axis] = std::min(a.start[axis], b.start[axis]);
    end[axis] = std::max(end_of(a)[axis], end_of(b)[axis]);
  }
  return between(start, end);
}

Box grown(const Box& box, std::int64_t margin, const Shape3& volume) {
  if (box.empty()) return box;
  std::array<std::int64_t, 3> start{};
  std::array<std::int64_t, 3> end{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    start[axis] = std::max<std::int64_t>(0, box.start[axis] - margin);
    end[axis] = std::min(sizes(volume)[axis], end_of(box)[axis] + margin);
  }
  return between(start, end);
}

std::vector<std::uint8_t> crop(VolumeView<std::uint8_t> volume, const Box& box) {
  std::vector<std::uint8_t> block(static_cast<std::size_t>(box.shape.size()));
  auto out = block.begin();
  for (std::int64_t z = 0; z < box.shape.depth; ++z) {
    for (std::int64_t y = 0; y < box.shape.height; ++y) {
      const std::int64_t row = (box.start[0] + z) * volume.shape.height + box.start[1] + y;
      const auto first = volume.values.begin() + row * volume.shape.width + box.start[2];
      out = std::copy(first, first + box.shape.width, out);
    }
  }
  return block;
}

}  // namespace regionwise::geometry
