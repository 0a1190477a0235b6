#include "losses/loss.hpp"

namespace regionwise::losses {
namespace {

/// Keeps the quotient finite where a class has neither pixels nor probability.
constexpr double kSmoothing = 1e-6;

class Dice : public Loss {
 public:
  /// A class that is absent from a sample contributes 1 to the mean and no gradient: its false
  /// positives are free, as in the reference.
  LossValue operator()(const LossInput& input) const override {
    const auto y = one_hot(input.labels, input.logits).flatten(2);
    const auto p = input.logits.softmax(1).flatten(2);
    const auto overlap = 2 * (p * y).sum(2);
    const auto total = 1 - (overlap / ((p + y).sum(2) + kSmoothing)).mean();
    return {total, {{"dice", total.detach()}}};
  }
};

}  // namespace

LossEntry loss_dice() {
  return {.name = "dice",
          .citation = "Milletari et al. 2016, as in the published region-wise loss code",
          .formula = "1 - mean_{b,k} [ 2 Σ_i p y / (Σ_i (p + y) + 1e-6) ], background included",
          .options = {},
          .make = [](const Json&, const std::string&) { return std::make_unique<Dice>(); }};
}

}  // namespace regionwise::losses
