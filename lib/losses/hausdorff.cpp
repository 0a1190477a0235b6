#include <limits>

#include "losses/loss.hpp"
#include "losses/map_source.hpp"
#include "tensor_maps/tensor_map.hpp"

namespace regionwise::losses {
namespace {

/// Distances are those of the boundary map without its sign, so 0 for a class that is absent from,
/// or fills, the image. The prediction's are taken from its most probable classes and carry no
/// gradient.
class Hausdorff : public Loss {
 public:
  Hausdorff(maps::MapSpecification boundary, double alpha)
      : boundary_(std::move(boundary)), alpha_(alpha) {}

  LossValue operator()(const LossInput& input) const override {
    const auto p = input.logits.softmax(1);
    const auto error = (p - one_hot(input.labels, input.logits)).square();
    const auto weight = distance_power(input, input.labels) +
                        distance_power(input, input.logits.detach().argmax(1));
    const auto total = (error * weight).mean();
    return {total, {{"hausdorff", total.detach()}}};
  }

  bool stays_on_device() const override { return tensor_maps::available(boundary_); }

 private:
  torch::Tensor distance_power(const LossInput& input, const torch::Tensor& labels) const {
    return compute_map(boundary_, labels, input.logits, input.spacings_mm).abs().pow(alpha_);
  }

  maps::MapSpecification boundary_;
  double alpha_;
};

std::unique_ptr<Loss> make_hausdorff(const Json& options, const std::string& where) {
  const double alpha = number_at_least(std::numeric_limits<double>::min(), options, "alpha", where);
  const Json boundary = {
      {"name", "boundary"}, {"unit", options["unit"]}, {"dimensions", options["dimensions"]}};
  return std::make_unique<Hausdorff>(maps::MapSpecification(boundary, where), alpha);
}

}  // namespace

LossEntry loss_hausdorff() {
  return {.name = "hausdorff",
          .citation = "Karimi and Salcudean 2020, the loss by distance transforms",
          .formula = "mean_{b,k,i} (p - y)² (d_label^alpha + d_prediction^alpha)",
          .options = {{"alpha", 2.0, "exponent of the distances, > 0"},
                      {"unit", "pixel", "of the distances: pixel or mm"},
                      {"dimensions", 2, "2: each slice on its own; 3: whole volumes"}},
          .make = make_hausdorff};
}

}  // namespace regionwise::losses
