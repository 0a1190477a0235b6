#pragma once

#include <cstdint>

// LibTorch's headers are not for CUDA's compiler; the driver's stream is named as the runtime does.
struct CUstream_st;

namespace regionwise::tensor_maps {

/// Device memory: labels, scratch and squared are [images, height, width]; see squared_to_another,
/// but kFar² or more where there is none. Sides in 1 … kLongestSide.
struct TransformBuffers {
  const std::int8_t* labels;
  std::int32_t* scratch;
  std::int32_t* squared;
  std::int64_t images;
  std::int32_t height;
  std::int32_t width;
};

/// CUDA's error code where the kernels cannot run on the current device (they were built for
/// others), 0 where they can.
int transform_kernels_error();

/// Starts the kernels; does not wait. Returns CUDA's error code, 0 if there is none.
int start_transform(const TransformBuffers& buffers, CUstream_st* stream);

}  // namespace regionwise::tensor_maps
