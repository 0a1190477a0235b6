#include "geometry/warp.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "geometry/label_vote.hpp"
#include "geometry/spline.hpp"

namespace regionwise::geometry {
namespace {

/// Spline coefficients of a channel with a mirrored border of one before and two after, so that
/// all 4 × 4 of them are there for every pixel inside.
class Coefficients {
 public:
  Coefficients(std::span<const float> channel, const Shape2& shape)
      : shape_(shape),
        stride_(shape.width + 3),
        values_(static_cast<std::size_t>((shape.height + 3) * stride_)) {
    std::vector<float> columns(channel.size());
    transpose(channel.data(), shape, columns.data(), shape.height);
    spline_coefficients(columns.data(), shape.width, shape.height, shape.height);
    transpose(columns.data(), {shape.width, shape.height}, at(0, 0), stride_);
    spline_coefficients(at(0, 0), shape.height, shape.width, stride_);
    mirror_border();
  }

  float* at(std::int64_t y, std::int64_t x) { return values_.data() + (y + 1) * stride_ + x + 1; }

  float read(double y, double x) const {
    const auto row = static_cast<std::int64_t>(y);  // Not negative: this rounds down.
    const auto column = static_cast<std::int64_t>(x);
    const auto v = spline_weights(static_cast<float>(y - static_cast<double>(row)));
    const auto h = spline_weights(static_cast<float>(x - static_cast<double>(column)));
    const float* corner = values_.data() + row * stride_ + column;
    std::array<float, 4> sums{};
    for (std::size_t r = 0; r < 4; ++r) {
      for (std::size_t c = 0; c < 4; ++c) sums[c] += v[r] * corner[c];
      corner += stride_;
    }
    return h[0] * sums[0] + h[1] * sums[1] + h[2] * sums[2] + h[3] * sums[3];
  }

 private:
  void mirror_border() {
    for (std::int64_t y = 0; y < shape_.height; ++y) {
      for (const std::int64_t x : {std::int64_t{-1}, shape_.width, shape_.width + 1}) {
        *at(y, x) = *at(y, mirrored(x, shape_.width));
      }
    }
    for (const std::int64_t y : {std::int64_t{-1}, shape_.height, shape_.height + 1}) {
      std::copy_n(at(mirrored(y, shape_.height), -1), stride_, at(y, -1));
    }
  }

  Shape2 shape_;
  std::int64_t stride_;
  std::vector<float> values_;
};

/// The reference adds rint(size / 2), half to even.
double centre(std::int64_t size) {
  return std::nearbyint(static_cast<double>(size) / 2);
}

}  // namespace

PatchWarp::PatchWarp(Shape2 from, Shape2 to, double angle_rad, double scale)
    : from_(from), to_(to), cos_(scale * std::cos(angle_rad)), sin_(scale * std::sin(angle_rad)) {}

template <class Read>
void PatchWarp::for_each_inside(Read read) const {
  const double y_end = static_cast<double>(from_.height - 1);
  const double x_end = static_cast<double>(from_.width - 1);
  const double j_first = -0.5 * static_cast<double>(to_.width - 1);
  std::size_t pixel = 0;
  for (std::int64_t row = 0; row < to_.height; ++row) {
    const double i = static_cast<double>(row) - 0.5 * static_cast<double>(to_.height - 1);
    const double row_y = i * cos_ + centre(from_.height);
    const double row_x = -i * sin_ + centre(from_.width);
    for (std::int64_t column = 0; column < to_.width; ++column, ++pixel) {
      const double j = j_first + static_cast<double>(column);
      const double y = row_y + j * sin_;
      const double x = row_x + j * cos_;
      if (y >= 0 && y <= y_end && x >= 0 && x <= x_end) read(pixel, y, x);
    }
  }
}

void PatchWarp::image(std::span<const float> in, std::span<float> out) const {
  assert(std::ssize(in) == from_.size() && std::ssize(out) == to_.size());
  const Coefficients coefficients(in, from_);
  std::fill(out.begin(), out.end(), 0.0F);
  for_each_inside(
      [&](std::size_t pixel, double y, double x) { out[pixel] = coefficients.read(y, x); });
}

void PatchWarp::labels(std::span<const Label> in, std::span<Label> out) const {
  assert(std::ssize(in) == from_.size() && std::ssize(out) == to_.size());
  std::fill(out.begin(), out.end(), Label{0});
  for_each_inside([&](std::size_t pixel, double y, double x) {
    const auto row = static_cast<std::int64_t>(y);
    const auto column = static_cast<std::int64_t>(x);
    const double v = y - static_cast<double>(row);
    const double h = x - static_cast<double>(column);
    // On the last row or column the weight of what would come next is 0.
    const Label* above = in.data() + row * from_.width;
    const Label* below = row + 1 < from_.height ? above + from_.width : above;
    const std::int64_t next = std::min(column + 1, from_.width - 1);
    out[pixel] = vote({above[column], above[next], below[column], below[next]},
                      {(1 - v) * (1 - h), (1 - v) * h, v * (1 - h), v * h});
  });
}

}  // namespace regionwise::geometry
