#include "training/loader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "losses/map_source.hpp"
#include "network/deep_supervision.hpp"
#include "training/small_dataset.hpp"

namespace regionwise::training {
namespace {

using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_small_dataset;

const auto never = [] { return false; };

class LoaderTest : public ::testing::Test {
 protected:
  LoaderTest() : path_(folder_.path() / "squares.h5") {
    write_small_dataset(path_);
    dataset_ = std::make_shared<const storage::DatasetReader>(path_);
    plan_ = planning::parse_plan(dataset_->info().plan, "plan");
  }
  std::unique_ptr<Loader> loader(const Json& augmentation,
                                 const LoaderOptions& options,
                                 double foreground = 0.5) const {
    const AugmentationConfig config = parse_augmentation(augmentation, "test");
    const auto sampler = std::make_shared<const Sampler>(
        dataset_, maps_, sampler_options(plan_, config, foreground), 1);
    return std::make_unique<Loader>(sampler, config, masked_channels(plan_, 1), options);
  }
  /// The batches up to `end`.
  std::vector<Batch> batches(const Json& augmentation, const LoaderOptions& options) const {
    const auto from = loader(augmentation, options);
    std::vector<Batch> found;
    for (std::int64_t i = options.first; i < options.end; ++i) found.push_back(*from->next(never));
    return found;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_;
  std::shared_ptr<const storage::DatasetReader> dataset_;
  std::shared_ptr<const storage::MapsReader> maps_;
  planning::Plan plan_;
};

TEST_F(LoaderTest, BatchesDependNeitherOnThreadsNorOnWhereTheLoaderBegan) {
  const auto expected = batches("nnunet", {.iterations_per_epoch = 4, .end = 12, .threads = 0});
  EXPECT_FALSE(torch::equal(expected[0].images, expected[4].images)) << "epochs differ";
  for (const LoaderOptions& options :
       {LoaderOptions{.iterations_per_epoch = 4, .end = 12, .threads = 1},
        LoaderOptions{.iterations_per_epoch = 4, .first = 3, .end = 12, .threads = 3},
        LoaderOptions{.iterations_per_epoch = 4, .end = 12, .threads = 2, .ahead = 1}}) {
    const auto found = batches("nnunet", options);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Batch& same = expected[i + static_cast<std::size_t>(options.first)];
      EXPECT_TRUE(torch::equal(found[i].images, same.images));
      EXPECT_TRUE(torch::equal(found[i].labels, same.labels));
      EXPECT_EQ(found[i].origins[2].slice, same.origins[2].slice);
    }
  }
}

TEST(DefaultLoaderThreads, FeedADeviceThatWouldWaitForOne) {
  EXPECT_EQ(default_loader_threads(torch::kCPU, 8), 1);
  EXPECT_EQ(default_loader_threads(torch::kCUDA, 1), 2);
  EXPECT_EQ(default_loader_threads(torch::Device(torch::kCUDA, 3), 8), 8);
  EXPECT_EQ(default_loader_threads(torch::kCUDA, 64), 12);
}

TEST_F(LoaderTest, BatchesAreWhatTheNetworkTakes) {
  for (const char* augmentation : {"none", "nnunet"}) {
    for (const Batch& batch : batches(augmentation, {.end = 20})) {
      EXPECT_EQ(batch.images.sizes(), (std::vector<std::int64_t>{3, 1, 16, 16}));
      EXPECT_EQ(batch.images.scalar_type(), torch::kFloat32);
      EXPECT_EQ(batch.labels.sizes(), (std::vector<std::int64_t>{3, 16, 16}));
      EXPECT_GE(batch.labels.min().item<std::int64_t>(), 0) << "-1 is for augmentation only";
      EXPECT_LT(batch.labels.max().item<std::int64_t>(), 3);
      EXPECT_TRUE(torch::isfinite(batch.images).all().item<bool>());
      EXPECT_FALSE(batch.maps.defined());
      EXPECT_EQ(batch.origins.size(), 3U);
    }
  }
}

TEST_F(LoaderTest, MirrorsEachAxisHalfOfTheTime) {
  const auto plain = batches("none", {.end = 200});
  const auto mirrored = batches("mirror", {.end = 200});
  std::map<std::string, int> counts;
  int total = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    for (std::int64_t s = 0; s < 3; ++s) {
      const torch::Tensor image = plain[i].images[s];
      const torch::Tensor found = mirrored[i].images[s];
      ++total;
      if (torch::equal(image, found)) ++counts["none"];
      if (torch::equal(image.flip({1}), found)) ++counts["y"];
      if (torch::equal(image.flip({2}), found)) ++counts["x"];
      if (torch::equal(image.flip({1, 2}), found)) ++counts["both"];
    }
  }
  for (const char* kind : {"none", "y", "x", "both"}) {
    EXPECT_NEAR(counts[kind], total / 4, 5 * std::sqrt(total * 3.0 / 16.0)) << kind;
  }
}

TEST_F(LoaderTest, PrecomputedMapsFollowTheImage) {
  const auto maps_path = folder_.path() / "maps.h5";
  {
    storage::MapsWriter writer(maps_path, {}, {{"name", "test"}}, dataset_->info().class_names, "");
    for (std::size_t c = 0; c < dataset_->cases().size(); ++c) {
      const Volume<Label> label = dataset_->label(c);
      std::vector<float> map;  // 1 where the pixel is of the class, -1 elsewhere
      for (const int k : {0, 1, 2}) {
        for (const Label value : label.values) map.push_back(value == k ? 1.0F : -1.0F);
      }
      writer.add(dataset_->cases()[c].id, label.shape, map);
    }
    storage::Provenance provenance;
    provenance.configuration = Json::object();
    writer.finish(provenance);
  }
  maps_ = std::make_shared<const storage::MapsReader>(maps_path);
  for (const Batch& batch : batches("mirror", {.end = 20})) {
    ASSERT_TRUE(batch.maps.defined());
    const torch::Tensor inside = batch.maps.select(1, 0).ne(0);
    const torch::Tensor from_maps = batch.maps.argmax(1);
    EXPECT_TRUE(torch::equal(from_maps.masked_select(inside), batch.labels.masked_select(inside)));
    EXPECT_GT(inside.sum().item<std::int64_t>(), 0);
  }
}

TEST_F(LoaderTest, AnErrorNamesWhereItHappened) {
  for (const int threads : {0, 2}) {
    std::filesystem::remove(path_);
    write_small_dataset(path_);
    dataset_ = std::make_shared<const storage::DatasetReader>(path_);
    std::filesystem::resize_file(path_, 800);  // as a disk that fails while training
    const auto broken =
        loader("nnunet", {.iterations_per_epoch = 5, .end = 100, .threads = threads});
    try {
      broken->next(never);
      FAIL() << "read from a file that is no longer there";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.find("epoch 1, iteration "), 0U) << message;
      EXPECT_NE(message.find(": case"), std::string::npos) << message;
      EXPECT_NE(message.find(" slice "), std::string::npos) << message;
      EXPECT_NE(message.find("squares.h5: cannot be read: the file is cut short"),
                std::string::npos)
          << message;
    }
  }
}

TEST_F(LoaderTest, GivesUpWhenCancelled) {
  const auto from = loader("nnunet", {.end = 3, .threads = 0});
  EXPECT_FALSE(from->next([] { return true; }).has_value());
  EXPECT_TRUE(from->next(never).has_value()) << "nothing was lost";
}

// The maps of absent and full classes on what augmentation made of the labels, at every scale that
// deep supervision looks at (spec §7: absent +1, full -1; boundary 0 for both).
TEST_F(LoaderTest, AbsentAndFullClassesFollowTheRuleAtEveryScale) {
  const maps::MapSpecification rectified(Json{{"name", "rectified"}}, "map");
  const maps::MapSpecification boundary(Json{{"name", "boundary"}}, "map");
  int absent = 0;
  int full = 0;
  for (const Batch& batch : batches("nnunet", {.end = 40})) {
    for (const auto& factor : network::head_strides(plan_.strides)) {
      const torch::Tensor labels = network::shrink(batch.labels, factor);
      const torch::Tensor logits = torch::zeros({3, 3, labels.size(1), labels.size(2)});
      const torch::Tensor z = losses::compute_map(rectified, labels, logits, {});
      const torch::Tensor d = losses::compute_map(boundary, labels, logits, {});
      for (std::int64_t n = 0; n < 3; ++n) {
        for (std::int64_t k = 0; k < 3; ++k) {
          const torch::Tensor is_class = labels[n].eq(k);
          const bool none = !is_class.any().item<bool>();
          const bool all = is_class.all().item<bool>();
          absent += none ? 1 : 0;
          full += all ? 1 : 0;
          if (none || all) {
            EXPECT_TRUE(z[n][k].eq(none ? 1 : -1).all().item<bool>());
            EXPECT_TRUE(d[n][k].eq(0).all().item<bool>());
          } else {
            EXPECT_EQ(z[n][k].min().item<float>(), -1.0F);
            EXPECT_TRUE(z[n][k].lt(0).eq(is_class).all().item<bool>());
            EXPECT_TRUE(d[n][k].lt(0).eq(is_class).all().item<bool>());
          }
        }
      }
    }
  }
  EXPECT_GT(absent, 20);
  EXPECT_GT(full, 20);
}

TEST(Loader, MasksChannelsThatWereNormalisedInsideTheMask) {
  planning::Plan plan;
  EXPECT_EQ(masked_channels(plan, 2), (std::vector<bool>{false, false}));
  plan.normalize_inside_mask = true;
  EXPECT_EQ(masked_channels(plan, 2), (std::vector<bool>{true, true}));
  plan.normalization = {"CT", "nonCT"};
  EXPECT_EQ(masked_channels(plan, 2), (std::vector<bool>{false, true}));
}

}  // namespace
}  // namespace regionwise::training
