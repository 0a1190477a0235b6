#include "training/adam.hpp"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include "training/adam_state.hpp"

namespace regionwise::training {
namespace {

using torch::Tensor;

/// Some parameters: an ordinary one, one in channels-last order, one larger than a piece, and one
/// that never gets a gradient.
std::vector<Tensor> some_parameters(torch::ScalarType type) {
  torch::manual_seed(2);
  std::vector<Tensor> parameters = {
      torch::randn({7}),
      torch::randn({5, 3, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast),
      torch::randn({40001}),
      torch::randn({4})};
  for (Tensor& parameter : parameters) parameter = parameter.to(type).requires_grad_();
  return parameters;
}

/// The second gradient comes in another order than its parameter has.
void set_gradients(std::vector<Tensor>& parameters, std::int64_t seed) {
  torch::manual_seed(seed);
  for (std::size_t i = 0; i < 3; ++i) {
    parameters[i].mutable_grad() =
        torch::randn(parameters[i].sizes()).to(parameters[i].scalar_type());
  }
}

torch::optim::AdamOptions options() {
  return torch::optim::AdamOptions(1e-2).weight_decay(0.1).eps(1e-8);
}

void expect_steps_as_torch(torch::ScalarType type, double tolerance) {
  std::vector<Tensor> ours = some_parameters(type);
  std::vector<Tensor> theirs = some_parameters(type);
  torch::optim::Adam our_adam(ours, options());
  torch::optim::Adam their_adam(theirs, options());
  for (std::int64_t step = 0; step < 4; ++step) {
    set_gradients(ours, step);
    set_gradients(theirs, step);
    const Tensor before = ours[1].grad().clone();
    adam_step(our_adam, 0.25);
    EXPECT_TRUE(torch::equal(ours[1].grad(), before));
    for (Tensor& parameter : theirs) {
      if (parameter.grad().defined()) parameter.mutable_grad().mul_(0.25);
    }
    their_adam.step();
    for (std::size_t i = 0; i < ours.size(); ++i) {
      EXPECT_TRUE(torch::allclose(ours[i], theirs[i], tolerance, tolerance)) << i;
    }
  }
  EXPECT_EQ(adam_state(our_adam, ours[3]), nullptr);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto* our_state = adam_state(our_adam, ours[i]);
    const auto* their_state = adam_state(their_adam, theirs[i]);
    ASSERT_NE(our_state, nullptr);
    EXPECT_EQ(our_state->step(), 4);
    EXPECT_TRUE(
        torch::allclose(our_state->exp_avg(), their_state->exp_avg(), tolerance, tolerance));
    EXPECT_TRUE(
        torch::allclose(our_state->exp_avg_sq(), their_state->exp_avg_sq(), tolerance, tolerance));
  }
}

TEST(Adam, StepsAsTorchDoes) {
  expect_steps_as_torch(torch::kFloat64, 1e-13);
  expect_steps_as_torch(torch::kFloat32, 1e-6);
}

TEST(Adam, FallsBackForAmsgrad) {
  std::vector<Tensor> ours = some_parameters(torch::kFloat64);
  std::vector<Tensor> theirs = some_parameters(torch::kFloat64);
  torch::optim::Adam our_adam(ours, options().amsgrad(true));
  torch::optim::Adam their_adam(theirs, options().amsgrad(true));
  set_gradients(ours, 1);
  set_gradients(theirs, 1);
  adam_step(our_adam, 1);
  their_adam.step();
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_TRUE(torch::equal(ours[i], theirs[i]));
}

TEST(Adam, TheNormIsThatOfAllGradientsTogether) {
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    std::vector<Tensor> parameters = some_parameters(type);
    torch::optim::Adam optimizer(parameters, options());
    EXPECT_EQ(gradient_norm(optimizer), 0);
    set_gradients(parameters, 3);
    double squares = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      squares += parameters[i].grad().to(torch::kFloat64).square().sum().item<double>();
    }
    EXPECT_NEAR(gradient_norm(optimizer), std::sqrt(squares), 1e-5);
    parameters[2].mutable_grad()[40000] = std::numeric_limits<float>::infinity();
    EXPECT_FALSE(std::isfinite(gradient_norm(optimizer)));
  }
}

TEST(Adam, ThreadsDoNotChangeABit) {
  const int threads = torch::get_num_threads();
  std::vector<Tensor> results[2];
  double norms[2];
  for (int i = 0; i < 2; ++i) {
    torch::set_num_threads(i + 1);
    results[i] = some_parameters(torch::kFloat32);
    torch::optim::Adam optimizer(results[i], options());
    set_gradients(results[i], 1);
    norms[i] = gradient_norm(optimizer);
    adam_step(optimizer, 0.5);
  }
  torch::set_num_threads(threads);
  EXPECT_EQ(norms[0], norms[1]);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(torch::equal(results[0][i], results[1][i]));
}

}  // namespace
}  // namespace regionwise::training
