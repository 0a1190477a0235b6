#include "planning/nnunet_plans.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.hpp"
#include "planning/planner.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::planning {
namespace {

const Json kCt = {{"max", 3071.0},
                  {"mean", 99.5},
                  {"median", 101.0},
                  {"min", -1024.0},
                  {"percentile_00_5", -58.0},
                  {"percentile_99_5", 302.0},
                  {"std", 76.7}};

/// As nnU-Net v2 up to 2.2 writes it, cut down to one configuration.
Json older_plans() {
  return {{"dataset_name", "Dataset220_KiTS"},
          {"plans_name", "nnUNetPlans"},
          {"original_median_spacing_after_transp", {1.0, 0.78, 0.78}},
          {"transpose_forward", {0, 1, 2}},
          {"configurations",
           {{"2d",
             {{"data_identifier", "nnUNetPlans_2d"},
              {"batch_size", 12},
              {"patch_size", {512, 512}},
              {"spacing", {0.78, 0.78}},
              {"normalization_schemes", {"CTNormalization"}},
              {"use_mask_for_norm", {false}},
              {"UNet_class_name", "PlainConvUNet"},
              {"UNet_base_num_features", 32},
              {"unet_max_num_features", 128},
              {"n_conv_per_stage_encoder", {2, 2, 2, 2}},
              {"n_conv_per_stage_decoder", {2, 2, 2}},
              {"pool_op_kernel_sizes", {{1, 1}, {2, 2}, {2, 2}, {2, 1}}},
              {"conv_kernel_sizes", {{3, 3}, {3, 3}, {3, 3}, {3, 3}}},
              {"batch_dice", true}}}}},
          {"foreground_intensity_properties_per_channel", {{"0", kCt}}}};
}

/// As 2.3 and later write it.
Json newer_plans() {
  Json plans = older_plans();
  Json& plan = plans["configurations"]["2d"];
  plan["architecture"] = {
      {"network_class_name", "dynamic_network_architectures.architectures.unet.PlainConvUNet"},
      {"arch_kwargs",
       {{"n_stages", 4},
        {"features_per_stage", {32, 64, 128, 128}},
        {"kernel_sizes", plan["conv_kernel_sizes"]},
        {"strides", plan["pool_op_kernel_sizes"]},
        {"n_conv_per_stage", {2, 2, 2, 2}},
        {"n_conv_per_stage_decoder", {2, 2, 2}}}}};
  for (const char* key : {"UNet_base_num_features",
                          "unet_max_num_features",
                          "pool_op_kernel_sizes",
                          "conv_kernel_sizes",
                          "n_conv_per_stage_encoder"}) {
    plan.erase(key);
  }
  return plans;
}

TEST(NnunetPlans, GiveTheSamePlanInBothLayouts) {
  const PlanOverrides overrides = overrides_of_nnunet_plans(older_plans(), "plans.json");
  EXPECT_EQ(overrides.fields, overrides_of_nnunet_plans(newer_plans(), "plans.json").fields);
  const Json older = resolved(overrides, {}, "plans.json");
  Fingerprint fingerprint;
  fingerprint.shapes = {{100, 512, 512}, {80, 512, 512}};
  fingerprint.spacings_mm = {{3, 0.8, 0.8}, {1, 0.7, 0.7}};
  fingerprint.size_reductions = {1, 1};
  fingerprint.modalities = {"CT"};
  const Plan plan = make_plan(fingerprint, older, "plans.json");
  EXPECT_EQ(plan.patch_size, (std::array<std::int64_t, 2>{512, 512}));
  EXPECT_EQ(plan.batch_size, 12);
  ASSERT_EQ(plan.strides.size(), 3U);
  EXPECT_EQ(plan.strides[2], (std::array<std::int64_t, 2>{2, 1}));
  EXPECT_EQ(plan.kernels.size(), 4U);
  EXPECT_EQ(plan.max_features, 128);
  EXPECT_EQ(plan.target_spacing_mm[1], 0.78);
  EXPECT_EQ(plan.normalization, (std::vector<std::string>{"CT"}));
  EXPECT_EQ(plan.intensities.at(0).sd, 76.7);
  EXPECT_EQ(plan.intensities.at(0).percentile_99_5, 302);
}

/// Of a file whose voxel axes x, y, z run along these axes of the world (0: x, to the right).
storage::Orientation stored_along(std::array<std::size_t, 3> world_axis) {
  storage::ImageGeometry geometry;
  for (std::size_t i = 0; i < 3; ++i) geometry.world_from_voxel[world_axis[i]][i] = -1;
  return storage::orientation_of(geometry);
}

TEST(NnunetPlans, CountTheAxesOfFilesAsStored) {
  Json plans = older_plans();
  plans["transpose_forward"] = {2, 0, 1};
  const PlanOverrides given = overrides_of_nnunet_plans(plans, "plans.json");
  const auto axis_order = [&](const PlanOverrides& overrides, const storage::Orientation& stored) {
    const std::pair<std::filesystem::path, storage::Orientation> one{"a.nii.gz", stored};
    return resolved(overrides, {&one, 1}, "plans.json").at("axis_order").get<std::array<int, 3>>();
  };
  EXPECT_EQ(axis_order(given, stored_along({0, 1, 2})), (std::array<int, 3>{2, 0, 1}));
  // As KiTS19 is stored: x of the file runs along the body. The file's array axes 2, 0, 1 (x, z, y)
  // are then the canonical axes z, x, y.
  EXPECT_EQ(axis_order(given, stored_along({2, 1, 0})), (std::array<int, 3>{0, 2, 1}));
  plans["image_reader_writer"] = "NibabelIOWithReorient";
  EXPECT_EQ(axis_order(overrides_of_nnunet_plans(plans, "plans.json"), stored_along({2, 1, 0})),
            (std::array<int, 3>{2, 0, 1}));
}

TEST(NnunetPlans, DoNotFitFilesStoredAlongDifferentAxes) {
  const PlanOverrides given = overrides_of_nnunet_plans(older_plans(), "plans.json");
  using Case = std::pair<std::filesystem::path, storage::Orientation>;
  const std::vector<Case> cases{{"a.nii", stored_along({0, 1, 2})},
                                {"b.nii", stored_along({1, 0, 2})}};
  const std::string message =
      testing::message_of<DataError>([&] { resolved(given, cases, "plans.json"); });
  EXPECT_NE(message.find("plans.json: transpose_forward"), std::string::npos) << message;
  EXPECT_NE(message.find("a.nii and b.nii"), std::string::npos) << message;
}

TEST(NnunetPlans, AreToldFromFieldsOfAPlan) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "plans.json") << newer_plans();
  EXPECT_EQ(read_plan_overrides(folder / "plans.json").fields.at("batch_size"), 12);
  std::ofstream(folder / "mine.json") << R"({"batch_size": 5})";
  EXPECT_EQ(read_plan_overrides(folder / "mine.json").fields, (Json{{"batch_size", 5}}));
  std::ofstream(folder / "list.json") << "[1]";
  EXPECT_THROW(read_plan_overrides(folder / "list.json"), UsageError);
}

TEST(NnunetPlans, RefuseWhatThisNetworkHasNot) {
  const auto refused = [](auto&& change, const char* part) {
    Json plans = older_plans();
    change(plans, plans["configurations"]["2d"]);
    const std::string message =
        testing::message_of<UsageError>([&] { overrides_of_nnunet_plans(plans, "plans.json"); });
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  refused(
      [](Json&, Json& plan) {
        plan["n_conv_per_stage_encoder"] = {2, 2, 3, 2};
      },
      "two convolutions");
  refused(
      [](Json&, Json& plan) {
        plan["n_conv_per_stage_decoder"] = {2, 1, 2};
      },
      "two convolutions");
  refused([](Json&, Json& plan) { plan["n_conv_per_stage_decoder"] = {2, 2}; }, "stages");
  refused([](Json&, Json& plan) { plan["UNet_class_name"] = "ResidualEncoderUNet"; },
          "2d:UNet_class_name: \"ResidualEncoderUNet\" is not supported (known: PlainConvUNet)");
  refused([](Json&, Json& plan) { plan["resampling_fn_data"] = "resample_torch"; },
          "resampling_fn_data");
  refused([](Json&, Json& plan) { plan["use_mask_for_norm"] = Json::array(); },
          "use_mask_for_norm: holds 0 values, but there are 1 schemes");
  refused([](Json&, Json& plan) { plan["inherits_from"] = "2d"; }, "leads back to 2d");
  refused([](Json&, Json& plan) { plan["inherits_from"] = "3d"; }, "\"3d\" is missing");
  refused([](Json&, Json& plan) { plan["normalization_schemes"] = {"RescaleTo01Normalization"}; },
          "not supported");
  refused([](Json&, Json& plan) { plan["conv_kernel_sizes"] = {{3, 3}}; }, "stages");
  refused([](Json&, Json& plan) { plan.erase("batch_size"); }, "\"batch_size\" is missing");
  refused([](Json& plans, Json&) { plans["configurations"].erase("2d"); }, "\"2d\" is missing");
  refused([](Json&, Json& plan) { plan["patch_size"] = "large"; }, "unexpected value");
  refused([](Json& plans, Json&) { plans["transpose_forward"] = {0.5, 1, 2}; }, "unexpected value");
  refused([](Json& plans, Json&) { plans["transpose_forward"] = {0, 1, 1}; }, "once each");
}

TEST(NnunetPlans, RefuseLayersOfAnotherKind) {
  const auto refused = [](const char* key, const Json& value) {
    Json plans = newer_plans();
    Json& architecture = plans["configurations"]["2d"]["architecture"];
    (key == std::string("network_class_name") ? architecture : architecture["arch_kwargs"])[key] =
        value;
    const std::string message =
        testing::message_of<UsageError>([&] { overrides_of_nnunet_plans(plans, "plans.json"); });
    EXPECT_NE(message.find(std::string(key) + ": " + value.dump() + " is not supported"),
              std::string::npos)
        << message;
  };
  refused("network_class_name", "architectures.unet.ResidualEncoderUNet");
  refused("conv_op", "torch.nn.modules.conv.Conv3d");
  refused("conv_bias", false);
  refused("norm_op", "torch.nn.modules.batchnorm.BatchNorm2d");
  refused("dropout_op", "torch.nn.modules.dropout.Dropout2d");
  refused("nonlin", "torch.nn.ReLU");
}

TEST(NnunetPlans, FillInWhatAConfigurationInherits) {
  Json plans = older_plans();
  Json& all = plans["configurations"];
  all["base"] = all["2d"];
  all["middle"] = {{"inherits_from", "base"}, {"batch_size", 9}, {"patch_size", {256, 256}}};
  all["2d"] = {{"inherits_from", "middle"}, {"batch_size", 7}};
  const Json fields = overrides_of_nnunet_plans(plans, "plans.json").fields;
  EXPECT_EQ(fields.at("batch_size"), 7);
  EXPECT_EQ(fields.at("patch_size"), Json({256, 256}));
  EXPECT_EQ(fields.at("base_features"), 32);
}

}  // namespace
}  // namespace regionwise::planning
