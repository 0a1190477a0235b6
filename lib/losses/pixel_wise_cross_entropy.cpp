#include "core/error.hpp"
#include "losses/loss.hpp"
#include "losses/map_source.hpp"

namespace regionwise::losses {
namespace {

/// Only the true class's value of the map acts, as the paper says of this loss. For the built-in
/// maps that value is ≤ 0 (how deep the pixel lies inside its class), and the formula as printed
/// would reward wrong predictions without bound.
// Differs from the paper (§3.2): |z| instead of z. A given map of non-negative weights is
// unaffected.
class PixelWiseCrossEntropy : public Loss {
 public:
  explicit PixelWiseCrossEntropy(MapSource source) : source_(std::move(source)) {
    set_resolved({{"map", source_.resolved()}});
  }

  LossValue operator()(const LossInput& input) const override {
    const auto y = one_hot(input.labels, input.logits);
    const auto weight = source_.map_of(input).abs() * y;
    const auto p = input.logits.softmax(1);
    const auto total = -(weight * (p + kTiny).log()).sum(1).mean();
    return {total, {{"pixel-wise-cross-entropy", total.detach()}}};
  }

  bool stays_on_device() const override { return source_.stays_on_device(); }

 private:
  MapSource source_;
};

std::unique_ptr<Loss> make_pixel_wise_cross_entropy(const Json& options, const std::string& where) {
  const std::string place = JsonReader(options, where).place("map");
  MapSource source(options["map"], place);
  if (source.resolved()["name"] == "active-contour") {
    throw UsageError(place +
                     ": active-contour is 0 at every true class, and so would be this loss");
  }
  return std::make_unique<PixelWiseCrossEntropy>(std::move(source));
}

}  // namespace

LossEntry loss_pixel_wise_cross_entropy() {
  return {.name = "pixel-wise-cross-entropy",
          .citation = "Valverde and Tohka, §3.2 (L_PWCE); Ronneberger et al. 2015",
          .formula = "-mean_{b,i} Σ_k |z| y log(p + 1e-15)",
          .options = {map_option()},
          .make = make_pixel_wise_cross_entropy};
}

}  // namespace regionwise::losses
