#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

/// Loops over activations in channels-last order on the CPU, T = float, double or c10::BFloat16,
/// compiled for several processors. Sums are float (double for T = double) within a block and
/// double across blocks; blocks depend on the shape alone, so results do not depend on threads.
namespace regionwise::network {

/// What statistics, weights and logits of a T are kept in.
template <class T>
struct AccumulatorOf {
  using Type = float;
};
template <>
struct AccumulatorOf<double> {
  using Type = double;
};
template <class T>
using Accumulator = typename AccumulatorOf<T>::Type;

/// An activation [samples, pixels, channels].
struct Activation {
  std::int64_t samples = 0;
  std::int64_t pixels = 0;
  std::int64_t channels = 0;
};

/// Instance normalisation with scale and shift, then LeakyReLU of slope `leak`: `out` and `x` are
/// [samples, pixels, channels]; mean and inverse_sd, [samples, channels], are left for the backward
/// pass.
template <class T>
void normalise(const Activation& shape,
               const T* x,
               const Accumulator<T>* scale,
               const Accumulator<T>* shift,
               double epsilon,
               double leak,
               T* out,
               Accumulator<T>* mean,
               Accumulator<T>* inverse_sd);

/// Its derivatives: `gradient` with respect to out has rows `gradient_stride` ≥ channels apart (a
/// part of the channels of a wider tensor); `x_gradient` [samples, pixels, channels];
/// scale_gradient and shift_gradient [channels].
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
                        Accumulator<T>* shift_gradient);

/// 1×1 convolution to few channels: logits [samples, outputs, pixels] from x and weight
/// [outputs, channels].
template <class T>
void project(const Activation& shape,
             std::int64_t outputs,
             const T* x,
             const Accumulator<T>* weight,
             Accumulator<T>* logits);

/// Its derivatives from that of the logits. x_gradient as x; weight_gradient [outputs, channels].
template <class T>
void project_backward(const Activation& shape,
                      std::int64_t outputs,
                      const Accumulator<T>* gradient,
                      const T* x,
                      const Accumulator<T>* weight,
                      T* x_gradient,
                      Accumulator<T>* weight_gradient);

}  // namespace regionwise::network
