#include "network/unet.hpp"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include <cmath>
#include <map>

#include "core/error.hpp"
#include "network/golden_network.hpp"
#include "network/weights.hpp"
#include "support/golden.hpp"
#include "support/tensors.hpp"

namespace regionwise::network {
namespace {

using regionwise::testing::golden_file;
using regionwise::testing::largest_difference;
using regionwise::testing::load_golden_weights;
using regionwise::testing::network_of;
using regionwise::testing::read_tensor;

UNetConfig small_config() {
  UNetConfig config;
  config.in_channels = 2;
  config.classes = 3;
  config.strides = {{2, 2}, {2, 1}};
  config.kernels = {{3, 3}, {3, 3}, {3, 1}};
  config.base_features = 4;
  return config;
}

/// Weights by the formula of the golden set (golden/README.md).
void set_formula_weights(UNet& net, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  std::uint64_t index = 0;
  for (auto& parameter : net->named_parameters()) {
    torch::Tensor values = torch::empty(parameter.value().sizes(), torch::kFloat32);
    const bool convolution = values.dim() == 4;
    const double he_sd =
        convolution
            ? std::sqrt(2.0 / 1.0001) /
                  std::sqrt(static_cast<double>(values.size(1) * values.size(2) * values.size(3)))
            : 0.0;
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      std::uint64_t h = seed + (++index) * 0x9E3779B97F4A7C15ULL;
      h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9ULL;
      h = (h ^ (h >> 27)) * 0x94D049BB133111EBULL;
      h ^= h >> 31;
      const double u = 2.0 * (static_cast<double>(h >> 11) * 0x1p-53) - 1.0;
      double value = 0.1 * u;
      if (convolution) value = u * std::sqrt(3.0) * he_sd;
      if (parameter.key().ends_with("instnorm.weight")) value = 1.0 + 0.2 * u;
      values.data_ptr<float>()[i] = static_cast<float>(value);
    }
    parameter.value().copy_(values);
  }
}

/// The networks that the reference plans for the paper's data sets.
TEST(GoldenUNet, HasTheNamesShapesAndTotalsOfTheRealNetworks) {
  const Json networks = read_json(golden_file("unet_shapes.json"));
  ASSERT_FALSE(networks.empty());
  for (const auto& [name, golden] : networks.items()) {
    SCOPED_TRACE(name);
    UNetConfig config;
    config.strides = golden.at("pools").get<std::vector<std::array<std::int64_t, 2>>>();
    config.kernels.assign(config.strides.size() + 1, {3, 3});
    // Channels and classes as the golden shapes have them.
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (const Json& entry : golden.at("state_dict")) {
      shapes[entry.at(0).get<std::string>()] = entry.at(1).get<std::vector<std::int64_t>>();
    }
    config.in_channels = shapes.at("conv_blocks_context.0.blocks.0.conv.weight").at(1);
    config.classes = shapes.at("seg_outputs.0.weight").at(0);
    const UNet net(config);
    std::int64_t total = 0;
    const auto parameters = net->named_parameters();
    ASSERT_EQ(parameters.size(), golden.at("state_dict").size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Json& expected = golden.at("state_dict").at(i);
      EXPECT_EQ(parameters[i].key(), expected.at(0).get<std::string>());
      EXPECT_EQ(parameters[i].value().sizes().vec(),
                expected.at(1).get<std::vector<std::int64_t>>());
      total += parameters[i].value().numel();
    }
    EXPECT_EQ(total, golden.at("num_parameters").get<std::int64_t>());
  }
}

TEST(GoldenUNet, LogitsOfEveryHeadMatchTheReference) {
  const storage::Hdf5Reader file(golden_file("unet.h5"));
  for (const std::string& group : file.children("/")) {
    SCOPED_TRACE(group);
    UNet net(network_of(parse_json(file.text_attribute(group, "config"), "config")));
    if (file.exists(group + "/weights")) {
      load_golden_weights(net, file, group + "/weights");
    } else {
      set_formula_weights(
          net, static_cast<std::uint64_t>(file.integer_attribute(group, "formula_seed")));
    }
    const torch::Tensor input = read_tensor<float>(file, group + "/input");
    const torch::NoGradGuard no_grad;
    const auto single = net->forward(input);
    net->to(torch::kFloat64);
    const auto logits = net->forward(input.to(torch::kFloat64));
    for (std::size_t head = 0; head < logits.size(); ++head) {
      const auto expected = read_tensor<double>(file, group + "/output_" + std::to_string(head));
      ASSERT_EQ(logits[head].sizes(), expected.sizes());
      EXPECT_LE(largest_difference(logits[head], expected), 1e-9) << "head " << head;
      EXPECT_LE(largest_difference(single[head], expected), 2e-4) << "head " << head;
    }
  }
}

TEST(GoldenUNet, ParameterNamesAndOrderAreTheReferences) {
  const storage::Hdf5Reader file(golden_file("unet.h5"));
  for (const std::string& group : file.children("/")) {
    SCOPED_TRACE(group);
    UNet net(network_of(parse_json(file.text_attribute(group, "config"), "config")));
    std::vector<std::string> names;
    for (const auto& parameter : net->named_parameters()) names.push_back(parameter.key());
    const auto expected =
        parse_json(file.text_attribute(group, "names"), "names").get<std::vector<std::string>>();
    EXPECT_EQ(names, expected);
  }
}

TEST(GoldenUNet, InitialisationHasTheReferencesDeviation) {
  const storage::Hdf5Reader file(golden_file("unet.h5"));
  for (const std::string& group : file.children("/")) {
    if (!file.has_attribute(group, "he_std")) continue;
    SCOPED_TRACE(group);
    UNet net(network_of(parse_json(file.text_attribute(group, "config"), "config")));
    initialise(net, 1);
    const Json deviations = parse_json(file.text_attribute(group, "he_std"), "he_std");
    const auto parameters = net->named_parameters();
    for (const auto& [name, deviation] : deviations.items()) {
      const torch::Tensor weight = parameters[name];
      const double n = static_cast<double>(weight.numel());
      // The sd of a sample of n normal draws has a relative sd of about 1/sqrt(2n).
      const double tolerance = 5.0 / std::sqrt(2.0 * n);
      EXPECT_NEAR(weight.std(0).numel() > 0 ? weight.flatten().std(false).item<double>() : 0.0,
                  deviation.get<double>(),
                  tolerance * deviation.get<double>())
          << name;
    }
  }
}

TEST(UNet, ZeroHeadsMeansAllAndFewerHeadsAreThoseOfHighestResolution) {
  torch::manual_seed(0);
  UNet net(small_config());
  const torch::Tensor images = torch::rand({1, 2, 16, 12});
  const auto all = net->forward(images);
  const auto one = net->forward(images, 1);
  ASSERT_EQ(all.size(), 2U);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_TRUE(torch::equal(all[0], one[0]));
  EXPECT_EQ(all[0].sizes(), (std::vector<std::int64_t>{1, 3, 16, 12}));
  EXPECT_EQ(all[1].sizes(), (std::vector<std::int64_t>{1, 3, 8, 6}));
}

TEST(UNet, HasTheParametersOfTheThreeRealNetworks) {
  UNetConfig acdc;
  acdc.in_channels = 1;
  acdc.classes = 4;
  acdc.strides = {{2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 1}};
  acdc.kernels.assign(7, {3, 3});
  UNet net(acdc);
  std::int64_t total = 0;
  for (const auto& parameter : net->parameters()) total += parameter.numel();
  EXPECT_EQ(total, 29508192);  // spec §3
}

TEST(UNet, InitialisationIsAFunctionOfTheSeed) {
  UNet a(small_config());
  UNet b(small_config());
  initialise(a, 7);
  torch::manual_seed(1234);
  initialise(b, 7);
  for (const auto& parameter : a->named_parameters()) {
    EXPECT_TRUE(torch::equal(parameter.value(), b->named_parameters()[parameter.key()]));
  }
  initialise(b, 8);
  EXPECT_FALSE(torch::equal(a->parameters().front(), b->parameters().front()));
}

TEST(UNet, RefusesAShapeThatDoesNotFit) {
  UNetConfig config = small_config();
  config.kernels.pop_back();
  EXPECT_THROW(UNet{config}, UsageError);
  config = small_config();
  config.kernels[0] = {5, 5};
  EXPECT_THROW(UNet{config}, UsageError);
}

TEST(Weights, SurviveTheWayThroughArrays) {
  UNet a(small_config());
  UNet b(small_config());
  initialise(a, 1);
  initialise(b, 2);
  load_weights(b, weights_of(a), "run.h5:/weights");
  for (const auto& parameter : a->named_parameters()) {
    EXPECT_TRUE(torch::equal(parameter.value(), b->named_parameters()[parameter.key()]));
  }
}

TEST(Weights, NameTheParameterThatDoesNotFit) {
  UNet net(small_config());
  auto weights = weights_of(net);
  const std::string name = weights.front().name;
  weights.erase(weights.begin());
  try {
    load_weights(net, weights, "run.h5:/weights");
    FAIL() << "a missing parameter was accepted";
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()), "run.h5:/weights/" + name + ": missing");
  }
  weights = weights_of(net);
  weights.front().extents[0] += 1;
  weights.front().bytes.resize(weights.front().bytes.size() / 4 * 5);
  EXPECT_THROW(load_weights(net, weights, "run.h5:/weights"), DataError);
  weights = weights_of(net);
  weights.push_back(to_array("surplus", torch::ones({1})));
  EXPECT_THROW(load_weights(net, weights, "run.h5:/weights"), DataError);
}

}  // namespace
}  // namespace regionwise::network
