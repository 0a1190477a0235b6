#include "losses/loss.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "examples.hpp"

namespace regionwise::testing {
namespace {

using losses::all_losses;
using losses::Loss;
using losses::LossEntry;
using losses::LossInput;
using losses::make_loss;

std::unique_ptr<Loss> make_default(const LossEntry& entry) {
  return make_loss({{"name", entry.name}}, "test");
}

/// Pushes the most probable class away from the others, so that a small step changes no argmax.
torch::Tensor without_near_ties(const torch::Tensor& logits) {
  return logits + 0.1 * losses::one_hot(logits.argmax(1), logits);
}

torch::Tensor central_differences(const Loss& loss, LossInput input) {
  constexpr double kStep = 1e-5;
  const torch::Tensor logits = input.logits.contiguous();
  torch::Tensor gradient = torch::zeros_like(logits);
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    const auto moved = [&](double step) {
      input.logits = logits.clone();
      input.logits.view(-1)[i] += step;
      return value_of(loss, input);
    };
    gradient.view(-1)[i] = (moved(kStep) - moved(-kStep)) / (2 * kStep);
  }
  return gradient;
}

class EveryLoss : public ::testing::TestWithParam<LossEntry> {
 protected:
  const std::unique_ptr<Loss> loss_ = make_default(GetParam());
};

TEST_P(EveryLoss, GradientAgreesWithFiniteDifferences) {
  const std::vector<Sizes> spaces = {{6, 7}, {4, 5, 3}};
  for (const Sizes& space : spaces) {
    const torch::Tensor labels = nested_boxes(2, 3, space);
    const LossInput input = input_of(without_near_ties(random_logits(labels, 3, 1)), labels);
    const torch::Tensor gradient = gradient_of(*loss_, input);
    EXPECT_GT(largest(gradient), 0);
    EXPECT_LT(largest(gradient - central_differences(*loss_, input)), 1e-6 * largest(gradient));
  }
}

TEST_P(EveryLoss, IsLeastForAPerfectPrediction) {
  const torch::Tensor labels = nested_boxes(2, 4, {16, 18});
  const double perfect = value_of(*loss_, input_of(perfect_logits(labels, 4), labels));
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    EXPECT_LT(perfect, value_of(*loss_, input_of(random_logits(labels, 4, seed), labels)));
  }
  const torch::Tensor permuted = perfect_logits((labels + 1) % 4, 4);
  EXPECT_LT(perfect, value_of(*loss_, input_of(permuted, labels)));
}

TEST_P(EveryLoss, IsFiniteWhereClassesAreEmptyOrFull) {
  for (const std::int64_t classes : {2, 3, 16}) {
    for (std::int64_t k = 0; k < classes; ++k) {
      const torch::Tensor labels = torch::full({2, 5, 4}, k, torch::kInt64);
      const LossInput input = input_of(random_logits(labels, classes, 2), labels);
      EXPECT_TRUE(std::isfinite(value_of(*loss_, input))) << classes << " classes, all " << k;
      EXPECT_TRUE(gradient_of(*loss_, input).isfinite().all().item<bool>());
    }
  }
}

TEST_P(EveryLoss, IsFiniteForExtremeLogits) {
  const torch::Tensor labels = nested_boxes(1, 3, {8, 8});
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    for (const double scale : {1e4, -1e4}) {
      const torch::Tensor logits = (scale * losses::one_hot(labels, random_logits(labels, 3, 0)));
      const LossInput input = input_of(logits.to(type), labels);
      EXPECT_TRUE(std::isfinite(value_of(*loss_, input)));
      EXPECT_TRUE(gradient_of(*loss_, input).isfinite().all().item<bool>());
    }
  }
}

TEST_P(EveryLoss, TakesASliceForAVolumeOfDepthOne) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  const torch::Tensor logits = random_logits(labels, 3, 3);
  const double slice = value_of(*loss_, input_of(logits, labels));
  const double volume = value_of(*loss_, input_of(logits.unsqueeze(2), labels.unsqueeze(1)));
  EXPECT_NEAR(slice, volume, 1e-14 * std::abs(slice));
}

TEST_P(EveryLoss, IsTheMeanOverSamples) {
  const torch::Tensor one = nested_boxes(1, 3, {8, 9});
  const torch::Tensor other = (nested_boxes(1, 2, {8, 9}) * 2);
  const torch::Tensor labels = torch::cat({one, other});
  const torch::Tensor logits = random_logits(labels, 3, 4);
  const double mean = 0.5 * (value_of(*loss_, input_of(logits.narrow(0, 0, 1), one)) +
                             value_of(*loss_, input_of(logits.narrow(0, 1, 1), other)));
  EXPECT_NEAR(value_of(*loss_, input_of(logits, labels)), mean, 1e-13 * std::abs(mean));
}

TEST_P(EveryLoss, AgreesInSingleAndDoublePrecision) {
  const torch::Tensor labels = nested_boxes(2, 4, {12, 11});
  const torch::Tensor logits = random_logits(labels, 4, 5, torch::kFloat32);
  const LossInput single = input_of(logits, labels);
  const LossInput exact = input_of(logits.to(torch::kFloat64), labels);
  EXPECT_EQ((*loss_)(single).total.scalar_type(), torch::kFloat32);
  EXPECT_NEAR(value_of(*loss_, single), value_of(*loss_, exact), 1e-5);
  const torch::Tensor gradient = gradient_of(*loss_, exact);
  EXPECT_LT(largest(gradient_of(*loss_, single) - gradient), 1e-5 * largest(gradient));
}

TEST_P(EveryLoss, DoesNotDependOnTheMemoryLayout) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  const torch::Tensor logits = random_logits(labels, 3, 6);
  const LossInput turned = input_of(logits.contiguous(torch::MemoryFormat::ChannelsLast),
                                    labels.transpose(1, 2).contiguous().transpose(1, 2));
  EXPECT_NEAR(value_of(*loss_, turned), value_of(*loss_, input_of(logits, labels)), 1e-13);
}

TEST_P(EveryLoss, ReportsDetachedScalars) {
  const torch::Tensor labels = nested_boxes(1, 3, {8, 9});
  const auto value = (*loss_)(input_of(random_logits(labels, 3, 7).requires_grad_(), labels));
  EXPECT_EQ(value.total.dim(), 0);
  EXPECT_TRUE(value.total.requires_grad());
  EXPECT_FALSE(value.terms.empty());
  for (const auto& [name, term] : value.terms) {
    EXPECT_EQ(term.dim(), 0) << name;
    EXPECT_FALSE(term.requires_grad()) << name;
  }
}

TEST_P(EveryLoss, RefusesAnUnknownOptionNamingTheKnownOnes) {
  const std::string message = usage_error_of({{"name", GetParam().name}, {"no-such", 1}});
  EXPECT_PRED2(holds, message, "x.json:loss.no-such");
  for (const OptionDoc& option : GetParam().options) {
    EXPECT_PRED2(holds, message, option.name);
  }
}

TEST_P(EveryLoss, RefusesAnOptionOfAnotherType) {
  for (const OptionDoc& option : GetParam().options) {
    const std::string message =
        usage_error_of({{"name", GetParam().name}, {option.name, "of no such type"}});
    EXPECT_PRED2(holds, message, option.name);
  }
}

TEST_P(EveryLoss, ResolvesToADescriptionOfItself) {
  const Json& resolved = loss_->resolved();
  EXPECT_EQ(resolved.at("name"), GetParam().name);
  for (const OptionDoc& option : GetParam().options) EXPECT_TRUE(resolved.contains(option.name));
  EXPECT_EQ(make_loss(resolved, "test")->resolved(), resolved);
}

TEST_P(EveryLoss, IsDocumented) {
  EXPECT_FALSE(GetParam().citation.empty());
  EXPECT_FALSE(GetParam().formula.empty());
}

TEST_P(EveryLoss, RefusesLabelsThatDoNotFitTheLogits) {
  const torch::Tensor labels = nested_boxes(1, 3, {8, 9});
  const torch::Tensor logits = random_logits(labels, 3, 8);
  EXPECT_THROW((*loss_)(input_of(logits, labels.transpose(1, 2))), DataError);
  EXPECT_THROW((*loss_)(input_of(logits, labels.unsqueeze(1))), DataError);
  EXPECT_THROW((*loss_)(input_of(logits, labels + 1)), DataError);
  EXPECT_THROW((*loss_)(input_of(logits, labels - 1)), DataError);
  EXPECT_THROW((*loss_)(input_of(logits, labels + 256)), DataError);
}

INSTANTIATE_TEST_SUITE_P(Index,
                         EveryLoss,
                         ::testing::ValuesIn(all_losses()),
                         [](const ::testing::TestParamInfo<LossEntry>& info) {
                           std::string name = info.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(GpuLosses, AgreeWithTheCpu) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
  const torch::Tensor labels = nested_boxes(2, 4, {32, 30});
  const torch::Tensor logits = random_logits(labels, 4, 9);
  for (const LossEntry& entry : all_losses()) {
    const std::unique_ptr<Loss> loss = make_default(entry);
    const LossInput cpu = input_of(logits, labels);
    const LossInput gpu = input_of(logits.to(torch::kCUDA), labels.to(torch::kCUDA));
    EXPECT_NEAR(value_of(*loss, gpu), value_of(*loss, cpu), 1e-12) << entry.name;
    const torch::Tensor difference = gradient_of(*loss, gpu).cpu() - gradient_of(*loss, cpu);
    EXPECT_LT(largest(difference), 1e-13) << entry.name;
  }
}

TEST(LossIndex, IsSortedAndHoldsTheLossesOfThePaper) {
  std::vector<std::string> names;
  for (const LossEntry& entry : all_losses()) names.push_back(entry.name);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const char* name : {"cross-entropy", "dice", "focal", "region-wise", "sum"}) {
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  }
}

TEST(LossIndex, NamesTheKnownLossesWhereOneIsUnknown) {
  const std::string message = usage_error_of({{"name", "dise"}});
  EXPECT_PRED2(holds, message, "x.json:loss.name: unknown loss \"dise\"");
  EXPECT_PRED2(holds, message, "cross-entropy, dice, focal");
}

TEST(LossIndex, RefusesADescriptionThatIsNotAnObjectWithAName) {
  EXPECT_PRED2(holds, usage_error_of("dice"), "expected a JSON object");
  EXPECT_PRED2(holds, usage_error_of(Json::object()), "x.json:loss.name: missing");
  EXPECT_PRED2(holds, usage_error_of({{"name", 3}}), "x.json:loss.name");
}

TEST(Alpha, IsNotANumberForALossThatIsNoGradualSum) {
  EXPECT_TRUE(std::isnan(make_loss({{"name", "dice"}}, "test")->alpha(3)));
}

TEST(OneHot, HasAOneAtTheLabel) {
  const torch::Tensor labels = nested_boxes(1, 3, {6, 6});
  const torch::Tensor one_hot =
      losses::one_hot(labels, random_logits(labels, 3, 0, torch::kFloat32));
  EXPECT_EQ(one_hot.scalar_type(), torch::kFloat32);
  EXPECT_TRUE(one_hot.argmax(1).equal(labels));
  EXPECT_TRUE(one_hot.sum(1).eq(1).all().item<bool>());
}

}  // namespace
}  // namespace regionwise::testing
