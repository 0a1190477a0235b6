// What holds for every tensor form of a map: it is what the map's own file says.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/cuda.h>

#include <algorithm>

#include "core/error.hpp"
#include "support/random_volumes.hpp"
#include "support/tensors.hpp"
#include "tensor_maps/tensor_map.hpp"

namespace regionwise::tensor_maps {
namespace {

using maps::MapSpecification;
using torch::Tensor;

constexpr int kClasses = 4;

template <class T>
Tensor by_specification(const MapSpecification& specification, const Volume<Label>& labels) {
  const maps::LabelBatch batch{labels.values, 1, labels.shape, kClasses, {1, 1, 1}};
  const std::vector<T> map = specification.compute<T>(batch);
  const Shape3& shape = labels.shape;
  return torch::tensor(map, torch::CppTypeToScalarType<T>::value)
      .view({1, kClasses, shape.depth, shape.height, shape.width});
}

void expect_equal_maps(const MapSpecification& specification, const Volume<Label>& labels) {
  const Tensor batch = testing::tensor_of(labels).unsqueeze(0).to(torch::kInt64);
  EXPECT_TRUE(torch::equal(compute(specification, batch, kClasses, torch::kFloat32),
                           by_specification<float>(specification, labels)))
      << specification.resolved();
  EXPECT_TRUE(torch::equal(compute(specification, batch, kClasses, torch::kFloat64),
                           by_specification<double>(specification, labels)))
      << specification.resolved();
}

TEST(EveryTensorMap, BelongsToAMap) {
  EXPECT_GE(all_tensor_maps().size(), 5u);
  for (const TensorMapEntry& entry : all_tensor_maps()) {
    EXPECT_EQ(MapSpecification({{"name", entry.name}}, "map").entry().name, entry.name);
  }
}

RC_GTEST_PROP(EveryTensorMap, EqualsTheMap, ()) {
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(3, 12), kClasses);
  for (const TensorMapEntry& entry : all_tensor_maps()) {
    expect_equal_maps(MapSpecification({{"name", entry.name}}, "map"), labels);
    const Json weighted = {{"name", entry.name}, {"class-weights", {0.3, 1, 2, 0.7}}};
    expect_equal_maps(MapSpecification(weighted, "map"), labels);
  }
  expect_equal_maps(MapSpecification({{"name", "cao"}, {"alpha", 2}, {"beta", 0.5}}, "map"),
                    labels);
  expect_equal_maps(MapSpecification({{"name", "boundary"}, {"inside-offset", 1}}, "map"), labels);
}

TEST(EveryTensorMap, MeasuresEachImageOfABatchOnItsOwn) {
  const Tensor labels = torch::randint(0, kClasses, {3, 9, 7}, torch::kInt64);
  for (const TensorMapEntry& entry : all_tensor_maps()) {
    const MapSpecification map({{"name", entry.name}}, "map");
    const Tensor together = compute(map, labels, kClasses, torch::kFloat64);
    for (std::int64_t n = 0; n < labels.size(0); ++n) {
      const Tensor alone = compute(map, labels.narrow(0, n, 1), kClasses, torch::kFloat64);
      EXPECT_TRUE(torch::equal(together[n], alone[0])) << entry.name;
    }
  }
}

TEST(TensorMap, IsNotThereForWhatOnlyTheMapItselfKnows) {
  const auto is_available = [](const Json& description) {
    return available(MapSpecification(description, "map"));
  };
  EXPECT_TRUE(is_available({{"name", "boundary"}}));
  EXPECT_FALSE(is_available({{"name", "boundary"}, {"unit", "mm"}}));
  EXPECT_FALSE(is_available({{"name", "boundary"}, {"dimensions", 3}}));
  EXPECT_FALSE(is_available({{"name", "boundary"}, {"empty-class", "reference"}}));
  EXPECT_FALSE(is_available({{"name", "boundary"}, {"full-class", "reference"}}));
}

TEST(TensorMap, RefusesAWrongNumberOfClassWeights) {
  const MapSpecification three({{"name", "cao"}, {"class-weights", {1, 2, 3}}}, "map");
  EXPECT_THROW(compute(three, torch::zeros({1, 2, 2}, torch::kInt64), 2, torch::kFloat32),
               UsageError);
}

TEST(GpuEveryTensorMap, EqualsTheProcessors) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  const Tensor labels = torch::randint(0, kClasses, {3, 24, 31}, torch::kInt64)
                            .repeat_interleave(8, 1)
                            .repeat_interleave(7, 2);
  for (const TensorMapEntry& entry : all_tensor_maps()) {
    const MapSpecification specification({{"name", entry.name}}, "map");
    const Tensor expected = compute(specification, labels, kClasses, torch::kFloat32);
    const Tensor found = compute(specification, labels.cuda(), kClasses, torch::kFloat32).cpu();
    EXPECT_TRUE(torch::equal(found, expected)) << entry.name;
  }
}

}  // namespace
}  // namespace regionwise::tensor_maps
