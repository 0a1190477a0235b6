#include "losses/loss.hpp"
#include "losses/map_source.hpp"

namespace regionwise::losses {
namespace {

class RegionWise : public Loss {
 public:
  explicit RegionWise(MapSource source) : source_(std::move(source)) {
    set_resolved({{"map", source_.resolved()}});
  }

  /// The value is negative for maps that are; the gap to the map's attainable minimum, where each
  /// pixel is wholly in its class of least value, is ≥ 0 and 0 there.
  LossValue operator()(const LossInput& input) const override {
    const auto z = source_.map_of(input);
    const auto total = (input.logits.softmax(1) * z).mean();
    const auto minimum = z.amin(1).mean() / z.size(1);
    return {total,
            {{"region-wise", total.detach()}, {"region-wise gap", total.detach() - minimum}}};
  }

  bool stays_on_device() const override { return source_.stays_on_device(); }

 private:
  MapSource source_;
};

}  // namespace

LossEntry loss_region_wise() {
  return {.name = "region-wise",
          .citation = "Valverde and Tohka, Eq. 1; map \"boundary\": Kervadec et al. 2019",
          .formula = "mean_{b,k,i} p z",
          .options = {map_option()},
          .make = [](const Json& options, const std::string& where) {
            const std::string place = JsonReader(options, where).place("map");
            return std::make_unique<RegionWise>(MapSource(options["map"], place));
          }};
}

}  // namespace regionwise::losses
