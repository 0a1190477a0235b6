#pragma once

#include <cmath>
#include <cstdint>

#include "core/host_device.hpp"

/// What single threads of the GPU do to normalise activations [samples, pixels, channels] (rows of
/// channels) as normalise() of channels_last.hpp defines it. T is what activations are kept in, A
/// (float or double) what is calculated in. Sums run in a fixed order, without atomic operations,
/// so that the same input gives the same bytes.
namespace regionwise::network {

/// Two sums over pixels of one channel: of a value and of its square, or of a gradient and of its
/// product with the normalised value.
template <class A>
struct PairOfSums {
  A first = 0;
  A second = 0;
};

/// Of one sample's channel.
template <class A>
struct ChannelStatistics {
  A mean;
  A inverse_sd;
};

/// Scale and shift of one channel, and the slope of the LeakyReLU below 0.
template <class A>
struct ChannelAffine {
  A scale;
  A shift;
  A leak;
};

/// Sums over every `step`-th pixel from `first` to `end` of one channel, of values less `origin`.
/// `x` points to the channel at the sample's pixel 0; pixels are `row` elements apart.
template <class T, class A>
REGIONWISE_HOST_DEVICE PairOfSums<A> sum_values(const T* x,
                                                std::int64_t row,
                                                std::int64_t first,
                                                std::int64_t end,
                                                std::int64_t step,
                                                A origin) {
  PairOfSums<A> sums;
  for (std::int64_t pixel = first; pixel < end; pixel += step) {
    const A value = static_cast<A>(x[pixel * row]) - origin;
    sums.first += value;
    sums.second += value * value;
  }
  return sums;
}

/// Adds up parts, in order.
template <class A>
REGIONWISE_HOST_DEVICE PairOfSums<double> total_of(const PairOfSums<A>* parts,
                                                   std::int64_t count,
                                                   std::int64_t step) {
  PairOfSums<double> total;
  for (std::int64_t i = 0; i < count; ++i) {
    total.first += static_cast<double>(parts[i * step].first);
    total.second += static_cast<double>(parts[i * step].second);
  }
  return total;
}

/// From the sums of values less `origin` over all pixels.
template <class A>
REGIONWISE_HOST_DEVICE ChannelStatistics<A> statistics_of(const PairOfSums<double>& sums,
                                                          double origin,
                                                          std::int64_t pixels,
                                                          double epsilon) {
  const double count = static_cast<double>(pixels);
  const double offset = sums.first / count;
  const double variance = sums.second / count - offset * offset;
  const double positive = variance > 0 ? variance : (variance <= 0 ? 0.0 : variance);  // NaN stays
  return {static_cast<A>(origin + offset), static_cast<A>(1 / std::sqrt(positive + epsilon))};
}

template <class A>
REGIONWISE_HOST_DEVICE A normalised(A value, const ChannelStatistics<A>& statistics) {
  return (value - statistics.mean) * statistics.inverse_sd;
}

template <class A>
REGIONWISE_HOST_DEVICE A activated(A normalised, const ChannelAffine<A>& affine) {
  const A value = normalised * affine.scale + affine.shift;
  return value > 0 ? value : value * affine.leak;
}

/// The gradient before the LeakyReLU.
template <class A>
REGIONWISE_HOST_DEVICE A before_leak(A gradient, A normalised, const ChannelAffine<A>& affine) {
  return normalised * affine.scale + affine.shift > 0 ? gradient : gradient * affine.leak;
}

/// Sums over pixels of the gradient g before the LeakyReLU and of g times the normalised value.
/// Rows of `gradient` are `gradient_row` elements apart.
template <class T, class A>
REGIONWISE_HOST_DEVICE PairOfSums<A> sum_gradients(const T* gradient,
                                                   std::int64_t gradient_row,
                                                   const T* x,
                                                   std::int64_t row,
                                                   std::int64_t first,
                                                   std::int64_t end,
                                                   std::int64_t step,
                                                   const ChannelStatistics<A>& statistics,
                                                   const ChannelAffine<A>& affine) {
  PairOfSums<A> sums;
  for (std::int64_t pixel = first; pixel < end; pixel += step) {
    const A value = normalised(static_cast<A>(x[pixel * row]), statistics);
    const A g = before_leak(static_cast<A>(gradient[pixel * gradient_row]), value, affine);
    sums.first += g;
    sums.second += g * value;
  }
  return sums;
}

/// How the pixels of a sample are shared out: `splits` blocks of kStripes threads a channel.
inline constexpr std::int64_t kStripes = 8;

REGIONWISE_HOST_DEVICE inline std::int64_t splits_of(std::int64_t pixels) {
  const std::int64_t splits = pixels / (kStripes * 64);
  return splits < 1 ? 1 : (splits > 64 ? 64 : splits);
}

/// The first pixel of a split; that of split `splits` is the end.
REGIONWISE_HOST_DEVICE inline std::int64_t split_begin(std::int64_t pixels,
                                                       std::int64_t split,
                                                       std::int64_t splits) {
  return pixels * split / splits;
}

}  // namespace regionwise::network
