#pragma once

#include <cstdint>

#include "network/normalise_threads.hpp"

// LibTorch's headers are not for CUDA's compiler; the driver's stream is named as the runtime does.
struct CUstream_st;

/// normalise() and normalise_backward() of channels_last.hpp on the GPU. All pointers are to its
/// memory; nothing waits for it.
namespace regionwise::network {

enum class Element { float32, float64, bfloat16 };

/// Activations [samples, pixels, channels] of an element type; scale, shift [channels], mean and
/// inverse_sd [samples, channels] are float64 for float64 and float32 else.
struct NormaliseBuffers {
  Element type = Element::float32;
  std::int64_t samples = 0;
  std::int64_t pixels = 0;
  std::int64_t channels = 0;
  double epsilon = 0;
  double leak = 0;
  const void* x = nullptr;
  const void* scale = nullptr;
  const void* shift = nullptr;
  void* mean = nullptr;        ///< Written by the forward pass, read by the backward.
  void* inverse_sd = nullptr;  ///< The same.
  /// [samples, splits_of(pixels) + 1, channels]
  PairOfSums<double>* scratch = nullptr;

  // Of the forward pass.
  void* out = nullptr;
  // Of the backward pass.
  const void* gradient = nullptr;
  std::int64_t gradient_row = 0;  ///< Elements between pixels, ≥ channels.
  void* x_gradient = nullptr;
  void* scale_gradient = nullptr;  ///< [channels]
  void* shift_gradient = nullptr;  ///< [channels]
};

/// CUDA's error code where this file's kernels cannot run on the current device (they were built
/// for others), 0 where they can.
int normalise_kernels_error();

/// Starts the kernels on a stream. Returns CUDA's error code, 0 if there is none.
int start_normalise(const NormaliseBuffers& buffers, CUstream_st* stream);
int start_normalise_backward(const NormaliseBuffers& buffers, CUstream_st* stream);

}  // namespace regionwise::network
