#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <initializer_list>

#include "network/normalise_kernels.hpp"
#include "network/normalise_pieces.hpp"

namespace regionwise::network {
namespace {

/// Channels of a block of the summing kernels: a warp reads neighbouring ones.
constexpr int kLanes = 32;
constexpr int kThreads = 256;

/// The buffers by their types.
template <class T, class A>
struct Typed {
  explicit Typed(const NormaliseBuffers& b)
      : pixels(b.pixels),
        channels(b.channels),
        gradient_row(b.gradient_row),
        splits(splits_of(b.pixels)),
        x(static_cast<const T*>(b.x)),
        gradient(static_cast<const T*>(b.gradient)),
        scale(static_cast<const A*>(b.scale)),
        shift(static_cast<const A*>(b.shift)),
        leak(static_cast<A>(b.leak)),
        mean(static_cast<A*>(b.mean)),
        inverse_sd(static_cast<A*>(b.inverse_sd)),
        scratch(b.scratch) {}

  __device__ ChannelStatistics<A> statistics(std::int64_t sample, std::int64_t channel) const {
    const std::int64_t place = sample * channels + channel;
    return {mean[place], inverse_sd[place]};
  }
  __device__ ChannelAffine<A> affine(std::int64_t channel) const {
    return {scale[channel], shift[channel], leak};
  }
  __device__ const T* values(std::int64_t sample, std::int64_t channel) const {
    return x + sample * pixels * channels + channel;
  }
  __device__ const T* gradients(std::int64_t sample, std::int64_t channel) const {
    return gradient + sample * pixels * gradient_row + channel;
  }
  /// Of a split's sums; split `splits` holds the totals, and in the backward pass split 0 the means
  /// in the end.
  __device__ PairOfSums<double>* sums(std::int64_t sample,
                                      std::int64_t split,
                                      std::int64_t channel) const {
    return scratch + (sample * (splits + 1) + split) * channels + channel;
  }

  std::int64_t pixels;
  std::int64_t channels;
  std::int64_t gradient_row;
  std::int64_t splits;
  const T* x;
  const T* gradient;
  const A* scale;
  const A* shift;
  A leak;
  A* mean;
  A* inverse_sd;
  PairOfSums<double>* scratch;
};

/// Grid: splits, blocks of channels, samples; block: kLanes channels by kStripes stripes of pixels.
/// `kBackward`: sums of gradients, else of values.
template <bool kBackward, class T, class A>
__global__ void sum_splits(Typed<T, A> typed) {
  __shared__ PairOfSums<A> stripes[kStripes][kLanes];
  const std::int64_t split = blockIdx.x;
  const std::int64_t channel = std::int64_t{blockIdx.y} * kLanes + threadIdx.x;
  const std::int64_t sample = blockIdx.z;
  const std::int64_t first = split_begin(typed.pixels, split, typed.splits) + threadIdx.y;
  const std::int64_t end = split_begin(typed.pixels, split + 1, typed.splits);
  PairOfSums<A>& own = stripes[threadIdx.y][threadIdx.x];
  if (channel < typed.channels) {
    const T* x = typed.values(sample, channel);
    if constexpr (kBackward) {
      own = sum_gradients(typed.gradients(sample, channel),
                          typed.gradient_row,
                          x,
                          typed.channels,
                          first,
                          end,
                          kStripes,
                          typed.statistics(sample, channel),
                          typed.affine(channel));
    } else {
      own = sum_values(x, typed.channels, first, end, kStripes, static_cast<A>(*x));
    }
  }
  __syncthreads();
  if (threadIdx.y != 0 || channel >= typed.channels) return;
  *typed.sums(sample, split, channel) = total_of(&own, kStripes, kLanes);
}

/// One thread a channel of a sample: the totals, and in the forward pass the statistics.
template <bool kBackward, class T, class A>
__global__ void total_splits(Typed<T, A> typed, std::int64_t count, double epsilon) {
  const std::int64_t index = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (index >= count) return;
  const std::int64_t sample = index / typed.channels;
  const std::int64_t channel = index % typed.channels;
  const PairOfSums<double> total =
      total_of(typed.sums(sample, 0, channel), typed.splits, typed.channels);
  *typed.sums(sample, typed.splits, channel) = total;
  if constexpr (kBackward) {
    *typed.sums(sample, 0, channel) = means_of(total, typed.pixels);
  } else {
    const auto origin = static_cast<double>(static_cast<A>(*typed.values(sample, channel)));
    const ChannelStatistics<A> found = statistics_of<A>(total, origin, typed.pixels, epsilon);
    typed.mean[index] = found.mean;
    typed.inverse_sd[index] = found.inverse_sd;
  }
}

/// Which piece of which pixels a thread of the last kernels serves. Grid: blocks of threads,
/// samples; 32-bit numbers, since divisions of longer ones take longer than the memory.
template <int kWidth, class T, class A>
struct Share {
  __device__ explicit Share(const Typed<T, A>& typed) : sample(blockIdx.y) {
    const auto pieces = static_cast<std::uint32_t>(typed.channels) / kWidth;
    const std::uint32_t index = blockIdx.x * blockDim.x + threadIdx.x;
    const std::int64_t slots = slots_of(typed.pixels);
    const std::int64_t slot = index / pieces;
    channel = std::int64_t{index % pieces} * kWidth;
    pixels = {slot, slot < slots ? typed.pixels : 0, slots};
  }

  __device__ PieceChannels<kWidth, A> channels(const Typed<T, A>& typed, bool backward) const {
    PieceChannels<kWidth, A> found;
    for (int i = 0; i < kWidth; ++i) {
      found.statistics[i] = typed.statistics(sample, channel + i);
      found.affine[i] = typed.affine(channel + i);
      if (!backward) continue;
      const PairOfSums<double> means = *typed.sums(sample, 0, channel + i);
      found.means[i] = {static_cast<A>(means.first), static_cast<A>(means.second)};
    }
    return found;
  }

  std::int64_t sample;
  std::int64_t channel;
  Pixels pixels;
};

template <int kWidth, class T, class A>
__global__ void apply(Typed<T, A> typed, T* out) {
  const Share<kWidth, T, A> share(typed);
  if (share.pixels.end == 0) return;
  const T* x = typed.values(share.sample, share.channel);
  activate_pieces<kWidth>(PieceRows<const T>{x, typed.channels},
                          share.pixels,
                          share.channels(typed, false),
                          PieceRows<T>{out + (x - typed.x), typed.channels});
}

template <int kWidth, class T, class A>
__global__ void apply_backward(Typed<T, A> typed, T* x_gradient) {
  const Share<kWidth, T, A> share(typed);
  if (share.pixels.end == 0) return;
  const T* x = typed.values(share.sample, share.channel);
  const T* gradient = typed.gradients(share.sample, share.channel);
  differentiate_pieces<kWidth>(PieceRows<const T>{gradient, typed.gradient_row},
                               PieceRows<const T>{x, typed.channels},
                               share.pixels,
                               share.channels(typed, true),
                               PieceRows<T>{x_gradient + (x - typed.x), typed.channels});
}

/// One thread a channel.
template <class T, class A>
__global__ void total_samples(Typed<T, A> typed,
                              std::int64_t samples,
                              A* scale_gradient,
                              A* shift_gradient) {
  const std::int64_t channel = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (channel >= typed.channels) return;
  const PairOfSums<double> total =
      total_of(typed.sums(0, typed.splits, channel), samples, (typed.splits + 1) * typed.channels);
  shift_gradient[channel] = static_cast<A>(total.first);
  scale_gradient[channel] = static_cast<A>(total.second);
}

unsigned blocks_for(std::int64_t threads) {
  return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

template <bool kBackward, class T, class A>
void start_sums(const Typed<T, A>& typed, const NormaliseBuffers& buffers, cudaStream_t stream) {
  const dim3 grid(static_cast<unsigned>(typed.splits),
                  static_cast<unsigned>((buffers.channels + kLanes - 1) / kLanes),
                  static_cast<unsigned>(buffers.samples));
  sum_splits<kBackward><<<grid, dim3(kLanes, kStripes), 0, stream>>>(typed);
  const std::int64_t channels = buffers.samples * buffers.channels;
  total_splits<kBackward>
      <<<blocks_for(channels), kThreads, 0, stream>>>(typed, channels, buffers.epsilon);
}

/// Whether pieces of `width` elements fit rows at such addresses.
template <class T>
bool fits(int width, std::int64_t row, std::initializer_list<const void*> addresses) {
  for (const void* address : addresses) {
    if (reinterpret_cast<std::uintptr_t>(address) % (width * sizeof(T)) != 0) return false;
  }
  return row % width == 0;
}

template <int kWidth>
dim3 grid_of_pieces(const NormaliseBuffers& buffers) {
  const std::int64_t threads = slots_of(buffers.pixels) * (buffers.channels / kWidth);
  return dim3(blocks_for(threads), static_cast<unsigned>(buffers.samples));
}

template <int kWidth, class T, class A>
void start_apply(const Typed<T, A>& typed, const NormaliseBuffers& buffers, cudaStream_t stream) {
  apply<kWidth><<<grid_of_pieces<kWidth>(buffers), kThreads, 0, stream>>>(
      typed, static_cast<T*>(buffers.out));
}

template <int kWidth, class T, class A>
void start_apply_backward(const Typed<T, A>& typed,
                          const NormaliseBuffers& buffers,
                          cudaStream_t stream) {
  apply_backward<kWidth><<<grid_of_pieces<kWidth>(buffers), kThreads, 0, stream>>>(
      typed, static_cast<T*>(buffers.x_gradient));
}

template <class T, class A>
void start_forward(const NormaliseBuffers& buffers, cudaStream_t stream) {
  const Typed<T, A> typed(buffers);
  start_sums<false>(typed, buffers, stream);
  if (fits<T>(kWidest<T>, buffers.channels, {buffers.x, buffers.out})) {
    start_apply<kWidest<T>>(typed, buffers, stream);
  } else {
    start_apply<1>(typed, buffers, stream);
  }
}

template <class T, class A>
void start_backward(const NormaliseBuffers& buffers, cudaStream_t stream) {
  const Typed<T, A> typed(buffers);
  start_sums<true>(typed, buffers, stream);
  if (fits<T>(kWidest<T>, buffers.channels, {buffers.x, buffers.x_gradient}) &&
      fits<T>(kWidest<T>, buffers.gradient_row, {buffers.gradient})) {
    start_apply_backward<kWidest<T>>(typed, buffers, stream);
  } else {
    start_apply_backward<1>(typed, buffers, stream);
  }
  total_samples<<<blocks_for(buffers.channels), kThreads, 0, stream>>>(
      typed,
      buffers.samples,
      static_cast<A*>(buffers.scale_gradient),
      static_cast<A*>(buffers.shift_gradient));
}

}  // namespace

int normalise_kernels_error() {
  cudaFuncAttributes attributes;
  const cudaError_t error = cudaFuncGetAttributes(&attributes, sum_splits<false, float, float>);
  cudaGetLastError();  // else the next who asks is told of it
  return static_cast<int>(error);
}

int start_normalise(const NormaliseBuffers& buffers, CUstream_st* stream) {
  switch (buffers.type) {
    case Element::float32:
      start_forward<float, float>(buffers, stream);
      break;
    case Element::float64:
      start_forward<double, double>(buffers, stream);
      break;
    case Element::bfloat16:
      start_forward<__nv_bfloat16, float>(buffers, stream);
      break;
  }
  return static_cast<int>(cudaGetLastError());
}

int start_normalise_backward(const NormaliseBuffers& buffers, CUstream_st* stream) {
  switch (buffers.type) {
    case Element::float32:
      start_backward<float, float>(buffers, stream);
      break;
    case Element::float64:
      start_backward<double, double>(buffers, stream);
      break;
    case Element::bfloat16:
      start_backward<__nv_bfloat16, float>(buffers, stream);
      break;
  }
  return static_cast<int>(cudaGetLastError());
}

}  // namespace regionwise::network
