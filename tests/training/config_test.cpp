#include "training/config.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.hpp"
#include "storage/hdf5.hpp"
#include "support/golden.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::training {
namespace {

const Json kSmallest = {{"name", "x"}, {"loss", {{"name", "dice"}}}};

std::string config_refusal(const Json& changes) {
  Json json = kSmallest;
  merge_json(json, changes);
  try {
    parse_config(json, "c.json");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TrainingConfig, DefaultsAreTheReferences) {
  const TrainingConfig config = parse_config(kSmallest, "c.json");
  EXPECT_EQ(config.epochs, 300);
  EXPECT_EQ(config.iterations_per_epoch, 250);
  EXPECT_EQ(config.learning_rate, 1e-4);
  EXPECT_EQ(config.weight_decay, 3e-5);
  EXPECT_EQ(config.gradient_clip, 12);
}

TEST(TrainingConfig, SurvivesTheWayThroughJson) {
  TrainingConfig config = parse_config(kSmallest, "c.json");
  config.precision = Precision::bfloat16;
  config.validate_every = 7;
  config.augmentation.blur.probability = 0.7;
  config.foreground_share = 0.5;
  const Json json = to_json(config);
  EXPECT_EQ(json["augmentation"]["blur"]["probability"], 0.7);
  EXPECT_EQ(to_json(parse_config(json, "c.json")), json);
}

TEST(TrainingConfig, IsNamedByTextOfOneLine) {
  // Settings of another name replace all of an object: the loss comes with it.
  const auto named = [](const char* name) {
    return config_refusal({{"name", name}, {"loss", {{"name", "dice"}}}});
  };
  for (const char* name : {"a\tb", "a\nb", "\x1b[2J", "\xc2\x9b", "it's", "`x`", "$x"}) {
    EXPECT_NE(named(name).find("\"name\" must"), std::string::npos) << name;
  }
  EXPECT_EQ(named("L_{RRW} – Łódź, 2"), "accepted");
}

TEST(TrainingConfig, AugmentsAsTheReferenceUnlessToldOtherwise) {
  const auto augmentation_with = [](const Json& value) {
    Json json = kSmallest;
    if (!value.is_null()) json["augmentation"] = value;
    return to_json(parse_config(json, "c.json"))["augmentation"];
  };
  EXPECT_EQ(augmentation_with(nullptr), augmentation_with("nnunet"));
  EXPECT_EQ(augmentation_with(nullptr)["rotation"]["probability"], 0.2);
  EXPECT_EQ(augmentation_with("mirror")["rotation"]["probability"], 0);
  EXPECT_EQ(augmentation_with("mirror")["mirror"], true);
  EXPECT_EQ(augmentation_with("none")["mirror"], false);
  EXPECT_EQ(augmentation_with({{"mirror", false}})["gamma"]["probability"], 0.3);
  EXPECT_NE(config_refusal({{"augmentation", "mirrors"}}).find("c.json:augmentation: unknown"),
            std::string::npos);
  EXPECT_NE(config_refusal({{"augmentation", {{"elastic", 1}}}})
                .find("augmentation.elastic: unknown key"),
            std::string::npos);
}

TEST(TrainingConfig, RefusesWhatItDoesNotKnow) {
  EXPECT_NE(config_refusal({{"epoch", 3}}).find("c.json:epoch: unknown key"), std::string::npos);
  EXPECT_NE(config_refusal({{"optimizer", {{"lr", 3}}}}).find("c.json:optimizer.lr: unknown key"),
            std::string::npos);
  EXPECT_NE(config_refusal({{"precision", "float16"}}).find("float16"), std::string::npos);
}

TEST(TrainingConfig, RefusesValuesOutOfRange) {
  EXPECT_NE(config_refusal({{"epochs", 0}}), "accepted");
  EXPECT_NE(config_refusal({{"epochs", 3000000000}}).find("\"epochs\" must be 1 to 16777215"),
            std::string::npos);
  EXPECT_NE(config_refusal({{"epochs", 1.5}}), "accepted");
  EXPECT_NE(config_refusal({{"optimizer", {{"learning-rate", -1}}}}), "accepted");
  EXPECT_NE(config_refusal({{"sampling", {{"foreground-share", 1.2}}}}), "accepted");
  EXPECT_NE(config_refusal({{"deep-supervision", 1}}), "accepted");
}

TEST(TrainingConfig, FillsMapSettingsIntoEveryMap) {
  const Json quirks = {{"reference-quirks", true}};
  const auto loss_with = [&](const Json& loss) {
    return parse_config({{"name", "x"}, {"loss", loss}, {"maps", quirks}}, "c.json").loss;
  };
  const Json boundary = {{"name", "region-wise"}, {"map", {{"name", "boundary"}}}};
  EXPECT_EQ(loss_with(boundary)["map"]["reference-quirks"], true);
  EXPECT_EQ(loss_with({{"name", "region-wise"}})["map"]["reference-quirks"], true)
      << "a map that is left out is the default one";
  EXPECT_EQ(loss_with({{"name", "sum"}})["terms"][1]["map"]["reference-quirks"], true);
  const Json sum = loss_with({{"name", "sum"}, {"terms", {{{"name", "dice"}}, boundary}}});
  EXPECT_EQ(sum["terms"][0], (Json{{"name", "dice"}}));
  EXPECT_EQ(sum["terms"][1]["map"]["name"], "boundary");
  EXPECT_EQ(sum["terms"][1]["map"]["reference-quirks"], true);
  // What a map says itself is kept; maps of a file are as they were made.
  Json own = boundary;
  own["map"]["reference-quirks"] = false;
  EXPECT_EQ(loss_with(own)["map"]["reference-quirks"], false);
  const Json file = {{"name", "region-wise"}, {"map", {{"name", "file"}}}};
  EXPECT_EQ(loss_with(file), file);
  EXPECT_NE(
      config_refusal({{"maps", {{"reference-quirk", true}}}}).find("maps.reference-quirk: unknown"),
      std::string::npos);
  EXPECT_NE(
      config_refusal({{"maps", {{"reference-quirks", 1}}}}).find("maps.reference-quirks: expected"),
      std::string::npos);
}

TEST(TrainingConfig, FillsTheLengthOfTheRampIntoEveryGradualSum) {
  const Json gradual = {{"name", "sum"}, {"weights", {{"kind", "gradual"}}}};
  const auto ramp_of = [](const Json& loss, const Json& epochs) {
    const Json config = {
        {"name", "x"}, {"loss", loss}, {"epochs", 50}, {"gradual", {{"epochs", epochs}}}};
    return parse_config(config, "c.json").loss;
  };
  EXPECT_EQ(ramp_of(gradual, "all")["weights"]["epochs"], 50);
  EXPECT_EQ(ramp_of(gradual, 100)["weights"]["epochs"], 100);
  const Json nested = {{"name", "sum"}, {"terms", {{{"name", "dice"}}, gradual}}};
  EXPECT_EQ(ramp_of(nested, "all")["terms"][1]["weights"]["epochs"], 50);
  // What a sum says itself is kept; a sum of equal weights has no ramp.
  Json own = gradual;
  own["weights"]["epochs"] = 7;
  EXPECT_EQ(ramp_of(own, "all"), own);
  const Json equal = {{"name", "sum"}, {"weights", {{"kind", "equal"}}}};
  EXPECT_EQ(ramp_of(equal, "all"), equal);
  for (const Json& wrong : std::vector<Json>{"most", 0, 1.5}) {
    EXPECT_NE(config_refusal({{"gradual", {{"epochs", wrong}}}}).find("gradual.epochs: expected"),
              std::string::npos)
        << wrong;
  }
  EXPECT_NE(
      config_refusal({{"gradual", {{"epochs", 1}, {"floor", 0}}}}).find("gradual.floor: unknown"),
      std::string::npos);
}

/// A loss of experiments/losses as a preset and a profile make it.
TrainingConfig published(const std::string& preset,
                         const std::string& profile,
                         const std::string& loss) {
  const auto folder = regionwise::testing::source_folder() / "experiments";
  return read_config(
      {folder / "presets" / preset, folder / "profiles" / profile, folder / "losses" / loss}, {});
}

TEST(TrainingConfig, PresetsDifferAsPaperAndCodeDo) {
  const auto with = [](const std::string& preset) {
    return published(preset + ".json", "acdc17-paper.json", "boundary-dice-gradual.json");
  };
  const TrainingConfig paper = with("paper");
  const TrainingConfig authors = with("authors");
  EXPECT_EQ(paper.learning_rate, 1e-5);
  EXPECT_EQ(authors.learning_rate, 1e-4);
  EXPECT_EQ(paper.loss["weights"]["epochs"], 300);
  EXPECT_EQ(authors.loss["weights"]["epochs"], 100);
  EXPECT_EQ(paper.loss["terms"][1]["map"]["reference-quirks"], false);
  EXPECT_EQ(authors.loss["terms"][1]["map"]["reference-quirks"], true);
  // In everything else they agree.
  Json same = to_json(paper);
  same["optimizer"]["learning-rate"] = authors.learning_rate;
  same["loss"] = authors.loss;
  EXPECT_EQ(same, to_json(authors));
  EXPECT_EQ(paper.validate_every, 2);
  EXPECT_TRUE(paper.validation_mirroring);
  EXPECT_EQ(paper.epochs, 300);
  EXPECT_EQ(published("paper.json", "brats18-paper.json", "boundary-dice-gradual.json").epochs,
            100);
  const TrainingConfig kits =
      published("paper.json", "kits19-paper.json", "boundary-dice-gradual.json");
  EXPECT_EQ(kits.epochs, 100);
  EXPECT_EQ(kits.loss["weights"]["epochs"], 100);
}

TEST(TrainingConfig, LaterFilesAndSettingsWin) {
  const regionwise::testing::TemporaryFolder folder;
  const auto write = [&](const char* name, const char* text) {
    std::ofstream(folder.path() / name) << text;
    return folder.path() / name;
  };
  const auto profile =
      write("profile.json", R"({"epochs": 5, "optimizer": {"learning-rate": 0.1}})");
  const auto loss = write("loss.json", R"({"name": "d", "loss": {"name": "focal", "gamma": 1.0}})");
  const TrainingConfig config =
      read_config({profile, loss}, {"optimizer.weight-decay=0.5", "loss.gamma=3", "epochs=6"});
  EXPECT_EQ(config.epochs, 6);
  EXPECT_EQ(config.learning_rate, 0.1);
  EXPECT_EQ(config.weight_decay, 0.5);
  EXPECT_EQ(config.loss.at("gamma"), 3);
  EXPECT_THROW(read_config({profile, loss}, {"epochs"}), UsageError);
  const std::string wrong = regionwise::testing::message_of<UsageError>([&] {
    read_config({profile, loss}, {"epochs=six"});
  });
  EXPECT_NE(wrong.find("loss.json+--set:epochs: "), std::string::npos) << wrong;
  EXPECT_THROW(read_config({profile, loss}, {"epochs.x=1"}), UsageError);
}

TEST(TrainingConfig, RefusesSettingsThatJsonCannotHold) {
  EXPECT_THROW(read_config({}, {"name=\xff"}), UsageError);
  for (const char* name : {"a\nb", "a'b", "a\"b", "$(b)", "a\x1bz", "a`b`"}) {
    const Json json = {{"name", name}, {"loss", {{"name", "dice"}}}};
    EXPECT_THROW(parse_config(json, "c.json"), UsageError) << name;
  }
  EXPECT_THROW(read_config({}, {"\xff=1"}), UsageError);
  std::string deep = "a";
  for (int i = 0; i < 20000; ++i) deep += ".a";
  EXPECT_THROW(read_config({}, {deep + "=1"}), UsageError);
}

TEST(GoldenTrainingConfig, PolynomialDecayMatchesTheReference) {
  const storage::Hdf5Reader file(regionwise::testing::golden_file("misc.h5"));
  for (const Json& entry : parse_json(file.text_attribute("/", "poly_lr"), "misc.h5")) {
    EXPECT_NEAR(polynomial_learning_rate(entry.at("lr0").get<double>(),
                                         entry.at("epoch").get<std::int64_t>(),
                                         entry.at("max_epochs").get<std::int64_t>(),
                                         0.9),
                entry.at("lr").get<double>(),
                1e-12);
  }
}

TEST(Planned, RefusesFieldsThatShapeTheImages) {
  planning::Plan plan;
  plan.patch_size = {16, 16};
  plan.strides = {{2, 2}};
  plan.kernels = {{3, 3}, {3, 3}};
  plan.normalization = {"nonCT"};
  const Json dataset_plan = planning::to_json(plan);
  TrainingConfig config;
  config.plan = {{"batch_size", 7}, {"slice_kernel", "catmull-rom"}};
  EXPECT_EQ(planned(dataset_plan, config, "x").batch_size, 7);
  for (const Json& change : std::vector<Json>{{{"normalize_inside_mask", true}},
                                              {{"target_spacing_mm", {1, 2, 3}}},
                                              {{"axis_order", {1, 0, 2}}}}) {
    config.plan = change;
    EXPECT_THROW(planned(dataset_plan, config, "x"), UsageError) << change;
  }
}

}  // namespace
}  // namespace regionwise::training
