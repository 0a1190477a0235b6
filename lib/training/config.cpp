#include "training/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/options.hpp"
#include "core/text.hpp"
#include "losses/loss.hpp"
#include "maps/map.hpp"

namespace regionwise::training {
namespace {

constexpr std::pair<Precision, const char*> kPrecisions[] = {
    {Precision::float32, "float32"},
    {Precision::float64, "float64"},
    {Precision::bfloat16, "bfloat16"},
};

Precision parse_precision(const std::string& name, const std::string& where) {
  for (const auto& [precision, known] : kPrecisions) {
    if (name == known) return precision;
  }
  throw UsageError(
      fmt::format("{}: unknown precision \"{}\" (float32, float64, bfloat16)", where, name));
}

std::string to_string(Precision precision) {
  for (const auto& [known, name] : kPrecisions) {
    if (known == precision) return name;
  }
  return {};
}

/// Fills the settings of every map into all maps of a loss, and of its terms, where they are not
/// said. What is no loss is left for make_loss to refuse.
void fill_in_map_settings(Json& loss, const Json& settings) {
  if (!loss.is_object() || !loss.contains("name")) return;
  for (const losses::LossEntry& entry : losses::all_losses()) {
    if (loss["name"] != entry.name) continue;
    for (const OptionDoc& option : entry.options) {
      const bool holds_maps = option.name == "map" || option.name == "terms";
      if (holds_maps && !loss.contains(option.name)) loss[option.name] = option.fallback;
    }
  }
  const auto is_computed = [](const Json& map) {
    return map.is_object() && map.contains("name") && map["name"] != "file";
  };
  if (loss.contains("map") && is_computed(loss["map"])) {
    Json map = settings;
    map.update(loss["map"]);
    loss["map"] = std::move(map);
  }
  if (!loss.contains("terms") || !loss["terms"].is_array()) return;
  for (Json& term : loss["terms"]) fill_in_map_settings(term, settings);
}

/// The "epochs" of "gradual": a whole number, or "all" for those of the training.
std::int64_t ramp_epochs(JsonReader gradual, std::int64_t training_epochs) {
  const Json& given = gradual.member("epochs");
  gradual.finish();
  if (given == "all") return training_epochs;
  if (given.is_number_integer() && given >= 1) return given.get<std::int64_t>();
  throw UsageError(fmt::format("{}: expected \"all\" or a whole number of at least 1, found {}",
                               gradual.place("epochs"),
                               given.dump()));
}

/// Fills the length of the ramp into every gradual sum of a loss that does not say its own.
void fill_in_ramp(Json& loss, std::int64_t epochs) {
  if (!loss.is_object()) return;
  if (loss.contains("weights") && loss["weights"].is_object()) {
    Json& weights = loss["weights"];
    if (weights.value("kind", Json()) == "gradual" && !weights.contains("epochs")) {
      weights["epochs"] = epochs;
    }
  }
  if (!loss.contains("terms") || !loss["terms"].is_array()) return;
  for (Json& term : loss["terms"]) fill_in_ramp(term, epochs);
}

/// "optimizer.learning-rate=1e-3" → merged["optimizer"]["learning-rate"] = 0.001
void apply_setting(Json& merged, const std::string& setting) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError(fmt::format("--set {}: expected KEY=VALUE", setting));
  }
  const std::string where = fmt::format("--set {}", setting.substr(0, equals));
  parse_json_or_text(setting, where);  // The key, too, is UTF-8.
  Json value = parse_json_or_text(setting.substr(equals + 1), where);
  Json* place = &merged;
  std::string key;
  std::istringstream keys(setting.substr(0, equals));
  constexpr int kMostLevels = 100;
  for (int level = 0; std::getline(keys, key, '.'); ++level) {
    if (level == kMostLevels)
      throw UsageError(fmt::format("--set {}…: more than {} levels", setting.substr(0, 60), level));
    if (place->is_null()) *place = Json::object();
    if (!place->is_object()) {
      throw UsageError(fmt::format("--set {}: \"{}\" is inside a value", setting, key));
    }
    place = &(*place)[key];
  }
  *place = std::move(value);
}

}  // namespace

void TrainingConfig::check() const {
  const auto need = [&](bool condition, const char* what) {
    if (!condition) throw UsageError(fmt::format("configuration \"{}\": {}", name, what));
  };
  need(!name.empty(), "\"name\" must not be empty");
  // The limits are those of a position of random numbers.
  need(epochs >= 1 && epochs < (1 << 24), "\"epochs\" must be 1 to 16777215");
  need(iterations_per_epoch >= 1 && iterations_per_epoch < (1LL << 32),
       "\"iterations-per-epoch\" must be 1 to 4294967295");
  need(learning_rate > 0, "\"optimizer.learning-rate\" must be positive");
  need(weight_decay >= 0, "\"optimizer.weight-decay\" must not be negative");
  need(polynomial_power >= 0, "\"optimizer.polynomial-power\" must not be negative");
  need(gradient_clip > 0, "\"optimizer.gradient-clip\" must be positive");
  need(foreground_share >= 0 && foreground_share <= 1,
       "\"sampling.foreground-share\" is in [0, 1]");
  // It stands in tables, figures and terminals, and in the programs that draw them.
  need(std::none_of(
           name.begin(),
           name.end(),
           [](char c) { return std::string_view("'\"\\`$").find(c) != std::string_view::npos; }),
       "\"name\" must not hold quotes, \\ or $");
  need(is_plain(name), "\"name\" must be UTF-8 without control characters");
  need(validate_every >= 1, "\"validation.every\" must be at least 1");
  need(validation_cases >= 0, "\"validation.cases\" must not be negative");
}

TrainingConfig parse_config(const Json& json, const std::string& where) {
  TrainingConfig config;
  JsonReader reader(json, where);
  config.name = reader.get<std::string>("name");
  config.loss = reader.member("loss");
  if (reader.has("maps")) {
    const Json& settings = reader.member("maps");
    resolve_options(maps::map_settings_docs(), settings, reader.place("maps"), {});  // checks them
    fill_in_map_settings(config.loss, settings);
  }
  config.epochs = reader.get("epochs", config.epochs);
  if (reader.has("gradual")) {
    fill_in_ramp(config.loss, ramp_epochs(reader.child("gradual"), config.epochs));
  }
  config.iterations_per_epoch = reader.get("iterations-per-epoch", config.iterations_per_epoch);
  config.precision =
      parse_precision(reader.get<std::string>("precision", to_string(config.precision)), where);
  config.deep_supervision = reader.get("deep-supervision", config.deep_supervision);
  if (reader.has("optimizer")) {
    JsonReader optimizer = reader.child("optimizer");
    config.learning_rate = optimizer.get("learning-rate", config.learning_rate);
    config.weight_decay = optimizer.get("weight-decay", config.weight_decay);
    config.polynomial_power = optimizer.get("polynomial-power", config.polynomial_power);
    config.gradient_clip = optimizer.get("gradient-clip", config.gradient_clip);
    optimizer.finish();
  }
  if (reader.has("sampling")) {
    JsonReader sampling = reader.child("sampling");
    config.foreground_share = sampling.get("foreground-share", config.foreground_share);
    sampling.finish();
  }
  if (reader.has("augmentation")) {
    config.augmentation =
        parse_augmentation(reader.member("augmentation"), reader.place("augmentation"));
  }
  if (reader.has("validation")) {
    JsonReader validation = reader.child("validation");
    config.validate_every = validation.get("every", config.validate_every);
    config.validation_cases = validation.get("cases", config.validation_cases);
    config.validation_mirroring = validation.get("mirroring", config.validation_mirroring);
    config.validation_hausdorff = validation.get("hausdorff", config.validation_hausdorff);
    validation.finish();
  }
  if (reader.has("failure")) {
    config.failure =
        reporting::parse_failure_rule(reader.member("failure"), reader.place("failure"));
  }
  if (reader.has("plan")) config.plan = reader.member("plan");
  reader.finish();
  config.check();
  return config;
}

Json to_json(const TrainingConfig& config) {
  return {{"name", config.name},
          {"loss", config.loss},
          {"epochs", config.epochs},
          {"iterations-per-epoch", config.iterations_per_epoch},
          {"precision", to_string(config.precision)},
          {"deep-supervision", config.deep_supervision},
          {"optimizer",
           {{"learning-rate", config.learning_rate},
            {"weight-decay", config.weight_decay},
            {"polynomial-power", config.polynomial_power},
            {"gradient-clip", config.gradient_clip}}},
          {"sampling", {{"foreground-share", config.foreground_share}}},
          {"augmentation", to_json(config.augmentation)},
          {"validation",
           {{"every", config.validate_every},
            {"cases", config.validation_cases},
            {"mirroring", config.validation_mirroring},
            {"hausdorff", config.validation_hausdorff}}},
          {"failure", reporting::to_json(config.failure)},
          {"plan", config.plan}};
}

TrainingConfig read_config(const std::vector<std::filesystem::path>& files,
                           const std::vector<std::string>& settings) {
  Json merged = Json::object();
  std::vector<std::string> names;
  for (const auto& file : files) {
    merge_json(merged, read_json(file));
    names.push_back(file.string());
  }
  for (const std::string& setting : settings) apply_setting(merged, setting);
  if (!settings.empty()) names.emplace_back("--set");
  return parse_config(merged, fmt::format("{}", fmt::join(names, "+")));
}

planning::Plan planned(const Json& dataset_plan,
                       const TrainingConfig& config,
                       const std::string& where) {
  // The images are what prepare-data made of them, and new ones are treated alike.
  for (const char* key : planning::kImageFields) {
    if (!config.plan.contains(key)) continue;
    if (dataset_plan.contains(key) && dataset_plan.at(key) == config.plan.at(key)) continue;
    throw UsageError(
        fmt::format("{}:plan.{}: shapes the images: set it with prepare-data --plan", where, key));
  }
  Json plan = dataset_plan;
  merge_json(plan, config.plan);
  return planning::parse_plan(plan, where + ":plan");
}

bool validation_is_due(const TrainingConfig& config, std::int64_t epochs_done) {
  return epochs_done == config.epochs || epochs_done % config.validate_every == 0;
}

double polynomial_learning_rate(double initial,
                                std::int64_t epoch,
                                std::int64_t epochs,
                                double power) {
  return initial * std::pow(1.0 - static_cast<double>(epoch) / static_cast<double>(epochs), power);
}

}  // namespace regionwise::training
