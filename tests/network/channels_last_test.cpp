#include "network/channels_last.hpp"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>
#include <vector>

namespace regionwise::network {
namespace {

/// Everything that the loops compute from fixed random numbers.
template <class T>
std::vector<torch::Tensor> compute_all(const Activation& shape, double mean) {
  using A = Accumulator<T>;
  torch::manual_seed(4);
  const auto type = torch::CppTypeToScalarType<T>::value;
  const auto wide = torch::CppTypeToScalarType<A>::value;
  const std::vector<std::int64_t> sizes = {shape.samples, shape.pixels, shape.channels};
  const auto x = (torch::randn(sizes) + mean).to(type);
  const auto gradient = torch::randn(sizes).to(type);
  const auto scale = torch::randn({shape.channels}).to(wide);
  const auto shift = torch::randn({shape.channels}).to(wide);
  const auto weight = torch::randn({3, shape.channels}).to(wide);
  const auto logits_gradient = torch::randn({shape.samples, 3, shape.pixels}).to(wide);
  auto out = torch::empty_like(x);
  auto x_gradient = torch::empty_like(x);
  auto head_gradient = torch::empty_like(x);
  auto means = torch::empty({shape.samples, shape.channels}, wide);
  auto rates = torch::empty_like(means);
  auto scale_gradient = torch::empty_like(scale);
  auto shift_gradient = torch::empty_like(shift);
  auto logits = torch::empty_like(logits_gradient);
  auto weight_gradient = torch::empty_like(weight);
  normalise<T>(shape,
               x.template data_ptr<T>(),
               scale.template data_ptr<A>(),
               shift.template data_ptr<A>(),
               1e-5,
               0.01,
               out.template data_ptr<T>(),
               means.template data_ptr<A>(),
               rates.template data_ptr<A>());
  normalise_backward<T>(shape,
                        gradient.template data_ptr<T>(),
                        shape.channels,
                        x.template data_ptr<T>(),
                        scale.template data_ptr<A>(),
                        shift.template data_ptr<A>(),
                        means.template data_ptr<A>(),
                        rates.template data_ptr<A>(),
                        0.01,
                        x_gradient.template data_ptr<T>(),
                        scale_gradient.template data_ptr<A>(),
                        shift_gradient.template data_ptr<A>());
  project<T>(shape,
             3,
             x.template data_ptr<T>(),
             weight.template data_ptr<A>(),
             logits.template data_ptr<A>());
  project_backward<T>(shape,
                      3,
                      logits_gradient.template data_ptr<A>(),
                      x.template data_ptr<T>(),
                      weight.template data_ptr<A>(),
                      head_gradient.template data_ptr<T>(),
                      weight_gradient.template data_ptr<A>());
  return {out,
          x_gradient,
          means,
          rates,
          scale_gradient,
          shift_gradient,
          logits,
          head_gradient,
          weight_gradient};
}

template <class T>
void expect_the_same_bytes_on_two_threads() {
  const Activation shape{2, 700, 37};
  const int threads = torch::get_num_threads();
  torch::set_num_threads(1);
  const auto one = compute_all<T>(shape, 0);
  torch::set_num_threads(2);
  const auto two = compute_all<T>(shape, 0);
  torch::set_num_threads(threads);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(torch::equal(one[i], two[i])) << "result " << i;
  }
}

TEST(ChannelsLast, ThreadsDoNotChangeABit) {
  expect_the_same_bytes_on_two_threads<float>();
  expect_the_same_bytes_on_two_threads<double>();
  expect_the_same_bytes_on_two_threads<c10::BFloat16>();
}

TEST(ChannelsLast, StatisticsSurviveAMeanFarFromZero) {
  const Activation shape{1, 5000, 20};
  const auto far = compute_all<float>(shape, 1000);
  torch::manual_seed(4);
  const auto x = (torch::randn({1, 5000, 20}) + 1000).to(torch::kFloat64);
  const auto rates = 1 / (x.var(1, /*unbiased=*/false) + 1e-5).sqrt();
  EXPECT_LE((far[2] - x.mean(1)).abs().max().item<double>(), 1e-4);
  EXPECT_LE((far[3] - rates).abs().max().item<double>(), 1e-4);
}

TEST(ChannelsLast, RoundsToBfloat16AsLibTorchDoes) {
  // An identity: mean 0 and variance 1 in every channel, scaled by numbers that need rounding.
  const Activation shape{1, 2, 21};
  auto x = torch::ones({1, 2, 21}, torch::kBFloat16);
  x[0][1].fill_(-1.0);
  torch::manual_seed(6);
  const auto scale = torch::rand({21}) + 1;
  const auto shift = torch::zeros({21});
  auto out = torch::empty_like(x);
  auto mean = torch::empty({1, 21});
  auto rate = torch::empty({1, 21});
  normalise<c10::BFloat16>(shape,
                           x.data_ptr<c10::BFloat16>(),
                           scale.data_ptr<float>(),
                           shift.data_ptr<float>(),
                           0.0,
                           0.01,
                           out.data_ptr<c10::BFloat16>(),
                           mean.data_ptr<float>(),
                           rate.data_ptr<float>());
  EXPECT_TRUE(torch::equal(out[0][0], scale.to(torch::kBFloat16)));
}

TEST(ChannelsLast, WhatIsNotANumberStaysSo) {
  const Activation shape{1, 4, 17};
  auto x = torch::randn({1, 4, 17}).to(torch::kBFloat16);
  x[0][2].fill_(std::numeric_limits<float>::quiet_NaN());
  const auto ones = torch::ones({17});
  auto out = torch::empty_like(x);
  auto mean = torch::empty({1, 17});
  auto rate = torch::empty({1, 17});
  normalise<c10::BFloat16>(shape,
                           x.data_ptr<c10::BFloat16>(),
                           ones.data_ptr<float>(),
                           ones.data_ptr<float>(),
                           1e-5,
                           0.01,
                           out.data_ptr<c10::BFloat16>(),
                           mean.data_ptr<float>(),
                           rate.data_ptr<float>());
  EXPECT_TRUE(torch::isnan(out).all().item<bool>());
}

}  // namespace
}  // namespace regionwise::network
