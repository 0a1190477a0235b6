// Steps for a GPU against those of the processor, as far as the processor can take them as well.
#include "training/device_step.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/utils.h>

#include <limits>
#include <memory>
#include <vector>

#include "network/compat.hpp"
#include "training/adam_state.hpp"

namespace regionwise::training {
namespace {

using torch::Tensor;

constexpr std::int64_t kClasses = 3;

network::UNetConfig three_levels() {
  network::UNetConfig config;
  config.classes = kClasses;
  config.strides = {{2, 2}, {2, 2}, {2, 1}};
  config.kernels.assign(4, {3, 3});
  config.base_features = 8;
  return config;
}

StepInput tiny_input(torch::ScalarType type, std::int64_t seed, std::int64_t samples = 2) {
  torch::manual_seed(seed);
  StepInput input;
  input.images = torch::randn({samples, 1, 32, 24}).to(type);
  input.labels = torch::zeros({samples, 32, 24}, torch::kInt64);
  input.labels.slice(1, 4, 14).fill_(1);
  input.labels.slice(1, 18, 28).slice(2, 3, 9 + seed).fill_(2);
  return input;
}

/// A network, its loss and its optimizer on a device.
struct Training {
  Training(const torch::Device& on, Precision precision, const Json& description)
      : device(on),
        settings{.precision = precision, .gradient_clip = 0.5},
        type(precision == Precision::float64 ? torch::kFloat64 : torch::kFloat32),
        net(three_levels()),
        loss(losses::make_loss(description, "loss")) {
    network::initialise(net, 1);
    net->to(device, type);
    // An eps that keeps gradients which are nothing but rounding from becoming steps.
    optimizer = std::make_unique<torch::optim::Adam>(
        net->parameters(), torch::optim::AdamOptions(1e-2).weight_decay(3e-5).eps(1e-3));
  }

  StepInput input(std::int64_t step) const {
    StepInput input = tiny_input(type, step);
    input.images = input.images.to(device);
    input.labels = input.labels.to(device);
    input.epoch = static_cast<double>(step / 4);
    return input;
  }

  std::vector<double> simple_steps(std::int64_t count) {
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < count; ++i) {
      const StepResult result =
          compute_gradients(net, *loss, input(i), settings.deep_supervision, settings.precision);
      add(result, clip_and_step(net, *optimizer, settings.gradient_clip), numbers);
    }
    return numbers;
  }

  std::vector<double> device_steps(std::int64_t count, bool record) {
    DeviceStep step(net, *loss, *optimizer, settings, record);
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < count; ++i) {
      step.start(input(i));
      const auto [result, norm] = step.finish();
      add(result, norm, numbers);
    }
    return numbers;
  }

  static void add(const StepResult& result, double norm, std::vector<double>& numbers) {
    numbers.push_back(result.loss);
    for (const auto& [name, term] : result.terms) numbers.push_back(term);
    numbers.push_back(norm);
  }

  torch::Device device;
  StepSettings settings;
  torch::ScalarType type;
  network::UNet net;
  std::unique_ptr<losses::Loss> loss;
  std::unique_ptr<torch::optim::Adam> optimizer;
};

const Json kRegionWise = {{"name", "region-wise"}, {"map", {{"name", "rectified"}}}};
const Json kGradual = {
    {"name", "sum"},
    {"terms", {{{"name", "dice"}}, {{"name", "region-wise"}, {"map", {{"name", "boundary"}}}}}},
    {"weights", {{"kind", "gradual"}, {"start", 1.0}, {"end", 0.0}, {"epochs", 4}}}};

void expect_near(const std::vector<double>& found,
                 const std::vector<double>& expected,
                 double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << i;
  }
}

void expect_alike(Training& found, Training& expected, double tolerance) {
  const auto weights = expected.net->named_parameters();
  for (const auto& parameter : found.net->named_parameters()) {
    const Tensor& other = weights[parameter.key()];
    const Tensor difference = parameter.value().cpu() - other.cpu();
    EXPECT_LE(difference.abs().max().item<double>(), tolerance) << parameter.key();
    const auto* state = adam_state(*found.optimizer, parameter.value());
    const auto* other_state = adam_state(*expected.optimizer, other);
    ASSERT_EQ(state == nullptr, other_state == nullptr) << parameter.key();
    if (state == nullptr) continue;
    EXPECT_EQ(state->step(), other_state->step());
    const Tensor means = state->exp_avg().cpu() - other_state->exp_avg().cpu();
    EXPECT_LE(means.abs().max().item<double>(), tolerance) << parameter.key();
  }
}

/// So many device steps are what simple ones on the processor are.
void expect_simple_steps(std::int64_t steps,
                         const torch::Device& device,
                         Precision precision,
                         const Json& loss,
                         double tolerance) {
  Training simple(torch::kCPU, precision, loss);
  Training ours(device, precision, loss);
  const std::vector<double> expected = simple.simple_steps(steps);
  expect_near(ours.device_steps(steps, /*record=*/false), expected, tolerance);
  expect_alike(ours, simple, tolerance);
}

/// A gradient that is not finite changes nothing, and the steps after it are as if it had not been.
void expect_no_change_by_a_failed_step(const torch::Device& device, bool record) {
  Training ours(device, Precision::float64, kRegionWise);
  Training simple(device, Precision::float64, kRegionWise);
  DeviceStep step(ours.net, *ours.loss, *ours.optimizer, ours.settings, record);
  DeviceStep undisturbed(simple.net, *simple.loss, *simple.optimizer, simple.settings, record);
  for (std::int64_t i = 0; i < 7; ++i) {
    StepInput broken = ours.input(i);
    broken.images[0][0][3][3] = std::numeric_limits<double>::quiet_NaN();
    step.start(broken);
    try {
      step.finish();
      ADD_FAILURE() << "a step with images that are not finite";
    } catch (const NonFiniteError& error) {
      EXPECT_STREQ(error.what(), "the images");
    }
    step.start(ours.input(i));
    undisturbed.start(simple.input(i));
    EXPECT_EQ(step.finish().first.loss, undisturbed.finish().first.loss);
  }
  expect_alike(ours, simple, 0);
}

// Few steps in float32: sooner or later, on some processors in the sixth, rounding takes an
// activation across 0 and its gradient to the other slope of the LeakyReLU, which moves a norm by
// 1e-3.
TEST(DeviceStep, IsTheSimpleStep) {
  for (const Json& loss : {kRegionWise, kGradual}) {
    expect_simple_steps(7, torch::kCPU, Precision::float64, loss, 1e-6);
    expect_simple_steps(4, torch::kCPU, Precision::float32, loss, 1e-4);
  }
}

TEST(DeviceStep, ChangesNothingWhereANumberIsNotFinite) {
  expect_no_change_by_a_failed_step(torch::kCPU, false);
}

TEST(DeviceStep, SaysWhyItCannotRecord) {
  std::string why;
  const auto in_millimetres = losses::make_loss(
      {{"name", "region-wise"}, {"map", {{"name", "boundary"}, {"unit", "mm"}}}}, "loss");
  EXPECT_FALSE(DeviceStep::can_record(*in_millimetres, why));
  EXPECT_FALSE(why.empty());
}

/// Whether a test that needs a GPU, and perhaps its kernels, can run here; else says why not.
bool has_gpu(std::string& why, bool recording) {
  if (!torch::cuda::is_available()) {
    why = "no CUDA device";
    return false;
  }
  return !recording || DeviceStep::can_record(*losses::make_loss(kRegionWise, "loss"), why);
}

TEST(GpuDeviceStep, IsTheProcessorsSimpleStep) {
  std::string why;
  if (!has_gpu(why, false)) GTEST_SKIP() << why;
  at::globalContext().setAllowTF32CuDNN(false);
  for (const Json& loss : {kRegionWise, kGradual}) {
    expect_simple_steps(7, torch::kCUDA, Precision::float64, loss, 1e-6);
    expect_simple_steps(4, torch::kCUDA, Precision::float32, loss, 1e-3);
  }
}

TEST(GpuDeviceStep, RecordedIsTheSameBytesAndSoIsASecondRun) {
  std::string why;
  if (!has_gpu(why, true)) GTEST_SKIP() << why;
  network::make_deterministic();
  for (const Precision precision : {Precision::float32, Precision::bfloat16, Precision::float64}) {
    Training eager(torch::kCUDA, precision, kGradual);
    const std::vector<double> expected = eager.device_steps(12, false);
    for (int run = 0; run < 2; ++run) {
      Training recorded(torch::kCUDA, precision, kGradual);
      EXPECT_EQ(recorded.device_steps(12, true), expected);
      expect_alike(recorded, eager, 0);
    }
  }
}

TEST(GpuDeviceStep, RecordsAnewForAnotherBatchOrLearningRate) {
  std::string why;
  if (!has_gpu(why, true)) GTEST_SKIP() << why;
  network::make_deterministic();
  Training eager(torch::kCUDA, Precision::float32, kRegionWise);
  Training recorded(torch::kCUDA, Precision::float32, kRegionWise);
  DeviceStep plain(eager.net, *eager.loss, *eager.optimizer, eager.settings, false);
  DeviceStep replay(recorded.net, *recorded.loss, *recorded.optimizer, recorded.settings, true);
  for (std::int64_t i = 0; i < 12; ++i) {
    StepInput input = tiny_input(torch::kFloat32, i, i < 8 ? 2 : 3);
    input.images = input.images.cuda();
    input.labels = input.labels.cuda();
    for (torch::optim::Adam* optimizer : {eager.optimizer.get(), recorded.optimizer.get()}) {
      auto& options = optimizer->param_groups().front().options();
      static_cast<torch::optim::AdamOptions&>(options).lr(i < 6 ? 1e-2 : 1e-3);
    }
    replay.start(input);
    plain.start(input);
    EXPECT_EQ(replay.finish().first.loss, plain.finish().first.loss) << i;
  }
  expect_alike(recorded, eager, 0);
}

/// A loss that waits for the GPU, which no recording survives.
class Waiting : public losses::Loss {
 public:
  explicit Waiting(std::unique_ptr<losses::Loss> loss) : loss_(std::move(loss)) {}
  losses::LossValue operator()(const losses::LossInput& input) const override {
    losses::LossValue value = (*loss_)(input);
    value.total.item<float>();
    return value;
  }

 private:
  std::unique_ptr<losses::Loss> loss_;
};

// A suite, hence a process, of its own: LibTorch before 2.12 does not recover from such a
// recording.
TEST(GpuFailedRecording, GoesOnWithoutAGraph) {
  std::string why;
  if (!has_gpu(why, true)) GTEST_SKIP() << why;
  network::make_deterministic();
  Training eager(torch::kCUDA, Precision::float32, kRegionWise);
  const std::vector<double> expected = eager.device_steps(8, false);
  Training failing(torch::kCUDA, Precision::float32, kRegionWise);
  failing.loss = std::make_unique<Waiting>(std::move(failing.loss));
  int warnings = 0;
  DeviceStep step(failing.net,
                  *failing.loss,
                  *failing.optimizer,
                  failing.settings,
                  true,
                  [&](const std::string&) { ++warnings; });
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < 8; ++i) {
    step.start(failing.input(i));
    const auto [result, norm] = step.finish();
    Training::add(result, norm, numbers);
  }
  EXPECT_EQ(numbers, expected);
  EXPECT_EQ(warnings, 1);
  expect_alike(failing, eager, 0);
}

TEST(GpuDeviceStep, ChangesNothingWhereANumberIsNotFinite) {
  std::string why;
  if (!has_gpu(why, true)) GTEST_SKIP() << why;
  network::make_deterministic();
  expect_no_change_by_a_failed_step(torch::kCUDA, false);
  expect_no_change_by_a_failed_step(torch::kCUDA, true);
}

}  // namespace
}  // namespace regionwise::training
