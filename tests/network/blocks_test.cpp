#include "network/blocks.hpp"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/utils.h>

#include <functional>
#include <tuple>

#include "network/compat.hpp"

namespace regionwise::network {
namespace {

using torch::Tensor;
using Block = std::function<Tensor(const std::vector<Tensor>& inputs)>;

/// A block's value and the gradients of all its inputs, for a fixed random gradient of the value.
std::vector<Tensor> value_and_gradients(const Block& block,
                                        const std::vector<Tensor>& inputs,
                                        torch::ScalarType type) {
  std::vector<Tensor> leaves;
  for (const Tensor& input : inputs) {
    leaves.push_back(input.detach().to(type).clone().requires_grad_());
  }
  const Tensor value = block(leaves);
  torch::manual_seed(5);
  const Tensor direction = torch::randn(value.sizes(), torch::kFloat64).to(value.scalar_type());
  std::vector<Tensor> results = torch::autograd::grad({value}, leaves, {direction});
  results.insert(results.begin(), value.detach());
  return results;
}

double largest_error(const Tensor& found, const Tensor& expected) {
  const Tensor error = (found.to(torch::kFloat64) - expected.to(torch::kFloat64)).abs().max();
  return error.item<double>() / std::max(1.0, expected.abs().max().item<double>());
}

void expect_close(const std::vector<Tensor>& found,
                  const std::vector<Tensor>& expected,
                  double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].sizes(), expected[i].sizes());
    EXPECT_LE(largest_error(found[i], expected[i]), tolerance) << "result " << i;
  }
}

/// Rounding to bfloat16 moves a few values across the bend of the LeakyReLU, so their errors are
/// judged together.
double root_mean_square_error(const Tensor& found, const Tensor& expected) {
  const Tensor error = found.to(torch::kFloat64) - expected;
  return (error.square().mean() / expected.square().mean().clamp_min(1e-30)).sqrt().item<double>();
}

/// Fast against plain: exactly in float64, to rounding in float32; in bfloat16 both have errors,
/// and those of the fast one, which rounds once more, are of the same size.
void expect_equal(const Block& fast, const Block& plain, const std::vector<Tensor>& inputs) {
  const auto expected = value_and_gradients(plain, inputs, torch::kFloat64);
  expect_close(value_and_gradients(fast, inputs, torch::kFloat64), expected, 1e-12);
  expect_close(value_and_gradients(fast, inputs, torch::kFloat32), expected, 1e-5);
  const AutocastGuard autocast(true, torch::kCPU);
  const auto half = value_and_gradients(fast, inputs, torch::kFloat32);
  const auto plain_half = value_and_gradients(plain, inputs, torch::kFloat32);
  for (std::size_t i = 0; i < half.size(); ++i) {
    if (expected[i].abs().max().item<double>() < 1e-9) {
      EXPECT_LT(half[i].abs().max().item<double>(), 1e-9) << "result " << i;
      continue;
    }
    EXPECT_LE(root_mean_square_error(half[i], expected[i]),
              1.5 * root_mean_square_error(plain_half[i], expected[i]) + 0.005)
        << "result " << i;
  }
}

Tensor normal(at::IntArrayRef sizes) {
  return torch::randn(sizes, torch::kFloat64);
}

struct UnitCase {
  std::vector<std::int64_t> x;
  std::int64_t out;
  std::array<std::int64_t, 2> kernel;
  std::array<std::int64_t, 2> stride;
};

TEST(Blocks, AUnitEqualsTheOperatorsItJoins) {
  // Channels that fill vectors and that do not; more rows than a block of rows has.
  const std::vector<UnitCase> cases = {{{2, 3, 8, 6}, 5, {3, 3}, {1, 1}},
                                       {{1, 1, 40, 36}, 32, {3, 3}, {1, 1}},
                                       {{2, 16, 12, 10}, 71, {3, 1}, {2, 1}},
                                       {{1, 9, 70, 66}, 64, {1, 3}, {2, 2}}};
  for (const UnitCase& unit_case : cases) {
    torch::manual_seed(7);
    const std::int64_t in = unit_case.x[1];
    const double deviation = 1 / std::sqrt(static_cast<double>(9 * in));
    const std::vector<Tensor> inputs = {
        normal(unit_case.x) + 2,
        normal({unit_case.out, in, unit_case.kernel[0], unit_case.kernel[1]}) * deviation,
        normal({unit_case.out}),
        normal({unit_case.out}) * 0.3 + 1,
        normal({unit_case.out}) * 0.3};
    const auto with = [&](const auto& function) -> Block {
      return [&unit_case, &function](const std::vector<Tensor>& in_order) {
        return function(in_order[0],
                        UnitParameters{in_order[1], in_order[2], in_order[3], in_order[4]},
                        unit_case.stride);
      };
    };
    expect_equal(with(unit), with(plain_unit), inputs);
  }
}

TEST(Blocks, AUnitTakesTheGradientOfAPartOfItsConsumersChannels) {
  torch::manual_seed(8);
  const std::vector<Tensor> inputs = {
      normal({2, 4, 6, 8}), normal({8, 4, 3, 3}), normal({8}), normal({8}), normal({8})};
  const auto with = [](const auto& function) -> Block {
    return [&function](const std::vector<Tensor>& in_order) {
      const UnitParameters parameters{in_order[1], in_order[2], in_order[3], in_order[4]};
      const Tensor part = function(in_order[0], parameters, {1, 1}).narrow(1, 2, 3);
      return part * part;
    };
  };
  expect_close(value_and_gradients(with(unit), inputs, torch::kFloat64),
               value_and_gradients(with(plain_unit), inputs, torch::kFloat64),
               1e-12);
}

TEST(Blocks, AConstantChannelBecomesItsShift) {
  const Tensor x = torch::full({1, 1, 5, 5}, 3.0);
  const UnitParameters parameters{
      torch::ones({1, 1, 1, 1}), torch::zeros({1}), torch::ones({1}), torch::full({1}, -2.0)};
  EXPECT_TRUE(torch::allclose(unit(x, parameters, {1, 1}), torch::full({1, 1, 5, 5}, -0.02)));
}

TEST(Blocks, ATransposedConvolutionEqualsTheOperatorsItJoins) {
  for (const auto& [stride, channels, out, passed] :
       {std::tuple{std::array<std::int64_t, 2>{2, 2}, 6, 5, 3},
        std::tuple{std::array<std::int64_t, 2>{2, 1}, 32, 16, 16},
        std::tuple{std::array<std::int64_t, 2>{1, 3}, 4, 4, 4}}) {
    torch::manual_seed(9);
    const double deviation = 1 / std::sqrt(static_cast<double>(channels));
    const std::vector<Tensor> inputs = {normal({2, channels, 5, 4}),
                                        normal({channels, out, stride[0], stride[1]}) * deviation,
                                        normal({2, passed, 5 * stride[0], 4 * stride[1]})};
    const auto with = [](const auto& function) -> Block {
      return [&function](const std::vector<Tensor>& in_order) {
        return function(in_order[0], in_order[1], in_order[2]);
      };
    };
    expect_equal(with(up_and_join), with(plain_up_and_join), inputs);
  }
}

TEST(Blocks, AHeadEqualsTheConvolution) {
  for (const auto& [channels, classes] : {std::pair{32, 3}, std::pair{7, 2}, std::pair{84, 4}}) {
    torch::manual_seed(10);
    const std::vector<Tensor> inputs = {normal({3, channels, 20, 18}),
                                        normal({classes, channels, 1, 1})};
    const auto with = [](const auto& function) -> Block {
      return [&function](const std::vector<Tensor>& in_order) {
        return function(in_order[0], in_order[1]);
      };
    };
    expect_equal(with(head), with(plain_head), inputs);
  }
}

TEST(Blocks, AutocastKeepsActivationsInItsTypeAndLogitsInTheWeights) {
  const AutocastGuard autocast(true, torch::kCPU);
  const Tensor x = torch::randn({1, 2, 4, 4});
  const UnitParameters parameters{
      torch::randn({4, 2, 3, 3}), torch::zeros({4}), torch::ones({4}), torch::zeros({4})};
  const Tensor out = unit(x, parameters, {1, 1});
  EXPECT_EQ(out.scalar_type(), torch::kBFloat16);
  EXPECT_EQ(head(out, torch::randn({3, 4, 1, 1})).scalar_type(), torch::kFloat32);
}

}  // namespace
}  // namespace regionwise::network
