#include <limits>

#include "losses/loss.hpp"

namespace regionwise::losses {
namespace {

struct ActiveContourOptions {
  double lambda;
  double length_weight;
  double epsilon;
};

/// The square of the forward difference along one axis, 0 at the last pixel.
torch::Tensor squared_difference(const torch::Tensor& u, std::int64_t axis) {
  const auto last = u.narrow(axis, u.size(axis) - 1, 1);
  return u.diff(1, axis, /*prepend=*/{}, /*append=*/last).square();
}

/// The mean total variation of the foreground probabilities: the mean over samples, classes ≥ 1 and
/// pixels of sqrt(Σ_axes (forward difference)² + epsilon), in 1/pixel. Times the number of pixels
/// it is the length of a binary mask's contour, or the area of its surface.
torch::Tensor mean_length(const torch::Tensor& p, double epsilon) {
  const auto foreground = p.narrow(1, 1, p.size(1) - 1);
  auto squared_norm = squared_difference(foreground, 2);
  for (std::int64_t axis = 3; axis < p.dim(); ++axis) {
    squared_norm = squared_norm + squared_difference(foreground, axis);
  }
  return (squared_norm + epsilon).sqrt().mean();
}

class ActiveContour : public Loss {
 public:
  explicit ActiveContour(ActiveContourOptions options) : options_(options) {}

  // Differs from Chen et al.: means instead of sums, so that lambda does not depend on the image's
  // size, and any number of classes.
  LossValue operator()(const LossInput& input) const override {
    const auto p = input.logits.softmax(1);
    const auto length = mean_length(p, options_.epsilon);
    const auto region = (p * (1 - one_hot(input.labels, input.logits))).mean();
    const auto total = options_.length_weight * length + options_.lambda * region;
    return {total,
            {{"active-contour", total.detach()},
             {"active-contour length", length.detach()},
             {"active-contour region", region.detach()}}};
  }

 private:
  ActiveContourOptions options_;
};

std::unique_ptr<Loss> make_active_contour(const Json& options, const std::string& where) {
  // sqrt has no finite slope at 0.
  const double smallest = std::numeric_limits<float>::min();
  return std::make_unique<ActiveContour>(
      ActiveContourOptions{number_at_least(0, options, "lambda", where),
                           number_at_least(0, options, "length-weight", where),
                           number_at_least(smallest, options, "epsilon", where)});
}

}  // namespace

LossEntry loss_active_contour() {
  return {
      .name = "active-contour",
      .citation = "Chen et al. 2019; as region-wise loss: Valverde and Tohka, §3.2",
      .formula =
          "length-weight mean_{b,k≥1,i} sqrt(|∇p|² + epsilon) + lambda mean_{b,k,i} p (1 - y)",
      .options = {{"lambda", 1.0, "weight of the region term, ≥ 0"},
                  {"length-weight", 1.0, "weight of the length term, ≥ 0"},
                  {"epsilon", 1e-8, "smooths the length where the probabilities are flat, > 0"}},
      .make = make_active_contour};
}

}  // namespace regionwise::losses
