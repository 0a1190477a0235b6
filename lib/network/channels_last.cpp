#include "network/channels_last.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstring>
#include <type_traits>
#include <vector>

#include "core/multiversion.hpp"

namespace regionwise::network {
namespace {

/// Elements of a block: two passes over it find it in the first-level cache.
constexpr std::int64_t kBlock = 8192;

/// W numbers that are worked on at once; one number for the channels that are left over.
template <class A, int W>
struct VectorOf;
template <class A, int W>
requires(std::is_arithmetic_v<A>&& W > 1) struct VectorOf<A, W> {
  typedef A Type __attribute__((vector_size(W * sizeof(A))));
};
template <class A>
struct VectorOf<A, 1> {
  using Type = A;
};
template <class A, int W>
using Vector = typename VectorOf<A, W>::Type;

template <class A>
constexpr int kLanes = 64 / static_cast<int>(sizeof(A));

template <int W, std::floating_point A>
REGIONWISE_INLINE void load(const A* from, Vector<A, W>& to) {
  std::memcpy(&to, from, sizeof(to));
}

template <int W, std::floating_point A>
REGIONWISE_INLINE void store(A* to, const Vector<A, W>& from) {
  std::memcpy(to, &from, sizeof(from));
}

template <int W>
REGIONWISE_INLINE void load(const c10::BFloat16* from, Vector<float, W>& to) {
  if constexpr (W == 1) {
    const std::uint32_t bits = static_cast<std::uint32_t>(from->x) << 16;
    std::memcpy(&to, &bits, sizeof(to));
  } else {
    Vector<std::uint16_t, W> half;
    std::memcpy(&half, from, sizeof(half));
    const auto bits = __builtin_convertvector(half, Vector<std::uint32_t, W>) << 16;
    std::memcpy(&to, &bits, sizeof(to));
  }
}

/// To the nearest, ties to even; infinite stays infinite and the processor's NaN a NaN.
template <int W>
REGIONWISE_INLINE void store(c10::BFloat16* to, const Vector<float, W>& from) {
  Vector<std::uint32_t, W> bits;
  std::memcpy(&bits, &from, sizeof(bits));
  bits = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
  if constexpr (W == 1) {
    to->x = static_cast<std::uint16_t>(bits);
  } else {
    const auto half = __builtin_convertvector(bits, Vector<std::uint16_t, W>);
    std::memcpy(to, &half, sizeof(half));
  }
}

/// Calls body(width, count, channel) so that `count` vectors of `width` channels from `channel` on
/// cover all channels.
template <class A, class Body>
REGIONWISE_INLINE void over_channels(std::int64_t channels, const Body& body) {
  constexpr std::int64_t kWide = kLanes<A>;
  std::int64_t c = 0;
  for (; c + 4 * kWide <= channels; c += 4 * kWide) body.template operator()<kWide, 4>(c);
  for (; c + 2 * kWide <= channels; c += 2 * kWide) body.template operator()<kWide, 2>(c);
  for (; c + kWide <= channels; c += kWide) body.template operator()<kWide, 1>(c);
  for (; c + 4 <= channels; c += 4) body.template operator()<4, 1>(c);
  for (; c < channels; ++c) body.template operator()<1, 1>(c);
}

/// How the rows of the samples are cut.
struct Blocks {
  explicit Blocks(const Activation& shape)
      : rows(std::max<std::int64_t>(1, kBlock / shape.channels)),
        per_sample((shape.pixels + rows - 1) / rows),
        pixels(shape.pixels) {}

  std::int64_t sample(std::int64_t block) const { return block / per_sample; }
  std::int64_t first(std::int64_t block) const { return block % per_sample * rows; }
  std::int64_t size(std::int64_t block) const { return std::min(rows, pixels - first(block)); }

  std::int64_t rows;
  std::int64_t per_sample;
  std::int64_t pixels;
};

template <class Body>
void for_each_block(const Activation& shape, const Blocks& blocks, const Body& body) {
  at::parallel_for(
      0, shape.samples * blocks.per_sample, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t block = begin; block < end; ++block) body(block);
      });
}

/// Means of the channels of some rows, and the sums of squared differences from them. The second
/// pass also finds what rounding left in the mean and takes it out.
template <class T>
REGIONWISE_INLINE void moments_of(const T* x,
                                  std::int64_t rows,
                                  std::int64_t channels,
                                  Accumulator<T>* mean,
                                  Accumulator<T>* squares) {
  using A = Accumulator<T>;
  const auto count = static_cast<A>(rows);
  over_channels<A>(
      channels, [&]<int W, int U>(std::int64_t c) __attribute__((always_inline)) {
        Vector<A, W> centre[U] = {};
        for (std::int64_t i = 0; i < rows; ++i) {
          for (int u = 0; u < U; ++u) {
            Vector<A, W> value;
            load<W>(x + i * channels + c + u * W, value);
            centre[u] += value;
          }
        }
        Vector<A, W> rest[U] = {};
        Vector<A, W> spread[U] = {};
        for (int u = 0; u < U; ++u) centre[u] /= count;
        for (std::int64_t i = 0; i < rows; ++i) {
          for (int u = 0; u < U; ++u) {
            Vector<A, W> value;
            load<W>(x + i * channels + c + u * W, value);
            value -= centre[u];
            rest[u] += value;
            spread[u] += value * value;
          }
        }
        for (int u = 0; u < U; ++u) {
          const Vector<A, W> correction = rest[u] / count;
          store<W>(mean + c + u * W, centre[u] + correction);
          store<W>(squares + c + u * W, spread[u] - rest[u] * correction);
        }
      });
}

/// The affine map of one sample's channels, as the two passes need it.
template <class A>
struct Affine {
  const A* mean;
  const A* factor;  ///< scale · inverse_sd
  const A* shift;
  A leak;
};

template <class T>
REGIONWISE_INLINE void apply(const T* x,
                             std::int64_t rows,
                             std::int64_t channels,
                             const Affine<Accumulator<T>>& affine,
                             T* out) {
  using A = Accumulator<T>;
  over_channels<A>(
      channels, [&]<int W, int U>(std::int64_t c) __attribute__((always_inline)) {
        Vector<A, W> mean[U], factor[U], shift[U];
        for (int u = 0; u < U; ++u) {
          load<W>(affine.mean + c + u * W, mean[u]);
          load<W>(affine.factor + c + u * W, factor[u]);
          load<W>(affine.shift + c + u * W, shift[u]);
        }
        for (std::int64_t i = 0; i < rows; ++i) {
          for (int u = 0; u < U; ++u) {
            Vector<A, W> value;
            load<W>(x + i * channels + c + u * W, value);
            value = (value - mean[u]) * factor[u] + shift[u];
            value = value > A(0) ? value : value * affine.leak;
            store<W>(out + i * channels + c + u * W, value);
          }
        }
      });
}

/// Σ g and Σ g (x − mean) of some rows, g the gradient before the LeakyReLU.
template <class T>
REGIONWISE_INLINE void sums_of(const T* gradient,
                               std::int64_t stride,
                               const T* x,
                               std::int64_t rows,
                               std::int64_t channels,
                               const Affine<Accumulator<T>>& affine,
                               Accumulator<T>* sums,
                               Accumulator<T>* products) {
  using A = Accumulator<T>;
  over_channels<A>(
      channels, [&]<int W, int U>(std::int64_t c) __attribute__((always_inline)) {
        Vector<A, W> mean[U], factor[U], shift[U];
        Vector<A, W> sum[U] = {};
        Vector<A, W> product[U] = {};
        for (int u = 0; u < U; ++u) {
          load<W>(affine.mean + c + u * W, mean[u]);
          load<W>(affine.factor + c + u * W, factor[u]);
          load<W>(affine.shift + c + u * W, shift[u]);
        }
        for (std::int64_t i = 0; i < rows; ++i) {
          for (int u = 0; u < U; ++u) {
            Vector<A, W> value, g;
            load<W>(x + i * channels + c + u * W, value);
            load<W>(gradient + i * stride + c + u * W, g);
            value -= mean[u];
            g = value * factor[u] + shift[u] > A(0) ? g : g * affine.leak;
            sum[u] += g;
            product[u] += g * value;
          }
        }
        for (int u = 0; u < U; ++u) {
          store<W>(sums + c + u * W, sum[u]);
          store<W>(products + c + u * W, product[u]);
        }
      });
}

/// factor (g − offset − slope (x − mean)) of some rows, g the gradient before the LeakyReLU.
template <class T>
REGIONWISE_INLINE void apply_backward(const T* gradient,
                                      std::int64_t stride,
                                      const T* x,
                                      std::int64_t rows,
                                      std::int64_t channels,
                                      const Affine<Accumulator<T>>& affine,
                                      const Accumulator<T>* offsets,
                                      const Accumulator<T>* slopes,
                                      T* x_gradient) {
  using A = Accumulator<T>;
  over_channels<A>(
      channels, [&]<int W, int U>(std::int64_t c) __attribute__((always_inline)) {
        Vector<A, W> mean[U], factor[U], shift[U], offset[U], slope[U];
        for (int u = 0; u < U; ++u) {
          load<W>(affine.mean + c + u * W, mean[u]);
          load<W>(affine.factor + c + u * W, factor[u]);
          load<W>(affine.shift + c + u * W, shift[u]);
          load<W>(offsets + c + u * W, offset[u]);
          load<W>(slopes + c + u * W, slope[u]);
        }
        for (std::int64_t i = 0; i < rows; ++i) {
          for (int u = 0; u < U; ++u) {
            Vector<A, W> value, g;
            load<W>(x + i * channels + c + u * W, value);
            load<W>(gradient + i * stride + c + u * W, g);
            value -= mean[u];
            g = value * factor[u] + shift[u] > A(0) ? g : g * affine.leak;
            g = factor[u] * (g - offset[u] - slope[u] * value);
            store<W>(x_gradient + i * channels + c + u * W, g);
          }
        }
      });
}

template <int W, class A>
REGIONWISE_INLINE A sum_of(const Vector<A, W>& vector) {
  if constexpr (W == 1) {
    return vector;
  } else {
    Vector<A, W / 2> low, high;
    std::memcpy(&low, &vector, sizeof(low));
    std::memcpy(&high, reinterpret_cast<const char*>(&vector) + sizeof(low), sizeof(high));
    return sum_of<W / 2, A>(low + high);
  }
}

template <class T>
REGIONWISE_INLINE void project_rows(const T* x,
                                    std::int64_t rows,
                                    std::int64_t channels,
                                    std::int64_t outputs,
                                    const Accumulator<T>* weight,
                                    std::int64_t plane,
                                    Accumulator<T>* logits) {
  using A = Accumulator<T>;
  for (std::int64_t k = 0; k < outputs; ++k) {
    std::fill(logits + k * plane, logits + k * plane + rows, A(0));
  }
  over_channels<A>(
      channels, [&]<int W, int U>(std::int64_t c) __attribute__((always_inline)) {
        for (std::int64_t k = 0; k < outputs; ++k) {
          Vector<A, W> factor[U];
          for (int u = 0; u < U; ++u) load<W>(weight + k * channels + c + u * W, factor[u]);
          for (std::int64_t i = 0; i < rows; ++i) {
            Vector<A, W> sum = {};
            for (int u = 0; u < U; ++u) {
              Vector<A, W> value;
              load<W>(x + i * channels + c + u * W, value);
              sum += value * factor[u];
            }
            logits[k * plane + i] += sum_of<W, A>(sum);
          }
        }
      });
}

template <class T>
REGIONWISE_INLINE void project_rows_backward(const Accumulator<T>* gradient,
                                             std::int64_t plane,
                                             const T* x,
                                             std::int64_t rows,
                                             std::int64_t channels,
                                             std::int64_t outputs,
                                             const Accumulator<T>* weight,
                                             T* x_gradient,
                                             Accumulator<T>* weight_gradient) {
  using A = Accumulator<T>;
  over_channels<A>(
      channels, [&]<int W, int U>(std::int64_t c) __attribute__((always_inline)) {
        for (std::int64_t k = 0; k < outputs; ++k) {
          Vector<A, W> sum[U] = {};
          for (std::int64_t i = 0; i < rows; ++i) {
            const A g = gradient[k * plane + i];
            for (int u = 0; u < U; ++u) {
              Vector<A, W> value;
              load<W>(x + i * channels + c + u * W, value);
              sum[u] += g * value;
            }
          }
          for (int u = 0; u < U; ++u) store<W>(weight_gradient + k * channels + c + u * W, sum[u]);
        }
        for (std::int64_t i = 0; i < rows; ++i) {
          Vector<A, W> sum[U] = {};
          for (std::int64_t k = 0; k < outputs; ++k) {
            const A g = gradient[k * plane + i];
            for (int u = 0; u < U; ++u) {
              Vector<A, W> value;
              load<W>(weight + k * channels + c + u * W, value);
              sum[u] += g * value;
            }
          }
          for (int u = 0; u < U; ++u) store<W>(x_gradient + i * channels + c + u * W, sum[u]);
        }
      });
}

// What is compiled for several processors must be plain functions: one of each a type.
// NOLINTBEGIN(bugprone-macro-parentheses): T is a type.
#define REGIONWISE_KERNELS(T)                                                                 \
  REGIONWISE_MULTIVERSION void moments(                                                       \
      const T* x, std::int64_t n, std::int64_t c, Accumulator<T>* mean, Accumulator<T>* sq) { \
    moments_of<T>(x, n, c, mean, sq);                                                         \
  }                                                                                           \
  REGIONWISE_MULTIVERSION void forward_rows(                                                  \
      const T* x, std::int64_t n, std::int64_t c, const Affine<Accumulator<T>>& a, T* out) {  \
    apply<T>(x, n, c, a, out);                                                                \
  }                                                                                           \
  REGIONWISE_MULTIVERSION void gradient_sums(const T* g,                                      \
                                             std::int64_t stride,                             \
                                             const T* x,                                      \
                                             std::int64_t n,                                  \
                                             std::int64_t c,                                  \
                                             const Affine<Accumulator<T>>& a,                 \
                                             Accumulator<T>* sums,                            \
                                             Accumulator<T>* products) {                      \
    sums_of<T>(g, stride, x, n, c, a, sums, products);                                        \
  }                                                                                           \
  REGIONWISE_MULTIVERSION void backward_rows(const T* g,                                      \
                                             std::int64_t stride,                             \
                                             const T* x,                                      \
                                             std::int64_t n,                                  \
                                             std::int64_t c,                                  \
                                             const Affine<Accumulator<T>>& a,                 \
                                             const Accumulator<T>* offsets,                   \
                                             const Accumulator<T>* slopes,                    \
                                             T* out) {                                        \
    apply_backward<T>(g, stride, x, n, c, a, offsets, slopes, out);                           \
  }                                                                                           \
  REGIONWISE_MULTIVERSION void head_rows(const T* x,                                          \
                                         std::int64_t n,                                      \
                                         std::int64_t c,                                      \
                                         std::int64_t k,                                      \
                                         const Accumulator<T>* weight,                        \
                                         std::int64_t plane,                                  \
                                         Accumulator<T>* logits) {                            \
    project_rows<T>(x, n, c, k, weight, plane, logits);                                       \
  }                                                                                           \
  REGIONWISE_MULTIVERSION void head_rows_backward(const Accumulator<T>* g,                    \
                                                  std::int64_t plane,                         \
                                                  const T* x,                                 \
                                                  std::int64_t n,                             \
                                                  std::int64_t c,                             \
                                                  std::int64_t k,                             \
                                                  const Accumulator<T>* weight,               \
                                                  T* x_gradient,                              \
                                                  Accumulator<T>* weight_gradient) {          \
    project_rows_backward<T>(g, plane, x, n, c, k, weight, x_gradient, weight_gradient);      \
  }
// NOLINTEND(bugprone-macro-parentheses)

REGIONWISE_KERNELS(float)
REGIONWISE_KERNELS(double)
REGIONWISE_KERNELS(c10::BFloat16)

template <class A>
std::vector<A> factors_of(const Activation& shape, const A* scale, const A* inverse_sd) {
  std::vector<A> factors(static_cast<std::size_t>(shape.samples * shape.channels));
  for (std::size_t i = 0; i < factors.size(); ++i) {
    factors[i] = scale[i % static_cast<std::size_t>(shape.channels)] * inverse_sd[i];
  }
  return factors;
}

}  // namespace

template <class T>
void normalise(const Activation& shape,
               const T* x,
               const Accumulator<T>* scale,
               const Accumulator<T>* shift,
               double epsilon,
               double leak,
               T* out,
               Accumulator<T>* mean,
               Accumulator<T>* inverse_sd) {
  using A = Accumulator<T>;
  const Blocks blocks(shape);
  const std::int64_t c = shape.channels;
  std::vector<A> parts(static_cast<std::size_t>(2 * shape.samples * blocks.per_sample * c));
  for_each_block(shape, blocks, [&](std::int64_t block) {
    const T* rows = x + (blocks.sample(block) * shape.pixels + blocks.first(block)) * c;
    A* part = parts.data() + 2 * block * c;
    moments(rows, blocks.size(block), c, part, part + c);
  });
  // Blocks are joined by Chan's formula, in their order.
  for (std::int64_t n = 0; n < shape.samples; ++n) {
    for (std::int64_t k = 0; k < c; ++k) {
      double joined = 0;
      double squares = 0;
      double count = 0;
      for (std::int64_t b = 0; b < blocks.per_sample; ++b) {
        const std::int64_t block = n * blocks.per_sample + b;
        const auto size = static_cast<double>(blocks.size(block));
        const double difference = static_cast<double>(parts[2 * block * c + k]) - joined;
        count += size;
        joined += difference * size / count;
        squares += static_cast<double>(parts[(2 * block + 1) * c + k]) +
                   difference * difference * size * (count - size) / count;
      }
      mean[n * c + k] = static_cast<A>(joined);
      inverse_sd[n * c + k] = static_cast<A>(1 / std::sqrt(squares / count + epsilon));
    }
  }
  const std::vector<A> factors = factors_of(shape, scale, inverse_sd);
  for_each_block(shape, blocks, [&](std::int64_t block) {
    const std::int64_t n = blocks.sample(block);
    const std::int64_t offset = (n * shape.pixels + blocks.first(block)) * c;
    const Affine<A> affine{mean + n * c, factors.data() + n * c, shift, static_cast<A>(leak)};
    forward_rows(x + offset, blocks.size(block), c, affine, out + offset);
  });
}

template <class T>
void normalise_backward(const Activation& shape,
                        const T* gradient,
                        std::int64_t gradient_stride,
                        const T* x,
                        const Accumulator<T>* scale,
                        const Accumulator<T>* shift,
                        const Accumulator<T>* mean,
                        const Accumulator<T>* inverse_sd,
                        double leak,
                        T* x_gradient,
                        Accumulator<T>* scale_gradient,
                        Accumulator<T>* shift_gradient) {
  using A = Accumulator<T>;
  const Blocks blocks(shape);
  const std::int64_t c = shape.channels;
  const std::vector<A> factors = factors_of(shape, scale, inverse_sd);
  const auto affine_of = [&](std::int64_t n) {
    return Affine<A>{mean + n * c, factors.data() + n * c, shift, static_cast<A>(leak)};
  };
  std::vector<A> parts(static_cast<std::size_t>(2 * shape.samples * blocks.per_sample * c));
  for_each_block(shape, blocks, [&](std::int64_t block) {
    const std::int64_t n = blocks.sample(block);
    const std::int64_t row = n * shape.pixels + blocks.first(block);
    A* part = parts.data() + 2 * block * c;
    gradient_sums(gradient + row * gradient_stride,
                  gradient_stride,
                  x + row * c,
                  blocks.size(block),
                  c,
                  affine_of(n),
                  part,
                  part + c);
  });
  std::vector<A> offsets(static_cast<std::size_t>(shape.samples * c));
  std::vector<A> slopes(offsets.size());
  for (std::int64_t k = 0; k < c; ++k) {
    double total_sum = 0;
    double total_product = 0;
    for (std::int64_t n = 0; n < shape.samples; ++n) {
      double sum = 0;
      double product = 0;
      for (std::int64_t b = 0; b < blocks.per_sample; ++b) {
        const std::int64_t block = n * blocks.per_sample + b;
        sum += static_cast<double>(parts[2 * block * c + k]);
        product += static_cast<double>(parts[(2 * block + 1) * c + k]);
      }
      const auto rate = static_cast<double>(inverse_sd[n * c + k]);
      const auto count = static_cast<double>(shape.pixels);
      offsets[n * c + k] = static_cast<A>(sum / count);
      slopes[n * c + k] = static_cast<A>(product * rate * rate / count);
      total_sum += sum;
      total_product += product * rate;
    }
    shift_gradient[k] = static_cast<A>(total_sum);
    scale_gradient[k] = static_cast<A>(total_product);
  }
  for_each_block(shape, blocks, [&](std::int64_t block) {
    const std::int64_t n = blocks.sample(block);
    const std::int64_t row = n * shape.pixels + blocks.first(block);
    backward_rows(gradient + row * gradient_stride,
                  gradient_stride,
                  x + row * c,
                  blocks.size(block),
                  c,
                  affine_of(n),
                  offsets.data() + n * c,
                  slopes.data() + n * c,
                  x_gradient + row * c);
  });
}

template <class T>
void project(const Activation& shape,
             std::int64_t outputs,
             const T* x,
             const Accumulator<T>* weight,
             Accumulator<T>* logits) {
  const Blocks blocks(shape);
  for_each_block(shape, blocks, [&](std::int64_t block) {
    const std::int64_t n = blocks.sample(block);
    const std::int64_t first = blocks.first(block);
    head_rows(x + (n * shape.pixels + first) * shape.channels,
              blocks.size(block),
              shape.channels,
              outputs,
              weight,
              shape.pixels,
              logits + n * outputs * shape.pixels + first);
  });
}

template <class T>
void project_backward(const Activation& shape,
                      std::int64_t outputs,
                      const Accumulator<T>* gradient,
                      const T* x,
                      const Accumulator<T>* weight,
                      T* x_gradient,
                      Accumulator<T>* weight_gradient) {
  using A = Accumulator<T>;
  const Blocks blocks(shape);
  const std::int64_t size = outputs * shape.channels;
  std::vector<A> parts(static_cast<std::size_t>(shape.samples * blocks.per_sample * size));
  for_each_block(shape, blocks, [&](std::int64_t block) {
    const std::int64_t n = blocks.sample(block);
    const std::int64_t first = blocks.first(block);
    const std::int64_t offset = (n * shape.pixels + first) * shape.channels;
    head_rows_backward(gradient + n * outputs * shape.pixels + first,
                       shape.pixels,
                       x + offset,
                       blocks.size(block),
                       shape.channels,
                       outputs,
                       weight,
                       x_gradient + offset,
                       parts.data() + block * size);
  });
  for (std::int64_t i = 0; i < size; ++i) {
    double sum = 0;
    for (std::int64_t b = 0; b < shape.samples * blocks.per_sample; ++b) {
      sum += static_cast<double>(parts[b * size + i]);
    }
    weight_gradient[i] = static_cast<A>(sum);
  }
}

// NOLINTBEGIN(bugprone-macro-parentheses): T is a type.
#define REGIONWISE_INSTANTIATE(T)                                                         \
  template void normalise<T>(const Activation&,                                           \
                             const T*,                                                    \
                             const Accumulator<T>*,                                       \
                             const Accumulator<T>*,                                       \
                             double,                                                      \
                             double,                                                      \
                             T*,                                                          \
                             Accumulator<T>*,                                             \
                             Accumulator<T>*);                                            \
  template void normalise_backward<T>(const Activation&,                                  \
                                      const T*,                                           \
                                      std::int64_t,                                       \
                                      const T*,                                           \
                                      const Accumulator<T>*,                              \
                                      const Accumulator<T>*,                              \
                                      const Accumulator<T>*,                              \
                                      const Accumulator<T>*,                              \
                                      double,                                             \
                                      T*,                                                 \
                                      Accumulator<T>*,                                    \
                                      Accumulator<T>*);                                   \
  template void project<T>(                                                               \
      const Activation&, std::int64_t, const T*, const Accumulator<T>*, Accumulator<T>*); \
  template void project_backward<T>(const Activation&,                                    \
                                    std::int64_t,                                         \
                                    const Accumulator<T>*,                                \
                                    const T*,                                             \
                                    const Accumulator<T>*,                                \
                                    T*,                                                   \
                                    Accumulator<T>*);
// NOLINTEND(bugprone-macro-parentheses)

REGIONWISE_INSTANTIATE(float)
REGIONWISE_INSTANTIATE(double)
REGIONWISE_INSTANTIATE(c10::BFloat16)

}  // namespace regionwise::network
