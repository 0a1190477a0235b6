#include <fmt/format.h>

#include "core/error.hpp"
#include "losses/loss.hpp"

namespace regionwise::losses {
namespace {

class CrossEntropy : public Loss {
 public:
  explicit CrossEntropy(std::vector<double> class_weights)
      : class_weights_(std::move(class_weights)) {}

  LossValue operator()(const LossInput& input) const override {
    const auto y = one_hot(input.labels, input.logits);
    const auto p = input.logits.softmax(1);
    const auto pixels = -(weigh(y) * (p + kTiny).log()).sum(1);
    const auto total = pixels.mean();
    return {total, {{"cross-entropy", total.detach()}}};
  }

 private:
  torch::Tensor weigh(const torch::Tensor& y) const {
    if (class_weights_.empty()) return y;
    const auto classes = static_cast<std::int64_t>(class_weights_.size());
    if (classes != y.size(1)) {
      throw UsageError(
          fmt::format("cross-entropy: {} class-weights for {} classes", classes, y.size(1)));
    }
    return y * class_factors(class_weights_, y);
  }

  std::vector<double> class_weights_;
};

std::vector<double> read_class_weights(const Json& options, const std::string& where) {
  std::vector<double> weights;
  for (const Json& weight : options["class-weights"]) {
    if (!weight.is_number() || weight.get<double>() < 0) {
      throw UsageError(fmt::format("{}: expected numbers of at least 0, found {}",
                                   JsonReader(options, where).place("class-weights"),
                                   weight.dump()));
    }
    weights.push_back(weight.get<double>());
  }
  return weights;
}

}  // namespace

LossEntry loss_cross_entropy() {
  return {.name = "cross-entropy",
          .citation = "class-weighted: Ronneberger et al. 2015",
          // Divided by the number of pixels, not by the sum of their weights.
          .formula = "-mean_{b,i} Σ_k w_k y log(p + 1e-15)",
          .options = {{"class-weights",
                       Json::array(),
                       "one number ≥ 0 per class, background first; [] for 1 each"}},
          .make = [](const Json& options, const std::string& where) {
            return std::make_unique<CrossEntropy>(read_class_weights(options, where));
          }};
}

}  // namespace regionwise::losses
