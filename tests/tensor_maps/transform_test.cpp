#include "tensor_maps/transform.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/cuda.h>

#include "core/error.hpp"
#include "support/random_volumes.hpp"
#include "support/tensors.hpp"
#include "tensor_maps/scan.hpp"

namespace regionwise::tensor_maps {
namespace {

using torch::Tensor;

/// Every pixel against every other.
Tensor by_definition(const Tensor& labels) {
  const std::int64_t height = labels.size(1);
  const std::int64_t width = labels.size(2);
  Tensor squared = torch::full(labels.sizes(), kNone, torch::kInt32);
  const auto label = labels.accessor<std::int8_t, 3>();
  auto result = squared.accessor<std::int32_t, 3>();
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    for (std::int64_t j = 0; j < height * width; ++j) {
      const std::int64_t n = i / (height * width);
      const std::int64_t y = i / width % height;
      const std::int64_t x = i % width;
      const std::int64_t dy = j / width - y;
      const std::int64_t dx = j % width - x;
      if (label[n][y][x] == label[n][y + dy][x + dx]) continue;
      result[n][y][x] = std::min(result[n][y][x], static_cast<std::int32_t>(dy * dy + dx * dx));
    }
  }
  return squared;
}

/// As the kernels of transform.cu, one thread after the other.
Tensor by_kernels(const Tensor& labels) {
  const auto height = static_cast<std::int32_t>(labels.size(1));
  const auto width = static_cast<std::int32_t>(labels.size(2));
  Tensor columns = torch::empty(labels.sizes(), torch::kInt32);
  Tensor squared = torch::empty(labels.sizes(), torch::kInt32);
  for (std::int64_t n = 0; n < labels.size(0); ++n) {
    const std::int8_t* image = labels[n].data_ptr<std::int8_t>();
    std::int32_t* distances = columns[n].data_ptr<std::int32_t>();
    for (std::int32_t x = 0; x < width; ++x) scan_column(image + x, height, width, distances + x);
    for (std::int32_t y = 0; y < height; ++y) {
      for (std::int32_t x = 0; x < width; ++x) {
        const std::int64_t row = std::int64_t{y} * width;
        squared[n].data_ptr<std::int32_t>()[row + x] =
            search_row(image + row, distances + row, width, x);
      }
    }
  }
  return squared.masked_fill(squared >= kFar * kFar, kNone);
}

RC_GTEST_PROP(Transform, IsExactByOperatorsAndByKernels, ()) {
  const Volume<Label> volume = testing::any_labels(*testing::any_shape(3, 14), 4);
  const Tensor labels = testing::tensor_of(volume);
  const Tensor expected = by_definition(labels);
  RC_ASSERT(torch::equal(squared_to_another_by_operators(labels), expected));
  RC_ASSERT(torch::equal(by_kernels(labels), expected));
}

TEST(Transform, JoinsPartsOfManyRows) {
  // Wider than what is searched in one piece.
  Tensor labels = torch::zeros({1, 3, 5000}, torch::kInt8);
  labels[0][1][0] = 1;
  const Tensor squared = squared_to_another_by_operators(labels);
  EXPECT_TRUE(torch::equal(squared, by_kernels(labels)));
  EXPECT_EQ(squared[0][2][4999].item<std::int32_t>(), 4999 * 4999 + 1);
}

TEST(Transform, ReachesAcrossTheLargestImages) {
  Tensor labels = torch::zeros({1, 1, kLongestSide}, torch::kInt8);
  labels[0][0][0] = 1;
  const Tensor squared = by_kernels(labels);
  constexpr std::int32_t kLast = kLongestSide - 1;
  EXPECT_EQ(squared[0][0][kLast].item<std::int32_t>(), kLast * kLast);
  EXPECT_THROW(squared_to_another(torch::zeros({1, 1, kLongestSide + 1}, torch::kInt8)), DataError);
}

TEST(GpuTransform, EqualsTheProcessors) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  const Tensor labels = torch::randint(0, 4, {3, 45, 61}, torch::kInt64)
                            .repeat_interleave(5, 1)
                            .repeat_interleave(3, 2);
  const Tensor expected = squared_to_another_by_operators(labels);
  EXPECT_TRUE(torch::equal(squared_to_another(labels.cuda()).cpu(), expected));
  EXPECT_TRUE(torch::equal(squared_to_another_by_operators(labels.cuda()).cpu(), expected));
}

}  // namespace
}  // namespace regionwise::tensor_maps
