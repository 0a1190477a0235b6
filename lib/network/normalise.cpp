#include "network/normalise.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <mutex>
#include <optional>
#include <string>

#include "network/activation.hpp"

#ifdef REGIONWISE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAGuard.h>

#include "network/normalise_kernels.hpp"
#endif

namespace regionwise::network {
namespace {

using torch::Tensor;

#ifdef REGIONWISE_CUDA
NormaliseBuffers buffers_of(const Tensor& x,
                            const Tensor& scale,
                            const Tensor& shift,
                            const Tensor& statistics,
                            const Tensor& scratch) {
  const Activation shape = shape_of(x);
  TORCH_CHECK(shape.pixels * shape.channels <= std::numeric_limits<std::int32_t>::max(),
              "the kernels of the norm count one sample's values in 32 bits");
  NormaliseBuffers buffers;
  buffers.type = x.scalar_type() == torch::kFloat32   ? Element::float32
                 : x.scalar_type() == torch::kFloat64 ? Element::float64
                                                      : Element::bfloat16;
  buffers.samples = shape.samples;
  buffers.pixels = shape.pixels;
  buffers.channels = shape.channels;
  buffers.epsilon = kNormEpsilon;
  buffers.leak = kLeak;
  buffers.x = x.data_ptr();
  buffers.scale = scale.data_ptr();
  buffers.shift = shift.data_ptr();
  buffers.mean = statistics[0].data_ptr();
  buffers.inverse_sd = statistics[1].data_ptr();
  buffers.scratch = reinterpret_cast<PairOfSums<double>*>(scratch.data_ptr());
  return buffers;
}

/// Two sums for every split of every channel.
Tensor scratch_for(const Tensor& x) {
  const Activation shape = shape_of(x);
  return torch::empty({shape.samples, splits_of(shape.pixels) + 1, shape.channels, 2},
                      x.options().dtype(torch::kFloat64).memory_format(torch::nullopt));
}

/// missing_kernels() of the current device.
std::string ask_for_kernels() {
  const int error = normalise_kernels_error();
  if (error == 0) return "";
  const auto* gpu = at::cuda::getCurrentDeviceProperties();
  return fmt::format(
      "the GPU kernels cannot run on {} of compute capability {}.{} (CUDA error {}): build with "
      "-DCMAKE_CUDA_ARCHITECTURES={}{}",
      gpu->name,
      gpu->major,
      gpu->minor,
      error,
      gpu->major,
      gpu->minor);
}

void check_started(int error) {
  TORCH_CHECK(error == 0, "the kernels of the norm did not start: CUDA error ", error);
}
#endif

}  // namespace

const std::string& missing_kernels(const torch::Device& device) {
  static const std::string none;
  static const std::string not_built = "this program was built without GPU kernels";
  if (device.is_cpu()) return none;
#ifdef REGIONWISE_CUDA
  if (!device.is_cuda()) return not_built;
  static std::mutex mutex;
  static std::array<std::optional<std::string>, 64> known;  // of each GPU, what CUDA said
  const c10::cuda::CUDAGuard guard(device);
  const std::lock_guard lock(mutex);
  auto& answer = known.at(static_cast<std::size_t>(guard.current_device().index()));
  if (!answer) answer = ask_for_kernels();
  return *answer;
#else
  return not_built;
#endif
}

std::tuple<Tensor, Tensor> normalise(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  const Activation shape = shape_of(x);
  TORCH_CHECK(shape.pixels > 1, "an instance norm needs more than one pixel");
  Tensor out = empty_activation(x.sizes(), x.options());
  Tensor statistics = torch::empty({2, shape.samples, shape.channels}, scale.options());
#ifdef REGIONWISE_CUDA
  if (x.is_cuda()) {
    const c10::cuda::CUDAGuard guard(x.device());
    const Tensor scratch = scratch_for(x);
    NormaliseBuffers buffers = buffers_of(x, scale, shift, statistics, scratch);
    buffers.out = out.data_ptr();
    check_started(start_normalise(buffers, at::cuda::getCurrentCUDAStream()));
    return {out, statistics};
  }
#endif
  with_type(x.scalar_type(), [&](auto element) {
    using T = decltype(element);
    using A = Accumulator<T>;
    normalise<T>(shape,
                 x.data_ptr<T>(),
                 scale.data_ptr<A>(),
                 shift.data_ptr<A>(),
                 kNormEpsilon,
                 kLeak,
                 out.data_ptr<T>(),
                 statistics[0].data_ptr<A>(),
                 statistics[1].data_ptr<A>());
  });
  return {out, statistics};
}

std::tuple<Tensor, Tensor, Tensor> normalise_backward(Tensor gradient,
                                                      const Tensor& x,
                                                      const Tensor& scale,
                                                      const Tensor& shift,
                                                      const Tensor& statistics) {
  gradient = gradient.to(x.scalar_type());
  const std::int64_t row = row_stride(gradient);
  Tensor x_gradient = empty_activation(x.sizes(), x.options());
  Tensor scale_gradient = torch::empty_like(scale);
  Tensor shift_gradient = torch::empty_like(shift);
#ifdef REGIONWISE_CUDA
  if (x.is_cuda()) {
    const c10::cuda::CUDAGuard guard(x.device());
    const Tensor scratch = scratch_for(x);
    NormaliseBuffers buffers = buffers_of(x, scale, shift, statistics, scratch);
    buffers.gradient = gradient.data_ptr();
    buffers.gradient_row = row;
    buffers.x_gradient = x_gradient.data_ptr();
    buffers.scale_gradient = scale_gradient.data_ptr();
    buffers.shift_gradient = shift_gradient.data_ptr();
    check_started(start_normalise_backward(buffers, at::cuda::getCurrentCUDAStream()));
    return {x_gradient, scale_gradient, shift_gradient};
  }
#endif
  with_type(x.scalar_type(), [&](auto element) {
    using T = decltype(element);
    using A = Accumulator<T>;
    normalise_backward<T>(shape_of(x),
                          gradient.data_ptr<T>(),
                          row,
                          x.data_ptr<T>(),
                          scale.data_ptr<A>(),
                          shift.data_ptr<A>(),
                          statistics[0].data_ptr<A>(),
                          statistics[1].data_ptr<A>(),
                          kLeak,
                          x_gradient.data_ptr<T>(),
                          scale_gradient.data_ptr<A>(),
                          shift_gradient.data_ptr<A>());
  });
  return {x_gradient, scale_gradient, shift_gradient};
}

}  // namespace regionwise::network
