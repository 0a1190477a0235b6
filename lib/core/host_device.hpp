#pragma once

/// Marks a plain function that CUDA's compiler builds for the GPU as well, so that tests run on the
/// processor what a thread of a kernel does.
#ifdef __CUDACC__
#define REGIONWISE_HOST_DEVICE __host__ __device__
#else
#define REGIONWISE_HOST_DEVICE
#endif
