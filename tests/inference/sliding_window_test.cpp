#include "inference/sliding_window.hpp"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "inference/segment.hpp"
#include "network/golden_network.hpp"
#include "support/golden.hpp"

namespace regionwise::inference {
namespace {

using regionwise::testing::golden_file;
using regionwise::testing::load_golden_weights;
using regionwise::testing::network_of;
using regionwise::testing::read_tensor;

TEST(SlidingWindow, CoversAnAxisInStepsOfHalfAPatch) {
  EXPECT_EQ(tile_positions(40, 56), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(tile_positions(56, 56), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(tile_positions(57, 56), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(tile_positions(100, 40), (std::vector<std::int64_t>{0, 20, 40, 60}));
  for (std::int64_t size = 41; size < 200; ++size) {
    const auto positions = tile_positions(size, 40);
    EXPECT_EQ(positions.front(), 0);
    EXPECT_EQ(positions.back(), size - 40);
    for (std::size_t i = 1; i < positions.size(); ++i) {
      EXPECT_LE(positions[i] - positions[i - 1], 20);
    }
  }
}

TEST(SlidingWindow, ImportanceIsHighestInTheCentreAndNeverZero) {
  const torch::Tensor map = gaussian_importance({56, 40});
  EXPECT_FLOAT_EQ(map[28][20].item<float>(), 1.0F);
  EXPECT_GT(map.min().item<float>(), 0.0F);
}

network::UNet small_network() {
  network::UNetConfig shape;
  shape.in_channels = 1;
  shape.classes = 2;
  shape.strides = {{2, 2}};
  shape.kernels = {{3, 3}, {3, 3}};
  shape.base_features = 2;
  return network::UNet(shape);
}

storage::CaseInfo small_case() {
  storage::CaseInfo info;
  info.id = "heart";
  info.shape = {5, 8, 12};
  info.source.shape = info.shape;
  info.crop_shape = info.shape;
  return info;
}

TEST(SlidingWindow, RefusesProbabilitiesThatAreNoNumbers) {
  const auto info = small_case();
  const std::vector<float> image(static_cast<std::size_t>(info.shape.size()), 1.0F);
  WindowOptions options;
  options.patch = {8, 8};
  const auto refusal = [&](network::UNet& net) -> std::string {
    try {
      segment(net, image, 1, info, options);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  network::UNet net = small_network();
  EXPECT_EQ(refusal(net), "");
  const torch::NoGradGuard no_gradient;
  // The last layer's: a normalisation takes no other away.
  const std::string name = net->named_parameters().keys().back();
  torch::Tensor last = net->named_parameters()[name];
  for (const float value : {std::nanf(""), HUGE_VALF}) {
    last.fill_(value);
    const std::string message = refusal(net);
    EXPECT_NE(message.find("case heart: "), std::string::npos) << message;
    EXPECT_NE(message.find("weight " + name + " is not finite"), std::string::npos) << message;
  }
  last.fill_(3e38F);  // finite, and too large all the same
  EXPECT_NE(refusal(net).find("too large"), std::string::npos);
  options.refuse_not_finite = false;
  EXPECT_EQ(refusal(net), "");
}

TEST(SlidingWindow, CanBeEndedBeforeEveryPassWithinACase) {
  network::UNet net = small_network();
  const storage::CaseInfo info = small_case();
  const std::vector<float> image(static_cast<std::size_t>(info.shape.size()), 1.0F);
  WindowOptions options;
  options.patch = {8, 8};
  options.batch = 2;
  int passes = 0;
  options.between = [&] { ++passes; };
  segment(net, image, 1, info, options);
  EXPECT_EQ(passes, 3 * 2 * 4) << "batches of slices, tiles, mirrorings";
  options.between = [&] {
    if (--passes == 0) throw RetryError("ended");
  };
  EXPECT_THROW(segment(net, image, 1, info, options), RetryError);
  EXPECT_EQ(passes, 0);
}

TEST(GoldenInference, GaussianImportanceMatchesTheReference) {
  const storage::Hdf5Reader file(golden_file("misc.h5"));
  const auto sizes = file.children("/gaussian_importance");
  ASSERT_FALSE(sizes.empty());
  for (const std::string& size : sizes) {
    const torch::Tensor expected = read_tensor<float>(file, "/gaussian_importance/" + size);
    const torch::Tensor map = gaussian_importance({expected.size(0), expected.size(1)});
    EXPECT_LE((map - expected).abs().max().item<double>(), 1e-6) << size;
  }
}

TEST(GoldenInference, TilePositionsMatchTheReference) {
  const storage::Hdf5Reader file(golden_file("misc.h5"));
  const Json entries = parse_json(file.text_attribute("/", "sliding_window"), "misc.h5");
  ASSERT_FALSE(entries.empty());
  for (const Json& entry : entries) {
    for (std::size_t axis : {0U, 1U}) {
      EXPECT_EQ(tile_positions(entry.at("image")[axis].get<std::int64_t>(),
                               entry.at("patch")[axis].get<std::int64_t>()),
                entry.at("steps")[axis].get<std::vector<std::int64_t>>());
    }
  }
}

TEST(GoldenInference, ProbabilitiesMatchTheReference) {
  const storage::Hdf5Reader file(golden_file("inference.h5"));
  const Json config = parse_json(file.text_attribute("/", "config"), "config");
  network::UNet net(network_of(config));
  load_golden_weights(net, file, "/weights");
  WindowOptions options;
  options.patch = config.at("patch_size").get<std::array<std::int64_t, 2>>();
  int images = 0;
  for (const std::string& group : file.children("/")) {
    if (!file.exists(group + "/data")) continue;
    ++images;
    SCOPED_TRACE(group);
    const torch::Tensor data = read_tensor<float>(file, group + "/data");
    for (const bool mirroring : {true, false}) {
      options.mirroring = mirroring;
      const std::string suffix = mirroring ? "" : "_no_mirror";
      const torch::Tensor expected = read_tensor<float>(file, group + "/softmax" + suffix);
      const torch::Tensor probabilities =
          predict_probabilities(net, data.transpose(0, 1).contiguous(), options).transpose(0, 1);
      EXPECT_LE((probabilities - expected).abs().max().item<double>(), 5e-5);
      const torch::Tensor labels = read_tensor<std::uint8_t>(file, group + "/seg" + suffix);
      storage::CaseInfo info;
      info.shape = {data.size(1), data.size(2), data.size(3)};
      info.source.shape = info.shape;
      info.crop_shape = info.shape;
      const Volume<Label> segmented =
          segment(net,
                  {data.data_ptr<float>(), static_cast<std::size_t>(data.numel())},
                  data.size(0),
                  info,
                  options);
      std::int64_t different = 0;
      for (std::int64_t i = 0; i < labels.numel(); ++i) {
        different += segmented.values[static_cast<std::size_t>(i)] !=
                     static_cast<Label>(labels.data_ptr<std::uint8_t>()[i]);
      }
      EXPECT_LE(static_cast<double>(different), 1e-3 * static_cast<double>(labels.numel()));
    }
  }
  EXPECT_GT(images, 0);
}

}  // namespace
}  // namespace regionwise::inference
