#pragma once

#include <span>

#include "core/random.hpp"
#include "geometry/resize.hpp"

namespace regionwise::training {

/// What the intensity steps need to know of a channel, of which there is at least one pixel.
struct ChannelStatistics {
  double mean;
  double sd;  ///< Of the population; exactly 0 where all values are equal.
  geometry::ValueRange<float> range;
};
ChannelStatistics channel_statistics(std::span<const float> values);

/// value := clamp((value − mean) · factor + mean, range)
void spread(std::span<float> values, float mean, float factor, geometry::ValueRange<float> range);

/// value := ((sign · value − low) / range)^exponent · range + low; sign · value >= low.
void raise(std::span<float> values, float sign, float low, float range, float exponent);

/// value := (value + shift) · factor
void shift_and_scale(std::span<float> values, float shift, float factor);

/// Adds normal numbers of this standard deviation by Box and Muller's method: each two neighbours
/// take two numbers of 32 bits, of which the first is their radius and the second their angle.
void add_normal(std::span<float> values, float sd, RandomStream& random);

}  // namespace regionwise::training
