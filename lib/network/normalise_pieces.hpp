#pragma once

#include "network/normalise_threads.hpp"

/// What the threads that write do: each moves pieces of up to 16 bytes, since memory is what those
/// kernels wait for, and serves several pixels, so that it reads its channels' numbers once.
namespace regionwise::network {

/// From the sums over all pixels of a channel.
REGIONWISE_HOST_DEVICE inline PairOfSums<double> means_of(const PairOfSums<double>& sums,
                                                          std::int64_t pixels) {
  const double count = static_cast<double>(pixels);
  return {sums.first / count, sums.second / count};
}

/// The gradient of one value, from the means of sum_gradients() over all pixels of its channel.
template <class A>
REGIONWISE_HOST_DEVICE A value_gradient(A gradient,
                                        A value,
                                        const PairOfSums<A>& means,
                                        const ChannelStatistics<A>& statistics,
                                        const ChannelAffine<A>& affine) {
  const A x = normalised(value, statistics);
  const A g = before_leak(gradient, x, affine);
  return affine.scale * statistics.inverse_sd * (g - means.first - x * means.second);
}

/// Neighbouring channels of one pixel, read and written at once.
template <int kWidth, class T>
struct alignas(kWidth * sizeof(T)) Piece {
  T values[kWidth];
};

/// Channels of the widest piece.
template <class T>
inline constexpr int kWidest = static_cast<int>(16 / sizeof(T));

/// The pixels of one thread: first, first + step, … before `end`.
struct Pixels {
  std::int64_t first;
  std::int64_t end;
  std::int64_t step;
};

/// The `slots` threads of a piece share out the pixels; each serves at most kPixelsAThread.
inline constexpr std::int64_t kPixelsAThread = 4;
REGIONWISE_HOST_DEVICE inline std::int64_t slots_of(std::int64_t pixels) {
  return (pixels + kPixelsAThread - 1) / kPixelsAThread;
}

/// Of the channels of a piece.
template <int kWidth, class A>
struct PieceChannels {
  ChannelStatistics<A> statistics[kWidth];
  ChannelAffine<A> affine[kWidth];
  PairOfSums<A> means[kWidth];  ///< Of the backward pass: see value_gradient().
};

/// Rows of a piece: `first` points to it at pixel 0, pixels are `row` elements apart.
template <class T>
struct PieceRows {
  T* first;
  std::int64_t row;
};

template <int kWidth, class T>
REGIONWISE_HOST_DEVICE Piece<kWidth, T> read(const PieceRows<const T>& rows, std::int64_t pixel) {
  return *reinterpret_cast<const Piece<kWidth, T>*>(rows.first + pixel * rows.row);
}

template <int kWidth, class T>
REGIONWISE_HOST_DEVICE void write(const Piece<kWidth, T>& piece,
                                  const PieceRows<T>& rows,
                                  std::int64_t pixel) {
  *reinterpret_cast<Piece<kWidth, T>*>(rows.first + pixel * rows.row) = piece;
}

template <int kWidth, class T, class A>
REGIONWISE_HOST_DEVICE void activate_pieces(const PieceRows<const T>& x,
                                            const Pixels& pixels,
                                            const PieceChannels<kWidth, A>& channels,
                                            const PieceRows<T>& out) {
  for (std::int64_t pixel = pixels.first; pixel < pixels.end; pixel += pixels.step) {
    Piece<kWidth, T> piece = read<kWidth>(x, pixel);
    for (int i = 0; i < kWidth; ++i) {
      const A value = normalised(static_cast<A>(piece.values[i]), channels.statistics[i]);
      piece.values[i] = static_cast<T>(activated(value, channels.affine[i]));
    }
    write(piece, out, pixel);
  }
}

template <int kWidth, class T, class A>
REGIONWISE_HOST_DEVICE void differentiate_pieces(const PieceRows<const T>& gradient,
                                                 const PieceRows<const T>& x,
                                                 const Pixels& pixels,
                                                 const PieceChannels<kWidth, A>& channels,
                                                 const PieceRows<T>& x_gradient) {
  for (std::int64_t pixel = pixels.first; pixel < pixels.end; pixel += pixels.step) {
    const Piece<kWidth, T> g = read<kWidth>(gradient, pixel);
    Piece<kWidth, T> piece = read<kWidth>(x, pixel);
    for (int i = 0; i < kWidth; ++i) {
      piece.values[i] = static_cast<T>(value_gradient(static_cast<A>(g.values[i]),
                                                      static_cast<A>(piece.values[i]),
                                                      channels.means[i],
                                                      channels.statistics[i],
                                                      channels.affine[i]));
    }
    write(piece, x_gradient, pixel);
  }
}

}  // namespace regionwise::network
