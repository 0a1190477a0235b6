#include "planning/nnunet_plans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace regionwise::planning {
namespace {

using Pairs = std::vector<std::vector<std::int64_t>>;

/// Reads the members of other programs' JSON, where keys that are not needed are no error.
class Lookup {
 public:
  Lookup(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {}

  bool has(const std::string& key) const { return json_->is_object() && json_->contains(key); }

  const Json& at(const std::string& key) const {
    if (!has(key)) throw UsageError(fmt::format("{}: \"{}\" is missing", where_, key));
    return json_->at(key);
  }

  template <class T>
  T get(const std::string& key) const {
    if (auto value = json_as<T>(at(key))) return *std::move(value);
    throw UsageError(fmt::format("{}:{}: unexpected value {}", where_, key, at(key).dump()));
  }

  Lookup child(const std::string& key) const { return {at(key), where_ + ":" + key}; }
  const std::string& where() const { return where_; }

 private:
  const Json* json_;
  std::string where_;
};

struct Architecture {
  Pairs strides;  ///< One per stage; the first is 1, 1.
  Pairs kernels;  ///< One per stage.
  std::vector<std::int64_t> features;
  std::vector<std::int64_t> convolutions;          ///< One per stage.
  std::vector<std::int64_t> decoder_convolutions;  ///< One per stage but the last.
};

/// What a key names must end so; a key that is missing has nnU-Net's default, which is ours.
void expect_kind(const Lookup& lookup, const char* key, std::string_view kind) {
  if (!lookup.has(key)) return;
  const Json& found = lookup.at(key);
  if (found.is_string() && found.get<std::string>().ends_with(kind)) return;
  throw UsageError(fmt::format(
      "{}:{}: {} is not supported (known: {})", lookup.where(), key, found.dump(), kind));
}

void expect_value(const Lookup& lookup, const char* key, const Json& value) {
  if (!lookup.has(key) || lookup.at(key) == value) return;
  throw UsageError(fmt::format("{}:{}: {} is not supported (known: {})",
                               lookup.where(),
                               key,
                               lookup.at(key).dump(),
                               value.dump()));
}

/// The layout since 2.3.
Architecture of_architecture(const Lookup& network) {
  expect_kind(network, "network_class_name", "PlainConvUNet");
  const Lookup arch = network.child("arch_kwargs");
  expect_kind(arch, "conv_op", "Conv2d");
  expect_value(arch, "conv_bias", true);
  expect_kind(arch, "norm_op", "InstanceNorm2d");
  expect_value(arch, "dropout_op", nullptr);
  expect_kind(arch, "nonlin", "LeakyReLU");
  return {arch.get<Pairs>("strides"),
          arch.get<Pairs>("kernel_sizes"),
          arch.get<std::vector<std::int64_t>>("features_per_stage"),
          arch.get<std::vector<std::int64_t>>("n_conv_per_stage"),
          arch.get<std::vector<std::int64_t>>("n_conv_per_stage_decoder")};
}

/// The layout before.
Architecture of_unet_keys(const Lookup& plan) {
  expect_kind(plan, "UNet_class_name", "PlainConvUNet");
  Architecture result{plan.get<Pairs>("pool_op_kernel_sizes"),
                      plan.get<Pairs>("conv_kernel_sizes"),
                      {},
                      plan.get<std::vector<std::int64_t>>("n_conv_per_stage_encoder"),
                      plan.get<std::vector<std::int64_t>>("n_conv_per_stage_decoder")};
  const auto base = plan.get<std::int64_t>("UNet_base_num_features");
  const auto cap = plan.get<std::int64_t>("unet_max_num_features");
  for (std::size_t stage = 0; stage < result.strides.size(); ++stage) {
    result.features.push_back(std::min(base << std::min<std::size_t>(stage, 30), cap));
  }
  return result;
}

void check(const Architecture& a, const std::string& where) {
  const auto fail = [&](const std::string& what) { throw UsageError(where + ": " + what); };
  const std::size_t stages = a.strides.size();
  if (stages < 2 || a.kernels.size() != stages || a.features.size() != stages ||
      a.convolutions.size() != stages || a.decoder_convolutions.size() != stages - 1) {
    fail(
        "strides, kernels, widths and convolutions must be of as many stages, at least 2, and the "
        "decoder's convolutions of one less");
  }
  for (const Pairs* pairs : {&a.strides, &a.kernels}) {
    for (const auto& pair : *pairs) {
      if (pair.size() != 2) fail("strides and kernels must hold two numbers: is it the 2d plan?");
    }
  }
  if (a.strides.front() != std::vector<std::int64_t>{1, 1}) fail("the first stride must be 1, 1");
  const std::int64_t base = a.features.front();
  const std::int64_t cap = a.features.back();
  for (std::size_t stage = 0; stage < stages; ++stage) {
    if (a.features[stage] != std::min(base << std::min<std::size_t>(stage, 30), cap)) {
      fail("widths must double from stage to stage up to a limit");
    }
  }
  for (const auto* convolutions : {&a.convolutions, &a.decoder_convolutions}) {
    for (const std::int64_t count : *convolutions) {
      if (count != 2) fail("this network has two convolutions a stage");
    }
  }
}

std::string scheme_of(const std::string& name, const std::string& where) {
  if (name == "CTNormalization") return "CT";
  if (name == "ZScoreNormalization") return "nonCT";
  throw UsageError(fmt::format(
      "{}: {} is not supported (known: ZScoreNormalization, CTNormalization)", where, name));
}

/// nnU-Net's foreground_intensity_properties_per_channel as our statistics.
Json intensities_of(const Lookup& properties, std::size_t channels) {
  Json result = Json::array();
  for (std::size_t c = 0; c < channels; ++c) {
    const Lookup one = properties.child(std::to_string(c));
    result.push_back({{"mean", one.get<double>("mean")},
                      {"sd", one.get<double>("std")},
                      {"median", one.get<double>("median")},
                      {"minimum", one.get<double>("min")},
                      {"maximum", one.get<double>("max")},
                      {"percentile_00_5", one.get<double>("percentile_00_5")},
                      {"percentile_99_5", one.get<double>("percentile_99_5")}});
  }
  return result;
}

/// The configuration of a name, with what it inherits filled in.
Json configuration_of(const Lookup& configurations, const std::string& name) {
  const Lookup own = configurations.child(name);
  Json result = configurations.at(name);
  std::set<std::string> seen{name};
  for (Lookup last = own; last.has("inherits_from");) {
    const auto parent = last.get<std::string>("inherits_from");
    if (!seen.insert(parent).second) {
      throw UsageError(own.where() + ":inherits_from: leads back to " + parent);
    }
    last = configurations.child(parent);
    Json inherited = configurations.at(parent);
    inherited.update(result);
    result = std::move(inherited);
  }
  return result;
}

/// Readers named so turn arrays to RAS+ first; all others take the axes as stored.
bool reads_canonical(const Lookup& file) {
  return file.has("image_reader_writer") &&
         file.get<std::string>("image_reader_writer").ends_with("WithReorient");
}

std::array<int, 3> transposition_of(const Lookup& file) {
  const auto order = file.get<std::array<int, 3>>("transpose_forward");
  auto axes = order;
  std::sort(axes.begin(), axes.end());
  if (axes != std::array<int, 3>{0, 1, 2}) {
    throw UsageError(file.where() + ":transpose_forward: must hold 0, 1 and 2 once each");
  }
  return order;
}

/// The canonical axes that are these stored axes.
std::array<int, 3> canonical_axes(const std::array<int, 3>& stored,
                                  const storage::Orientation& orientation) {
  std::array<int, 3> result{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& source = orientation.source_axis;
    result[i] =
        static_cast<int>(std::find(source.begin(), source.end(), stored[i]) - source.begin());
  }
  return result;
}

}  // namespace

bool is_nnunet_plans(const Json& json) {
  return json.is_object() && json.contains("configurations") && json.contains("plans_name");
}

PlanOverrides overrides_of_nnunet_plans(const Json& plans, const std::string& where) {
  const Lookup file(plans, where);
  const Json configuration = configuration_of(file.child("configurations"), "2d");
  const Lookup plan(configuration, where + ":configurations:2d");
  const Architecture network =
      plan.has("architecture") ? of_architecture(plan.child("architecture")) : of_unet_keys(plan);
  check(network, plan.where());
  for (const char* key :
       {"resampling_fn_data", "resampling_fn_seg", "resampling_fn_probabilities"}) {
    expect_value(plan, key, "resample_data_or_seg_to_shape");
  }
  const auto schemes = plan.get<std::vector<std::string>>("normalization_schemes");
  const auto masks = plan.get<std::vector<bool>>("use_mask_for_norm");
  if (masks.size() != schemes.size()) {
    throw UsageError(fmt::format("{}:use_mask_for_norm: holds {} values, but there are {} schemes",
                                 plan.where(),
                                 masks.size(),
                                 schemes.size()));
  }
  if (std::adjacent_find(masks.begin(), masks.end(), std::not_equal_to<>()) != masks.end()) {
    throw UsageError(plan.where() + ":use_mask_for_norm: must be the same for all channels");
  }
  Json overrides = {
      {"target_spacing_mm", plan.get<std::vector<double>>("spacing")},
      {"patch_size", plan.get<std::vector<std::int64_t>>("patch_size")},
      {"batch_size", plan.get<std::int64_t>("batch_size")},
      {"strides", Pairs(network.strides.begin() + 1, network.strides.end())},
      {"kernels", network.kernels},
      {"base_features", network.features.front()},
      {"max_features", network.features.back()},
      {"normalize_inside_mask", !masks.empty() && masks.front()},
  };
  bool any_ct = false;
  for (const std::string& scheme : schemes) {
    overrides["normalization"].push_back(scheme_of(scheme, plan.where()));
    any_ct = any_ct || overrides["normalization"].back() == "CT";
  }
  if (any_ct) {
    overrides["intensities"] =
        intensities_of(file.child("foreground_intensity_properties_per_channel"), schemes.size());
  }
  PlanOverrides result{std::move(overrides), std::nullopt, {}};
  const std::array<int, 3> transposition = transposition_of(file);
  if (reads_canonical(file)) {
    result.fields["axis_order"] = transposition;
  } else {
    result.stored_axis_order = transposition;
  }
  return result;
}

PlanOverrides read_plan_overrides(const std::filesystem::path& path) {
  auto [json, hash] = read_json_and_hash(path);
  if (!json.is_object())
    throw UsageError(path.string() + ": expected fields of a plan as an object");
  PlanOverrides result;
  if (is_nnunet_plans(json)) {
    result = overrides_of_nnunet_plans(json, path.string());
  } else {
    result.fields = std::move(json);
  }
  result.hash = std::move(hash);
  return result;
}

Json resolved(const PlanOverrides& overrides,
              std::span<const std::pair<std::filesystem::path, storage::Orientation>> orientations,
              const std::string& where) {
  Json fields = overrides.fields;
  if (!overrides.stored_axis_order) return fields;
  const storage::Orientation first =
      orientations.empty() ? storage::Orientation{} : orientations.front().second;
  const std::array<int, 3> order = canonical_axes(*overrides.stored_axis_order, first);
  for (const auto& [file, orientation] : orientations) {
    if (canonical_axes(*overrides.stored_axis_order, orientation) == order) continue;
    throw DataError(
        fmt::format("{}: transpose_forward counts the axes of the files as stored, but {} and {} "
                    "are stored along "
                    "different axes; bring the images to one orientation",
                    where,
                    orientations.front().first.string(),
                    file.string()));
  }
  fields["axis_order"] = order;
  return fields;
}

}  // namespace regionwise::planning
