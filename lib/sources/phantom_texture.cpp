#include "sources/phantom_texture.hpp"

#include <algorithm>

namespace regionwise::sources {
namespace {

constexpr double kNorm = 1.82;  // 1 / mean of the squared weights' sum, to unit deviation

}  // namespace

Texture::Texture(RandomStream random, double cell_mm, double extent_mm)
    : cell_(cell_mm), half_(extent_mm / 2), n_(static_cast<std::int64_t>(extent_mm / cell_mm) + 4) {
  for (std::int64_t i = 0; i < n_ * n_; ++i) lattice_.push_back(random.normal());
}

double Texture::at(const Point& p) const {
  const Knot u = knot(p.x);
  const Knot v = knot(p.y);
  double sum = 0;
  for (std::size_t j = 0; j < 3; ++j) {
    const double* row = &lattice_[(v.first + j) * static_cast<std::size_t>(n_) + u.first];
    sum += v.weights[j] * (u.weights[0] * row[0] + u.weights[1] * row[1] + u.weights[2] * row[2]);
  }
  return kNorm * sum;
}

Texture::Knot Texture::knot(double mm) const {
  const double u = std::clamp((mm + half_) / cell_, 0.0, static_cast<double>(n_) - 3.001);
  const auto first = static_cast<std::size_t>(u);
  const double t = u - static_cast<double>(first);
  return {first, {0.5 * (1 - t) * (1 - t), 0.5 + t * (1 - t), 0.5 * t * t}};
}

}  // namespace regionwise::sources
