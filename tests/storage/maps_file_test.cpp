#include "storage/maps_file.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "storage/damage.hpp"
#include "storage/file_check.hpp"
#include "storage/records.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::bytes_of;
using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using testing::Damage;
using testing::make_image;
using testing::write_example_maps;

TEST(MapsFile, ReadsWhatWasWritten) {
  const TemporaryFolder folder;
  write_example_maps(folder / "m.h5");
  const MapsReader file(folder / "m.h5");
  EXPECT_EQ(file.specification(), testing::make_map_specification());
  EXPECT_EQ(file.class_names(), (std::vector<std::string>{"background", "heart"}));
  EXPECT_EQ(file.case_ids(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(file.dataset_hash(), "0123");
  EXPECT_EQ(file.shape("a"), (Shape3{2, 3, 4}));
  EXPECT_EQ(file.map("b"), make_image(100));
  std::vector<float> slice(24);
  file.slice("a", 1, slice);
  EXPECT_EQ(slice[0], 12);
  EXPECT_EQ(slice[12], 36);
}

TEST(MapsFile, MayLackTheHashOfItsDataset) {
  const TemporaryFolder folder;
  write_example_maps(folder / "m.h5");
  Damage(folder / "m.h5").remove_attribute("/", "dataset_hash");
  EXPECT_EQ(MapsReader(folder / "m.h5").dataset_hash(), "");
}

TEST(MapsFile, ShowsTheSpecificationAsAttributes) {
  const TemporaryFolder folder;
  write_example_maps(folder / "m.h5");
  const Hdf5Reader file(folder / "m.h5");
  EXPECT_EQ(file.text_attribute("/specification", "name"), "cao");
  EXPECT_EQ(file.real_attribute("/specification", "alpha"), 2.5);
  EXPECT_EQ(file.integer_attribute("/specification", "dimensions"), 3);
  EXPECT_EQ(file.integer_attribute("/specification", "reference-quirks"), 0);
}

TEST(MapsFile, WritesTheSameBytesTwice) {
  const TemporaryFolder folder;
  write_example_maps(folder / "m.h5");
  write_example_maps(folder / "n.h5");
  EXPECT_TRUE(bytes_of(folder / "m.h5") == bytes_of(folder / "n.h5"));
}

TEST(MapsFile, NamesACaseThatIsMissing) {
  const TemporaryFolder folder;
  write_example_maps(folder / "m.h5");
  const MapsReader file(folder / "m.h5");
  const auto expected = (folder / "m.h5").string() + ": holds no map of case c";
  EXPECT_EQ(message_of<DataError>([&] { file.map("c"); }), expected);
  std::vector<float> slice(24);
  EXPECT_EQ(message_of<DataError>([&] { file.slice("c", 0, slice); }), expected);
  EXPECT_THROW(file.slice("a", 2, slice), DataError);
}

TEST(MapsFile, RefusesAMapOfAnotherSize) {
  const TemporaryFolder folder;
  MapsWriter writer(
      folder / "m.h5", {}, testing::make_map_specification(), {"background", "heart"}, "0123");
  EXPECT_THROW(writer.add("a", {2, 3, 5}, make_image(0)), DataError);
  EXPECT_THROW(writer.add("a/b", {2, 3, 4}, make_image(0)), DataError);
}

TEST(MapsFile, NoticesDamage) {
  const TemporaryFolder folder;
  write_example_maps(folder / "m.h5");
  Damage(folder / "m.h5").replace("/cases/b/map", H5T_IEEE_F32LE, {3, 2, 3, 4});
  EXPECT_EQ(message_of<DataError>([&] { MapsReader file(folder / "m.h5"); }),
            (folder / "m.h5").string() +
                ":/cases/b/map: expected float32 [2,D,H,W], found float32 [3,2,3,4]");
  write_example_maps(folder / "m.h5", {0, true});
  Damage(folder / "m.h5").remove("/cases/b/map");
  EXPECT_EQ(message_of<DataError>([&] { MapsReader file(folder / "m.h5"); }),
            (folder / "m.h5").string() + ":/cases/b/map: missing");
}

/// Extents take no bytes: they may promise what nobody wrote.
TEST(MapsFile, RefusesExtentsThatNoCaseHas) {
  const TemporaryFolder folder;
  const std::vector<std::vector<hsize_t>> impossible{
      {2, hsize_t{1} << 40, 1, 1}, {2, 1, 1, (1 << 20) + 1}, {2, 0, 0, 0}, {2, 1, 0, 1}};
  for (const auto& extents : impossible) {
    write_example_maps(folder / "m.h5", {.overwrite = true});
    Damage(folder / "m.h5").promise("/cases/a/map", H5T_IEEE_F32LE, extents);
    EXPECT_NE(message_of<DataError>([&] {
                MapsReader file(folder / "m.h5");
              }).find("/cases/a/map: expected extents from 1 to"),
              std::string::npos)
        << extents[1];
    EXPECT_FALSE(check_file(folder / "m.h5").problems.empty()) << extents[1];
  }
}

/// None of the slices of a map without bytes is asked for: there may be a million.
TEST(MapsFile, CheckEndsAtAMapThatNobodyWrote) {
  const TemporaryFolder folder;
  write_example_maps(folder / "m.h5");
  Damage(folder / "m.h5").promise("/cases/a/map", H5T_IEEE_F32LE, {2, 1 << 20, 1000, 1000});
  const auto problems = check_file(folder / "m.h5").problems;
  ASSERT_EQ(problems.size(), 1U) << problems.back();
  EXPECT_NE(problems[0].find("/cases/a/map: is damaged: [2,1048576,1000,1000] does not fit"),
            std::string::npos)
      << problems[0];
}

}  // namespace
}  // namespace regionwise::storage
