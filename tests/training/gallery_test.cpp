#include "training/gallery.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "core/error.hpp"
#include "training/loader.hpp"
#include "training/small_dataset.hpp"

namespace regionwise::training {
namespace {

using storage::Rgb;

constexpr Rgb kOrange{230, 159, 0};    // class 1
constexpr Rgb kSkyBlue{86, 180, 233};  // class 2
constexpr Rgb kRed{178, 24, 43};
constexpr Rgb kBlue{33, 102, 172};
constexpr Rgb kZero{247, 247, 247};

class GalleryTest : public ::testing::Test {
 protected:
  GalleryTest() {
    const auto path = folder_.path() / "squares.h5";
    regionwise::testing::write_small_dataset(path);
    const auto dataset = std::make_shared<const storage::DatasetReader>(path);
    const auto plan = planning::parse_plan(dataset->info().plan, "plan");
    sampler_ = std::make_unique<Sampler>(dataset, nullptr, sampler_options(plan, none_, 0.33), 1);
  }
  Gallery draw(const char* map, std::int64_t count) const {
    const maps::MapSpecification specification(Json{{"name", map}}, "map");
    return draw_gallery(*sampler_, none_, {}, specification, {.count = count});
  }
  /// The colours of a row's tile.
  static std::set<Rgb> colours(const Gallery& gallery, std::int64_t row, std::int64_t column) {
    const auto find = [&](auto matches) {
      return *std::find_if(gallery.captions.begin(), gallery.captions.end(), matches);
    };
    const auto side = find([&](const auto& c) { return c.row == row && c.column == 0; });
    const auto title = find([&](const auto& c) { return c.row == 0 && c.column == column; });
    std::set<Rgb> seen;
    for (std::int64_t y = side.y - 104; y < side.y + 104; ++y) {  // 13 × 16 pixels
      for (std::int64_t x = title.x - 104; x < title.x + 104; ++x) {
        seen.insert(gallery.sheet.at(y, x));
      }
    }
    return seen;
  }

  regionwise::testing::TemporaryFolder folder_;
  AugmentationConfig none_ = AugmentationConfig::none();
  std::unique_ptr<Sampler> sampler_;
};

TEST_F(GalleryTest, ShowsTheFirstSamplesOfATraining) {
  const Gallery gallery = draw("rectified", 5);
  for (std::int64_t i = 0; i < 5; ++i) {
    const auto expected = sampler_->describe(
        sampler_->draw({0, i / 3, i % 3}, [](const std::string&) {}).origin);  // batches of 3
    const auto found = std::find_if(gallery.captions.begin(),
                                    gallery.captions.end(),
                                    [&](const auto& c) { return c.row == i + 1 && c.column == 0; });
    EXPECT_EQ(found->text, expected);
  }
  EXPECT_EQ(gallery.captions[4].text, "rectified map, dark");
}

TEST_F(GalleryTest, ShowsImagesInGreyAndClassesInTheirColours) {
  const Gallery gallery = draw("rectified", 3);  // the third is forced to hold foreground
  for (const std::int64_t column : {1, 2}) {
    for (const Rgb& colour : colours(gallery, 3, column)) {
      EXPECT_TRUE(colour[0] == colour[1] && colour[1] == colour[2]);
    }
  }
  const auto classes = colours(gallery, 3, 3);
  EXPECT_TRUE(classes.contains(kOrange) || classes.contains(kSkyBlue));
}

TEST_F(GalleryTest, ShowsMapsBlueBelowZeroAndRedAbove) {
  const Gallery rectified = draw("rectified", 12);
  const Gallery boundary = draw("boundary", 12);
  int absent = 0;
  for (std::int64_t row = 1; row <= 12; ++row) {
    const bool holds_class = colours(rectified, row, 3).contains(kOrange);
    const auto map = colours(rectified, row, 4);
    EXPECT_TRUE(map.contains(kRed)) << "+1 outside";
    EXPECT_EQ(map.contains(kBlue), holds_class) << "-1 in the middle of the class";
    if (holds_class) continue;
    ++absent;
    EXPECT_EQ(map, std::set<Rgb>{kRed});
    EXPECT_EQ(colours(boundary, row, 4), std::set<Rgb>{kZero});
  }
  EXPECT_GT(absent, 0);
  EXPECT_LT(absent, 12);
}

TEST_F(GalleryTest, DrawsNoMapThatIsNotFinite) {
  const maps::MapSpecification map(Json{{"name", "hausdorff"}, {"alpha", 1000}}, "map");
  const std::string message = regionwise::testing::message_of<DataError>(
      [&] { draw_gallery(*sampler_, none_, {}, map, {.count = 12}); });
  for (const char* part :
       {"squares.h5: ", " slice ", ": the map {", "inf for class ", " at voxel (0, "}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST_F(GalleryTest, TellsWhatAugmentationDrewForEachRow) {
  AugmentationConfig brighter = AugmentationConfig::none();
  brighter.brightness = {1, {1.5, 1.5}};
  const maps::MapSpecification map(Json{{"name", "rectified"}}, "map");
  const Gallery gallery = draw_gallery(*sampler_, brighter, {}, map, {.count = 2});
  ASSERT_EQ(gallery.draws.size(), 2U);
  EXPECT_EQ(gallery.draws[1].row, 2);
  EXPECT_EQ(gallery.draws[1].draw.step, "brightness");
  EXPECT_EQ(gallery.draws[1].draw.value, 1.5);
  const auto origin = sampler_->draw({0, 0, 1}, [](const std::string&) {}).origin;
  EXPECT_EQ(gallery.draws[1].slice, origin.slice);
  EXPECT_EQ(gallery.draws[1].case_id, sampler_->dataset().cases()[origin.case_index].id);
  const auto caption = [](const auto& c) { return c.row == 2 && c.column == 2; };
  const auto found = std::find_if(gallery.captions.begin(), gallery.captions.end(), caption);
  ASSERT_NE(found, gallery.captions.end());
  EXPECT_EQ(found->text, "brightness 1.5");
  EXPECT_TRUE(draw("rectified", 2).draws.empty());
}

TEST(DescribeDraws, NamesWhatIsSeenInOneChannel) {
  const std::vector<AugmentationDraw> draws{
      {"rotation", -1, 35.26}, {"gamma", 0, 0.8}, {"gamma", 1, 1.234}, {"mirror-y", -1, 1}};
  EXPECT_EQ(describe(draws, 1), "rotation 35.3°, gamma 1.23, mirror y");
  EXPECT_EQ(describe({{"gamma", 0, 0.8}}, 1), "unchanged");
}

TEST_F(GalleryTest, RefusesChannelsThatAreNotThere) {
  const maps::MapSpecification map(Json{{"name", "rectified"}}, "map");
  EXPECT_THROW(draw_gallery(*sampler_, none_, {}, map, {.channel = 1}), UsageError);
  EXPECT_THROW(draw_gallery(*sampler_, none_, {}, map, {.count = 0}), UsageError);
}

}  // namespace
}  // namespace regionwise::training
