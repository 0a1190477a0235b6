#include "training/step.hpp"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "network/compat.hpp"
#include "network/deep_supervision.hpp"
#include "network/golden_network.hpp"
#include "support/golden.hpp"

namespace regionwise::training {
namespace {

using regionwise::testing::golden_file;
using regionwise::testing::load_golden_weights;
using regionwise::testing::network_of;
using regionwise::testing::read_tensor;

/// Another loss times a constant, so that clipping acts.
class Scaled : public losses::Loss {
 public:
  Scaled(std::unique_ptr<losses::Loss> loss, double factor)
      : loss_(std::move(loss)), factor_(factor) {}
  losses::LossValue operator()(const losses::LossInput& input) const override {
    losses::LossValue value = (*loss_)(input);
    value.total = value.total * factor_;
    return value;
  }

 private:
  std::unique_ptr<losses::Loss> loss_;
  double factor_;
};

std::unique_ptr<losses::Loss> loss_called(const std::string& name) {
  const Json rectified = {{"name", "region-wise"}, {"map", {{"name", "rectified"}}}};
  const Json boundary = {{"name", "region-wise"}, {"map", {{"name", "boundary"}}}};
  Json description = rectified;
  if (name.starts_with("Boundary")) description = boundary;
  if (name == "BoundaryDiceLoss") {
    description = {
        {"name", "sum"},
        {"terms", {{{"name", "dice"}}, boundary}},
        {"weights",
         {{"kind", "gradual"}, {"start", 1.0}, {"end", 0.0}, {"epochs", 100}, {"floor", 0.01}}}};
  }
  return losses::make_loss(description, name);
}

void expect_weights(network::UNet& net,
                    const storage::Hdf5Reader& file,
                    const std::string& group,
                    double tolerance) {
  for (const auto& parameter : net->named_parameters()) {
    const auto expected = read_tensor<double>(file, group + "/" + parameter.key());
    EXPECT_LE((parameter.value() - expected).abs().max().item<double>(), tolerance)
        << group << "/" << parameter.key();
  }
}

TEST(GoldenTrainStep, LossGradientsAndWeightsMatchTheReference) {
  const storage::Hdf5Reader file(golden_file("train_step.h5"));
  const auto config = network_of(parse_json(file.text_attribute("/", "config"), "config"));
  StepInput input;
  input.images = read_tensor<float>(file, "/input").to(torch::kFloat64);
  input.labels = read_tensor<std::uint8_t>(file, "/labels").to(torch::kInt64).squeeze(1);

  for (const std::string& group : file.children("/")) {
    if (!file.exists(group + "/losses")) continue;
    SCOPED_TRACE(group);
    network::UNet net(config);
    net->to(torch::kFloat64);
    load_golden_weights(net, file, "/weights_initial");
    torch::optim::Adam optimizer(net->parameters(),
                                 torch::optim::AdamOptions(file.real_attribute(group, "lr"))
                                     .weight_decay(file.real_attribute(group, "weight_decay")));
    const double scale = file.real_attribute(group, "scale");
    const double tolerance = scale == 1.0 ? 1e-12 : 1e-10;
    const Scaled loss(loss_called(file.text_attribute(group, "loss")), scale);
    input.epoch = static_cast<double>(file.integer_attribute(group, "epoch"));
    const auto losses = file.read<double>(group + "/losses");
    const auto norms = file.read<double>(group + "/grad_norms_before_clip");
    const auto unused = parse_json(file.text_attribute(group, "no_grad_params"), "no_grad_params")
                            .get<std::vector<std::string>>();
    const auto weights = file.read<double>(group + "/ds_weights");
    const auto ours = network::deep_supervision_weights(net->levels());
    for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_DOUBLE_EQ(ours[i], weights[i]);

    for (std::size_t step = 0; step < losses.size(); ++step) {
      const StepResult result = compute_gradients(net, loss, input, true, Precision::float64);
      EXPECT_NEAR(result.loss, losses[step], tolerance) << "step " << step;
      for (const auto& parameter : net->named_parameters()) {
        if (step > 0) break;
        const torch::Tensor gradient = parameter.value().grad();
        if (std::find(unused.begin(), unused.end(), parameter.key()) != unused.end()) {
          EXPECT_FALSE(gradient.defined()) << parameter.key();
          continue;
        }
        const auto expected = read_tensor<double>(file, group + "/grad/" + parameter.key());
        EXPECT_LE((gradient - expected).abs().max().item<double>(), tolerance) << parameter.key();
      }
      const double norm = clip_and_step(net, optimizer, file.real_attribute(group, "max_norm"));
      EXPECT_NEAR(norm, norms[step], 1e-9 * norms[step]) << "step " << step;
      if (step == 0) expect_weights(net, file, group + "/weights_after_1", 1e-10);
    }
    expect_weights(net, file, group + "/weights_after_3", 1e-10);
  }
}

TEST(GoldenTrainStep, TargetsOfLowerHeadsMatchTheReference) {
  const storage::Hdf5Reader file(golden_file("train_step.h5"));
  const auto config = network_of(parse_json(file.text_attribute("/", "config"), "config"));
  const torch::Tensor labels = read_tensor<std::uint8_t>(file, "/labels");
  const auto factors = network::head_strides(config.strides);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const std::string name = "/target_" + std::to_string(i);
    ASSERT_TRUE(file.exists(name));
    const torch::Tensor expected = file.element_type(name) == "uint8"
                                       ? read_tensor<std::uint8_t>(file, name)
                                       : read_tensor<float>(file, name).to(torch::kUInt8);
    EXPECT_TRUE(torch::equal(network::shrink(labels, factors[i]), expected)) << name;
  }
}

network::UNetConfig two_levels() {
  network::UNetConfig config;
  config.classes = 3;
  config.strides = {{2, 2}, {2, 2}};
  config.kernels = {{3, 3}, {3, 3}, {3, 3}};
  config.base_features = 4;
  return config;
}

StepInput tiny_input() {
  torch::manual_seed(3);
  StepInput input;
  input.images = torch::randn({2, 1, 16, 16});
  input.labels = torch::zeros({2, 16, 16}, torch::kInt64);
  input.labels.slice(1, 2, 7).fill_(1);
  input.labels.slice(1, 9, 14).fill_(2);
  return input;
}

std::string blamed(network::UNet& net,
                   const StepInput& input,
                   Precision precision = Precision::float32) {
  const auto loss = losses::make_loss({{"name", "dice"}}, "loss");
  torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(1e-3));
  try {
    compute_gradients(net, *loss, input, true, precision);
    clip_and_step(net, optimizer, 12);
  } catch (const NonFiniteError& error) {
    return error.what();
  }
  return "nothing";
}

TEST(TrainStep, NamesTheTensorThatIsNotFinite) {
  for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
    network::UNet net(two_levels());
    network::initialise(net, 1);
    StepInput input = tiny_input();
    EXPECT_EQ(blamed(net, input, precision), "nothing");
    input.images[0][0][3][3] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(blamed(net, input, precision), "the images");
    input = tiny_input();
    {
      const torch::NoGradGuard no_grad;
      net->named_parameters()["seg_outputs.1.weight"].fill_(std::numeric_limits<float>::infinity());
    }
    EXPECT_EQ(blamed(net, input, precision), "the logits of output 0");
  }
}

TEST(TrainStep, NamesTheHeadTheMapOrTheGradientThatIsNotFiniteFirst) {
  network::UNet net(two_levels());
  network::initialise(net, 1);
  StepInput input = tiny_input();
  input.maps = torch::ones({2, 3, 16, 16});
  input.maps[1][2][0][0] = std::numeric_limits<float>::infinity();
  const auto from_file =
      losses::make_loss({{"name", "region-wise"}, {"map", {{"name", "file"}}}}, "loss");
  try {
    compute_gradients(net, *from_file, input, true, Precision::bfloat16);
    FAIL() << "the loss is infinite";
  } catch (const NonFiniteError& error) {
    EXPECT_STREQ(error.what(), "the region-wise maps");
  }
  const auto dice = losses::make_loss({{"name", "dice"}}, "loss");
  torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(1e-3));
  compute_gradients(net, *dice, tiny_input(), true, Precision::bfloat16);
  net->named_parameters()["tu.0.weight"].mutable_grad()[0][0][0][0] =
      std::numeric_limits<float>::quiet_NaN();
  try {
    clip_and_step(net, optimizer, 12);
    FAIL() << "the gradient is not a number";
  } catch (const NonFiniteError& error) {
    EXPECT_STREQ(error.what(), "the gradient of tu.0.weight");
  }
}

TEST(TrainStep, ANonFiniteGradientChangesNothing) {
  network::UNet net(two_levels());
  network::initialise(net, 1);
  torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(1e-3));
  const auto loss = losses::make_loss({{"name", "dice"}}, "loss");
  compute_gradients(net, *loss, tiny_input(), true, Precision::float32);
  const torch::Tensor before = net->parameters().front().detach().clone();
  net->named_parameters()["tu.0.weight"].mutable_grad()[0][0][0][0] =
      std::numeric_limits<float>::infinity();
  EXPECT_THROW(clip_and_step(net, optimizer, 12), NonFiniteError);
  EXPECT_TRUE(torch::equal(net->parameters().front(), before));
}

TEST(TrainStep, ReducesTheLossInEveryPrecision) {
  for (const Precision precision : {Precision::float32, Precision::float64, Precision::bfloat16}) {
    network::UNet net(two_levels());
    network::initialise(net, 1);
    StepInput input = tiny_input();
    if (precision == Precision::float64) {
      net->to(torch::kFloat64);
      input.images = input.images.to(torch::kFloat64);
    }
    torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(1e-2));
    const auto loss = losses::make_loss({{"name", "cross-entropy"}}, "loss");
    const double first = compute_gradients(net, *loss, input, true, precision).loss;
    double last = first;
    for (int i = 0; i < 15; ++i) {
      clip_and_step(net, optimizer, 12);
      last = compute_gradients(net, *loss, input, true, precision).loss;
    }
    EXPECT_LT(last, 0.8 * first);
  }
}

/// Another loss, which keeps what it was asked of.
class Watching : public losses::Loss {
 public:
  explicit Watching(std::unique_ptr<losses::Loss> loss) : loss_(std::move(loss)) {}
  losses::LossValue operator()(const losses::LossInput& input) const override {
    inputs.push_back(input);
    autocast = autocast || network::autocast_type(torch::kCPU).has_value();
    losses::LossValue value = (*loss_)(input);
    values.push_back(value);
    return value;
  }
  const losses::Loss& watched() const { return *loss_; }

  mutable std::vector<losses::LossInput> inputs;
  mutable std::vector<losses::LossValue> values;
  mutable bool autocast = false;

 private:
  std::unique_ptr<losses::Loss> loss_;
};

TEST(TrainStep, EveryLossIsComputedInSinglePrecisionBesideBfloat16) {
  for (const losses::LossEntry& entry : losses::all_losses()) {
    SCOPED_TRACE(entry.name);
    network::UNet net(two_levels());
    network::initialise(net, 1);
    const Watching loss(losses::make_loss({{"name", entry.name}}, "loss"));
    const StepResult step = compute_gradients(net, loss, tiny_input(), true, Precision::bfloat16);
    EXPECT_FALSE(loss.autocast) << "the loss would be computed in bfloat16";
    const auto weights = network::deep_supervision_weights(net->levels());
    ASSERT_GE(loss.inputs.size(), 1U);
    double expected = 0;
    for (std::size_t i = 0; i < loss.inputs.size(); ++i) {
      losses::LossInput input = loss.inputs[i];
      EXPECT_EQ(input.logits.scalar_type(), torch::kFloat32);
      EXPECT_EQ(loss.values[i].total.scalar_type(), torch::kFloat32);
      // bfloat16 would be wrong by 4e-3.
      input.logits = input.logits.detach().to(torch::kFloat64);
      const double exact = loss.watched()(input).total.item<double>();
      EXPECT_NEAR(
          loss.values[i].total.item<double>(), exact, 1e-5 * std::max(1.0, std::abs(exact)));
      expected += weights[i] * exact;
    }
    EXPECT_NEAR(step.loss, expected, 1e-5 * std::max(1.0, std::abs(expected)));
    for (const auto& parameter : net->named_parameters()) {
      if (!parameter.value().grad().defined()) continue;
      EXPECT_EQ(parameter.value().grad().scalar_type(), torch::kFloat32) << parameter.key();
    }
  }
}

TEST(TrainStep, WithoutDeepSupervisionOnlyTheFullResolutionHeadLearns) {
  network::UNet net(two_levels());
  network::initialise(net, 1);
  const auto loss = losses::make_loss({{"name", "dice"}}, "loss");
  compute_gradients(net, *loss, tiny_input(), false, Precision::float32);
  EXPECT_FALSE(net->named_parameters()["seg_outputs.0.weight"].grad().defined());
  EXPECT_TRUE(net->named_parameters()["seg_outputs.1.weight"].grad().defined());
}

}  // namespace
}  // namespace regionwise::training
