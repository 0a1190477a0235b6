#include <cuda_runtime.h>

#include "tensor_maps/scan.hpp"
#include "tensor_maps/transform_kernels.hpp"

namespace regionwise::tensor_maps {
namespace {

constexpr int kThreads = 128;

/// One thread a column; neighbours in a warp read neighbouring pixels.
__global__ void scan_columns(TransformBuffers buffers) {
  const std::int64_t index = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (index >= buffers.images * buffers.width) return;
  const std::int64_t start =
      index / buffers.width * buffers.height * buffers.width + index % buffers.width;
  scan_column(buffers.labels + start, buffers.height, buffers.width, buffers.scratch + start);
}

/// One thread a pixel.
__global__ void search_rows(TransformBuffers buffers) {
  const std::int64_t index = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (index >= buffers.images * buffers.height * buffers.width) return;
  const auto x = static_cast<std::int32_t>(index % buffers.width);
  const std::int64_t row = index - x;
  buffers.squared[index] =
      search_row(buffers.labels + row, buffers.scratch + row, buffers.width, x);
}

unsigned blocks_for(std::int64_t threads) {
  return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

}  // namespace

int transform_kernels_error() {
  cudaFuncAttributes attributes;
  const cudaError_t error = cudaFuncGetAttributes(&attributes, search_rows);
  cudaGetLastError();  // else the next who asks is told of it
  return static_cast<int>(error);
}

int start_transform(const TransformBuffers& buffers, CUstream_st* stream) {
  const std::int64_t columns = buffers.images * buffers.width;
  scan_columns<<<blocks_for(columns), kThreads, 0, stream>>>(buffers);
  search_rows<<<blocks_for(columns * buffers.height), kThreads, 0, stream>>>(buffers);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace regionwise::tensor_maps
