#include "training/sampler.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/json.hpp"
#include "support/golden.hpp"
#include "training/small_dataset.hpp"

namespace regionwise::training {
namespace {

using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_small_dataset;

class SamplerTest : public ::testing::Test {
 protected:
  SamplerTest() : path_(folder_.path() / "squares.h5") {
    write_small_dataset(path_);
    dataset_.emplace(path_);
    plan_ = planning::parse_plan(dataset_->info().plan, "plan");
  }
  Sampler sampler(double foreground, bool mirror, std::uint64_t seed = 1) const {
    return {*dataset_, nullptr, plan_, foreground, mirror, seed};
  }

  TemporaryFolder folder_;
  std::filesystem::path path_;
  std::optional<storage::DatasetReader> dataset_;
  planning::Plan plan_;
};

TEST_F(SamplerTest, DrawsAreAFunctionOfSeedEpochAndIteration) {
  const Sampler a = sampler(0.33, true);
  const Batch first = a.draw(3, 7);
  a.draw(0, 0);
  EXPECT_TRUE(torch::equal(first.images, a.draw(3, 7).images));
  EXPECT_FALSE(torch::equal(first.images, a.draw(3, 8).images));
  EXPECT_FALSE(torch::equal(first.images, a.draw(4, 7).images));
  EXPECT_FALSE(torch::equal(first.images, sampler(0.33, true, 2).draw(3, 7).images));
}

TEST_F(SamplerTest, UsesTrainingCasesAndAllTheirSlices) {
  std::set<std::pair<std::size_t, std::int64_t>> seen;
  const Sampler a = sampler(0, false);
  for (std::int64_t i = 0; i < 100; ++i) {
    for (const PatchOrigin& origin : a.draw(0, i).origins) {
      EXPECT_EQ(dataset_->cases()[origin.case_index].split, "train");
      seen.insert({origin.case_index, origin.slice});
    }
  }
  EXPECT_EQ(seen.size(), 6U);  // 2 cases × 3 slices
}

TEST_F(SamplerTest, ForcedSamplesHoldForeground) {
  const Sampler a = sampler(0.33, true);
  EXPECT_EQ(first_forced_sample(3, 0.33), 2);
  std::map<std::int64_t, int> classes;
  for (std::int64_t i = 0; i < 60; ++i) {
    const Batch batch = a.draw(0, i);
    EXPECT_LT(batch.origins[2].slice, 2) << "the last slice has no foreground";
    EXPECT_GT(batch.labels[2].gt(0).sum().item<std::int64_t>(), 0);
  }
}

TEST_F(SamplerTest, ImageAndLabelStayTogether) {
  const Sampler a = sampler(0.5, true);
  for (std::int64_t i = 0; i < 30; ++i) {
    const Batch batch = a.draw(0, i);
    const torch::Tensor bright = batch.images.select(1, 0).masked_select(batch.labels.eq(1));
    const torch::Tensor dark = batch.images.select(1, 0).masked_select(batch.labels.eq(2));
    if (bright.numel() > 0) {
      EXPECT_GT(bright.mean().item<float>(), 1.0F);
    }
    if (dark.numel() > 0) {
      EXPECT_LT(dark.mean().item<float>(), -1.0F);
    }
  }
}

TEST_F(SamplerTest, MirrorsEachAxisHalfOfTheTime) {
  const Sampler plain = sampler(0.5, false);
  const Sampler mirrored = sampler(0.5, true);
  std::map<std::string, int> counts;
  int total = 0;
  for (std::int64_t i = 0; i < 200; ++i) {
    const Batch a = plain.draw(0, i);
    const Batch b = mirrored.draw(0, i);
    for (std::int64_t s = 0; s < 3; ++s) {
      const torch::Tensor image = a.images[s];
      ++total;
      if (torch::equal(image, b.images[s])) ++counts["none"];
      if (torch::equal(image.flip({1}), b.images[s])) ++counts["y"];
      if (torch::equal(image.flip({2}), b.images[s])) ++counts["x"];
      if (torch::equal(image.flip({1, 2}), b.images[s])) ++counts["both"];
    }
  }
  for (const char* kind : {"none", "y", "x", "both"}) {
    EXPECT_NEAR(counts[kind], total / 4, 5 * std::sqrt(total * 3.0 / 16.0)) << kind;
  }
}

TEST_F(SamplerTest, PadsWithZerosWhereThePatchIsLargerThanTheSlice) {
  plan_.patch_size = {32, 32};
  const Batch batch = sampler(0, false).draw(0, 0);
  EXPECT_EQ(batch.images.sizes(), (std::vector<std::int64_t>{3, 1, 32, 32}));
  // The slice of 20 × 18 lies whole inside the patch.
  EXPECT_EQ((batch.images[0] != 0).sum().item<std::int64_t>() / 18, 20);
}

TEST(Sampler, CornerRangesOfTheSpecification) {
  // No spare loader: from 0 to size − patch.
  EXPECT_EQ(corner_range(100, 40, 40).low, 0);
  EXPECT_EQ(corner_range(100, 40, 40).high, 60);
  // A slice smaller than the patch lies anywhere inside it.
  EXPECT_EQ(corner_range(30, 40, 40).low, -5);
  EXPECT_EQ(corner_range(30, 40, 40).high, -5);
  EXPECT_EQ(corner_range(31, 40, 40).low, -5);
  EXPECT_EQ(corner_range(31, 40, 40).high, -4);
}

TEST(GoldenSampler, ForcedIndexAndCornerRangesMatchTheReference) {
  const storage::Hdf5Reader file(regionwise::testing::golden_file("misc.h5"));
  const Json forced =
      parse_json(file.text_attribute("/", "oversample_first_forced_index"), "misc.h5");
  for (const auto& [batch_size, first] : forced.items()) {
    EXPECT_EQ(first_forced_sample(std::stoll(batch_size), 0.33), first.get<std::int64_t>())
        << batch_size;
  }
  int fresh = 0;
  for (const Json& entry : parse_json(file.text_attribute("/", "loader_bounds"), "misc.h5")) {
    if (entry.at("mode") != "fresh") continue;  // the other mode is a defect of the reference
    ++fresh;
    for (std::size_t axis : {0U, 1U}) {
      const CornerRange range = corner_range(entry.at("slice_shape")[axis].get<std::int64_t>(),
                                             entry.at("loader_patch")[axis].get<std::int64_t>(),
                                             entry.at("final_patch")[axis].get<std::int64_t>());
      const Json& expected = entry.at("lower_corner_range")[axis];
      EXPECT_EQ(range.low, expected[0].get<std::int64_t>());
      EXPECT_EQ(range.high, expected[1].get<std::int64_t>());
    }
  }
  EXPECT_GT(fresh, 0);
}

}  // namespace
}  // namespace regionwise::training
