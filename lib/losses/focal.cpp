#include "losses/loss.hpp"

namespace regionwise::losses {
namespace {

class Focal : public Loss {
 public:
  explicit Focal(double gamma) : gamma_(gamma) {}

  LossValue operator()(const LossInput& input) const override {
    const auto y = one_hot(input.labels, input.logits);
    const auto p = input.logits.softmax(1);
    const auto modulation = (1 - p + kTiny).pow(gamma_);
    const auto total = -(modulation * y * (p + kTiny).log()).sum(1).mean();
    return {total, {{"focal", total.detach()}}};
  }

 private:
  double gamma_;
};

}  // namespace

LossEntry loss_focal() {
  return {.name = "focal",
          .citation = "Lin et al. 2017, not alpha-balanced",
          .formula = "-mean_{b,i} Σ_k (1 - p + 1e-15)^gamma y log(p + 1e-15)",
          .options = {{"gamma", 2.0, "how strongly well-classified pixels are discounted, ≥ 0"}},
          .make = [](const Json& options, const std::string& where) {
            return std::make_unique<Focal>(number_at_least(0, options, "gamma", where));
          }};
}

}  // namespace regionwise::losses
