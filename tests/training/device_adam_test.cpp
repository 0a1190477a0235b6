#include "training/device_adam.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/utils.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "training/adam.hpp"
#include "training/adam_state.hpp"

namespace regionwise::training {
namespace {

using torch::Tensor;

double divisor_of(double norm, double clip) {
  return clip_divisor(torch::tensor(norm, torch::kFloat64), clip).item<double>();
}

TEST(ClipDivisor, IsTorchsRule) {
  EXPECT_EQ(divisor_of(0, 12), 1);
  EXPECT_EQ(divisor_of(11.9, 12), 1);
  EXPECT_NEAR(divisor_of(24, 12), (24 + 1e-6) / 12, 1e-6);
  EXPECT_EQ(clip_divisor(torch::zeros({}, torch::kFloat64), 1).scalar_type(), torch::kFloat32);
}

/// Parameters in several orders in memory, and one that never gets a gradient.
std::vector<Tensor> some_parameters(const torch::Device& device) {
  torch::manual_seed(5);
  std::vector<Tensor> parameters = {
      torch::randn({7}),
      torch::randn({5, 3, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast),
      torch::randn({4, 6, 1, 1}),
      torch::randn({4})};
  for (Tensor& parameter : parameters) {
    parameter = parameter.to(device, torch::kFloat64).requires_grad_();
  }
  return parameters;
}

/// Gradients as long as `scale`; that of the third in another order than its parameter's.
void set_gradients(std::vector<Tensor>& parameters, std::int64_t seed, double scale) {
  torch::manual_seed(seed);
  for (std::size_t i = 0; i < 3; ++i) {
    const Tensor drawn = scale * torch::randn(parameters[i].sizes(), torch::kFloat64);
    parameters[i].mutable_grad() = torch::empty_like(parameters[i]).copy_(drawn);
  }
  Tensor& gradient = parameters[2].mutable_grad();
  gradient = gradient.as_strided(gradient.sizes(), {6, 1, 6, 6});
}

void expect_steps_of_adam_step(const torch::Device& device) {
  std::vector<Tensor> ours = some_parameters(device);
  std::vector<Tensor> simple = some_parameters(torch::kCPU);
  const auto options = torch::optim::AdamOptions(1e-2).weight_decay(0.1);
  torch::optim::Adam our_optimizer(ours, options);
  torch::optim::Adam simple_optimizer(simple, options);
  // A state that was begun elsewhere, as in a training that goes on.
  set_gradients(ours, 9, 1);
  set_gradients(simple, 9, 1);
  for (torch::optim::Adam* optimizer : {&our_optimizer, &simple_optimizer}) optimizer->step();
  DeviceAdam adam(our_optimizer);
  const Tensor loss = torch::ones({}, torch::TensorOptions(device));
  for (std::int64_t step = 0; step < 4; ++step) {
    const double scale = step % 2 == 0 ? 0.01 : 3;  // not clipped, and clipped
    set_gradients(ours, step, scale);
    set_gradients(simple, step, scale);
    const double norm = gradient_norm(simple_optimizer);
    EXPECT_EQ(norm > 1, step % 2 == 1);
    adam_step(simple_optimizer, std::min(1.0, 1 / (norm + 1e-6)));
    EXPECT_NEAR(adam.enqueue(loss, 1).item<double>(), norm, 1e-9);
    adam.count();
    for (std::size_t i = 0; i < ours.size(); ++i) {
      EXPECT_LE((ours[i].cpu() - simple[i]).abs().max().item<double>(), 1e-7) << i;
    }
  }
  EXPECT_EQ(adam_state(our_optimizer, ours[0])->step(), 5);
  EXPECT_EQ(adam_state(our_optimizer, ours[3]), nullptr);
}

void expect_no_step(const torch::Device& device, double loss, double gradient) {
  std::vector<Tensor> parameters = some_parameters(device);
  torch::optim::Adam optimizer(parameters, torch::optim::AdamOptions(1e-2));
  DeviceAdam adam(optimizer);
  set_gradients(parameters, 1, 1);
  parameters[1].mutable_grad()[0][1][2][0] = gradient;
  const Tensor before = parameters[0].detach().clone();
  adam.enqueue(torch::full({}, loss, torch::TensorOptions(device)), 1);
  EXPECT_TRUE(torch::equal(parameters[0], before)) << loss << ", " << gradient;
  EXPECT_EQ(adam_state(optimizer, parameters[0])->exp_avg().abs().max().item<double>(), 0);
}

void expect_no_steps_that_are_not_finite(const torch::Device& device) {
  const double infinity = std::numeric_limits<double>::infinity();
  expect_no_step(device, 1, infinity);
  expect_no_step(device, 1, std::numeric_limits<double>::quiet_NaN());
  expect_no_step(device, infinity, 1);
}

TEST(DeviceAdam, StepsAsTheSimpleOne) {
  expect_steps_of_adam_step(torch::kCPU);
}

TEST(DeviceAdam, ChangesNothingWhereANumberIsNotFinite) {
  expect_no_steps_that_are_not_finite(torch::kCPU);
}

TEST(GpuDeviceAdam, StepsAsTheProcessorsSimpleOne) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  expect_steps_of_adam_step(torch::kCUDA);
}

TEST(GpuDeviceAdam, ChangesNothingWhereANumberIsNotFinite) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  expect_no_steps_that_are_not_finite(torch::kCUDA);
}

}  // namespace
}  // namespace regionwise::training
