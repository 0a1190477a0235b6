#include "training/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "core/error.hpp"
#include "core/json.hpp"
#include "support/golden.hpp"
#include "training/small_dataset.hpp"

namespace regionwise::training {
namespace {

using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_small_dataset;

const auto unnoted = [](const std::string&) {};

class SamplerTest : public ::testing::Test {
 protected:
  SamplerTest() : path_(folder_.path() / "squares.h5") {
    write_small_dataset(path_);
    dataset_ = std::make_shared<const storage::DatasetReader>(path_);
  }
  Sampler sampler(double foreground, std::uint64_t seed = 1) const {
    return {dataset_, nullptr, {read_, {16, 16}, 3, foreground}, seed};
  }
  DrawnPatch draw(const Sampler& from, const SamplePosition& position) const {
    return from.draw(position, unnoted);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_;
  std::shared_ptr<const storage::DatasetReader> dataset_;
  Shape2 read_{16, 16};
};

TEST_F(SamplerTest, DrawsAreAFunctionOfSeedAndPosition) {
  const Sampler a = sampler(0.33);
  const auto image = [&](const Sampler& from, const SamplePosition& position) {
    return draw(from, position).sample.image;
  };
  const auto first = image(a, {3, 7, 1});
  image(a, {0, 0, 0});
  EXPECT_EQ(first, image(a, {3, 7, 1}));
  EXPECT_NE(first, image(a, {3, 7, 0}));
  EXPECT_NE(first, image(a, {3, 8, 1}));
  EXPECT_NE(first, image(a, {4, 7, 1}));
  EXPECT_NE(first, image(sampler(0.33, 2), {3, 7, 1}));
}

TEST_F(SamplerTest, UsesTrainingCasesAndAllTheirSlices) {
  std::set<std::pair<std::size_t, std::int64_t>> seen;
  const Sampler a = sampler(0);
  for (std::int64_t i = 0; i < 300; ++i) {
    const PatchOrigin origin = draw(a, {0, i, 0}).origin;
    EXPECT_EQ(dataset_->cases()[origin.case_index].split, "train");
    seen.insert({origin.case_index, origin.slice});
  }
  EXPECT_EQ(seen.size(), 6U);  // 2 cases × 3 slices
}

TEST_F(SamplerTest, SaysWhatItReads) {
  std::string noted;
  const Sampler a = sampler(0);
  const DrawnPatch drawn = a.draw({0, 0, 0}, [&](std::string text) { noted = std::move(text); });
  EXPECT_EQ(noted, a.describe(drawn.origin));
  EXPECT_EQ(noted,
            dataset_->cases()[drawn.origin.case_index].id + " slice " +
                std::to_string(drawn.origin.slice));
}

TEST_F(SamplerTest, ForcedSamplesHoldForegroundOfEveryClass) {
  const Sampler a = sampler(0.33);
  EXPECT_EQ(first_forced_sample(3, 0.33), 2);
  for (const Shape2 read : {Shape2{16, 16}, Shape2{24, 24}}) {
    read_ = read;
    std::map<Label, int> at_the_middle;
    for (std::int64_t i = 0; i < 60; ++i) {
      const DrawnPatch drawn = draw(sampler(0.33), {0, i, 2});
      EXPECT_LT(drawn.origin.slice, 2) << "the last slice has no foreground";
      const auto& label = drawn.sample.label;
      EXPECT_GT(std::count_if(label.begin(), label.end(), [](Label l) { return l > 0; }), 0);
      ++at_the_middle[label[static_cast<std::size_t>(read.height / 2 * read.width +
                                                     read.width / 2)]];
    }
    // The pixel drawn lies in the middle, where the image's border does not forbid it.
    EXPECT_GT(at_the_middle[1], 5);
    EXPECT_GT(at_the_middle[2], 5);
  }
}

TEST_F(SamplerTest, ImageAndLabelStayTogether) {
  const Sampler a = sampler(0.5);
  for (std::int64_t i = 0; i < 90; ++i) {
    const TrainingSample sample = draw(a, {0, i / 3, i % 3}).sample;
    for (const auto& [label, sign] : {std::pair{Label{1}, 1.0}, std::pair{Label{2}, -1.0}}) {
      double sum = 0;
      double count = 0;
      for (std::size_t p = 0; p < sample.label.size(); ++p) {
        if (sample.label[p] != label) continue;
        sum += sample.image[p];
        ++count;
      }
      if (count > 0) {
        EXPECT_GT(sign * sum / count, 1.0);
      }
    }
  }
}

TEST_F(SamplerTest, PadsWherePatchesReachBeyondTheSlice) {
  read_ = {40, 40};  // the slice of 20 × 18 lies whole inside
  for (std::int64_t sample = 0; sample < 3; ++sample) {
    const TrainingSample padded = draw(sampler(0), {0, 0, sample}).sample;
    std::size_t outside = 0;
    for (std::size_t p = 0; p < padded.label.size(); ++p) {
      if (padded.label[p] != -1) continue;
      ++outside;
      EXPECT_EQ(padded.image[p], 0.0F);
    }
    EXPECT_EQ(outside, 40U * 40U - 20U * 18U);
  }
}

TEST_F(SamplerTest, ReadsMoreThanAPatchWhereItIsRotatedOrScaled) {
  planning::Plan plan;
  plan.patch_size = {56, 40};
  plan.batch_size = 4;
  const SamplerOptions plain = sampler_options(plan, parse_augmentation("mirror", "test"), 0.2);
  EXPECT_EQ(plain.read, (Shape2{56, 40}));
  EXPECT_EQ(plain.batch_size, 4);
  EXPECT_EQ(plain.foreground_share, 0.2);
  const SamplerOptions rotated = sampler_options(plan, AugmentationConfig(), 0.33);
  EXPECT_EQ(rotated.read, (Shape2{65, 65}));  // spec §4.3
  EXPECT_EQ(rotated.patch, (Shape2{56, 40}));
  plan.patch_size = {128, 32};
  AugmentationConfig quarter_turn;
  quarter_turn.rotation.degrees = 90;
  EXPECT_EQ(sampler_options(plan, quarter_turn, 0.33).read, (Shape2{150, 150}));
}

TEST_F(SamplerTest, ErrorsNameCaseAndSlice) {
  const Sampler a = sampler(0);
  std::filesystem::resize_file(path_, 800);  // as a disk that fails while training
  try {
    draw(a, {0, 0, 0});
    FAIL() << "read from a file that is no longer there";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("case"), 0U) << error.what();
    EXPECT_NE(std::string(error.what()).find(" slice "), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("squares.h5: cannot be read: the file is cut short"),
              std::string::npos)
        << error.what();
  }
}

TEST(Sampler, CornerRangesOfTheSpecification) {
  // No spare loader: from 0 to size − patch.
  EXPECT_EQ(corner_range(100, 40, 40).low, 0);
  EXPECT_EQ(corner_range(100, 40, 40).high, 60);
  // A slice smaller than the patch lies anywhere inside it.
  EXPECT_EQ(corner_range(30, 40, 40).low, -5);
  EXPECT_EQ(corner_range(30, 40, 40).high, -5);
  EXPECT_EQ(corner_range(31, 40, 40).low, -5);
  EXPECT_EQ(corner_range(31, 40, 40).high, -4);
}

TEST(GoldenSampler, ForcedIndexAndCornerRangesMatchTheReference) {
  const storage::Hdf5Reader file(regionwise::testing::golden_file("misc.h5"));
  const Json forced =
      parse_json(file.text_attribute("/", "oversample_first_forced_index"), "misc.h5");
  for (const auto& [batch_size, first] : forced.items()) {
    EXPECT_EQ(first_forced_sample(std::stoll(batch_size), 0.33), first.get<std::int64_t>())
        << batch_size;
  }
  int fresh = 0;
  for (const Json& entry : parse_json(file.text_attribute("/", "loader_bounds"), "misc.h5")) {
    if (entry.at("mode") != "fresh") continue;  // the other mode is a defect of the reference
    ++fresh;
    for (std::size_t axis : {0U, 1U}) {
      const CornerRange range = corner_range(entry.at("slice_shape")[axis].get<std::int64_t>(),
                                             entry.at("loader_patch")[axis].get<std::int64_t>(),
                                             entry.at("final_patch")[axis].get<std::int64_t>());
      const Json& expected = entry.at("lower_corner_range")[axis];
      EXPECT_EQ(range.low, expected[0].get<std::int64_t>());
      EXPECT_EQ(range.high, expected[1].get<std::int64_t>());
    }
  }
  EXPECT_GT(fresh, 0);
}

}  // namespace
}  // namespace regionwise::training
