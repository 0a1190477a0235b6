#include "training/augmentation_config.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "geometry/kernel_name.hpp"

namespace regionwise::training {
namespace {

using Step = AugmentationConfig::Step;

/// A step with its name in JSON and what its range may hold.
struct NamedStep {
  const char* name;
  Step AugmentationConfig::*step;
  double least;
  double most;
  bool around_one;   ///< The range must hold 1.
  bool per_channel;  ///< Has a "channel-probability".
};

constexpr NamedStep kSteps[] = {
    {"scaling", &AugmentationConfig::scaling, 0.1, 10, true, false},
    {"noise", &AugmentationConfig::noise, 0, 1e6, false, false},
    {"blur", &AugmentationConfig::blur, 0.1, 100, false, true},
    {"brightness", &AugmentationConfig::brightness, 0, 1e6, false, false},
    {"contrast", &AugmentationConfig::contrast, 0, 1e6, true, false},
    {"low-resolution", &AugmentationConfig::low_resolution, 0.01, 1, false, true},
    {"gamma-inverted", &AugmentationConfig::gamma_inverted, 0.01, 100, true, false},
    {"gamma", &AugmentationConfig::gamma, 0.01, 100, true, false},
};

void parse_step(JsonReader& reader, const NamedStep& named, AugmentationConfig& config) {
  if (!reader.has(named.name)) return;
  JsonReader values = reader.child(named.name);
  Step& step = config.*named.step;
  step.probability = values.get("probability", step.probability);
  if (values.has("range")) {
    const Json& range = values.member("range");
    if (!range.is_array() || range.size() != 2 || !range[0].is_number() || !range[1].is_number()) {
      throw UsageError(values.place("range") + ": expected two numbers, [low, high]");
    }
    step.range = {range[0].get<double>(), range[1].get<double>()};
  }
  if (named.per_channel) {
    step.channel_probability = values.get("channel-probability", step.channel_probability);
  }
  if (named.step == &AugmentationConfig::low_resolution && values.has("kernel")) {
    config.low_resolution_kernel =
        geometry::parse_cubic_kernel(values.get<std::string>("kernel"), values.place("kernel"));
  }
  values.finish();
}

AugmentationConfig parse_name(const std::string& name, const std::string& where) {
  if (name == "nnunet") return {};
  AugmentationConfig config = AugmentationConfig::none();
  config.mirror = name == "mirror";
  if (config.mirror || name == "none") return config;
  throw UsageError(fmt::format(
      "{}: unknown augmentation \"{}\" (nnunet, mirror, none, or an object)", where, name));
}

void check_step(const NamedStep& named, const Step& step, const std::string& where) {
  const auto need = [&](bool condition, const std::string& what) {
    if (!condition) throw UsageError(fmt::format("{}.{}: {}", where, named.name, what));
  };
  const auto [low, high] = step.range;
  need(step.probability >= 0 && step.probability <= 1, "\"probability\" is in [0, 1]");
  need(step.channel_probability >= 0 && step.channel_probability <= 1,
       "\"channel-probability\" is in [0, 1]");
  need(low >= named.least && high <= named.most && low <= high,
       fmt::format("\"range\" goes upwards within [{}, {}]", named.least, named.most));
  need(!named.around_one || (low <= 1 && high >= 1), "\"range\" must hold 1");
}

}  // namespace

AugmentationConfig AugmentationConfig::none() {
  AugmentationConfig config;
  config.rotation.probability = 0;
  for (const NamedStep& named : kSteps) (config.*named.step).probability = 0;
  config.mirror = false;
  return config;
}

void AugmentationConfig::check(const std::string& where, bool precomputed_maps) const {
  if (!(rotation.probability >= 0 && rotation.probability <= 1)) {
    throw UsageError(where + ".rotation: \"probability\" is in [0, 1]");
  }
  if (!(rotation.degrees >= 0 && rotation.degrees <= 180)) {
    throw UsageError(where + ".rotation: \"degrees\" is in [0, 180], 0: by the patch's shape");
  }
  for (const NamedStep& named : kSteps) check_step(named, this->*named.step, where);
  if (precomputed_maps && any_spatial()) {
    throw UsageError(where +
                     ": rotation and scaling would falsify precomputed maps; compute the maps "
                     "during training or set both probabilities to 0");
  }
}

AugmentationConfig parse_augmentation(const Json& json, const std::string& where) {
  if (json.is_string()) return parse_name(json.get<std::string>(), where);
  AugmentationConfig config;
  JsonReader reader(json, where);
  if (reader.has("rotation")) {
    JsonReader rotation = reader.child("rotation");
    config.rotation.probability = rotation.get("probability", config.rotation.probability);
    config.rotation.degrees = rotation.get("degrees", config.rotation.degrees);
    rotation.finish();
  }
  for (const NamedStep& named : kSteps) parse_step(reader, named, config);
  config.mirror = reader.get("mirror", config.mirror);
  reader.finish();
  config.check(where, false);
  return config;
}

Json to_json(const AugmentationConfig& config) {
  Json json = {
      {"rotation",
       {{"probability", config.rotation.probability}, {"degrees", config.rotation.degrees}}}};
  for (const NamedStep& named : kSteps) {
    const Step& step = config.*named.step;
    Json& values = json[named.name];
    values = {{"probability", step.probability},
              {"range", Json::array({step.range.low, step.range.high})}};
    if (named.per_channel) values["channel-probability"] = step.channel_probability;
  }
  json["low-resolution"]["kernel"] = geometry::to_string(config.low_resolution_kernel);
  json["mirror"] = config.mirror;
  return json;
}

}  // namespace regionwise::training
