#include "storage/dataset_file.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "core/error.hpp"
#include "storage/damage.hpp"
#include "storage/records.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::bytes_of;
using regionwise::testing::files_in;
using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using testing::Damage;
using testing::make_case;
using testing::make_image;
using testing::make_label;
using testing::write_example_dataset;

TEST(DatasetFile, ReadsWhatWasWritten) {
  const TemporaryFolder folder;
  write_example_dataset(folder / "d.h5");
  const DatasetReader file(folder / "d.h5");
  const auto expected = testing::make_dataset_info();
  EXPECT_EQ(file.info().name, expected.name);
  EXPECT_EQ(file.info().channels, expected.channels);
  EXPECT_EQ(file.info().class_names, expected.class_names);
  EXPECT_EQ(file.info().licence, expected.licence);
  EXPECT_EQ(file.info().citation, expected.citation);
  EXPECT_EQ(file.info().fingerprint, expected.fingerprint);
  EXPECT_EQ(file.info().plan, expected.plan);
  EXPECT_EQ(file.info().skipped, expected.skipped);
  EXPECT_EQ(file.info().source_files, expected.source_files);
  ASSERT_EQ(file.cases().size(), 2U);
  const auto& found = file.cases()[1];
  const auto written = make_case("b", "validation");
  EXPECT_EQ(found.id, "b");
  EXPECT_EQ(found.group, written.group);
  EXPECT_EQ(found.split, written.split);
  EXPECT_EQ(found.shape, written.shape);
  EXPECT_EQ(found.spacing_mm, written.spacing_mm);
  EXPECT_EQ(found.source.shape, written.source.shape);
  EXPECT_EQ(found.source.spacing_mm, written.source.spacing_mm);
  EXPECT_EQ(found.source.world_from_voxel, written.source.world_from_voxel);
  EXPECT_EQ(found.source.nifti_header, written.source.nifti_header);
  EXPECT_EQ(found.crop_start, written.crop_start);
  EXPECT_EQ(found.crop_shape, written.crop_shape);
  EXPECT_EQ(found.axis_order, written.axis_order);
  EXPECT_EQ(file.source_label(1).values, testing::make_source_label().values);
  EXPECT_EQ(found.class_voxels, (std::vector<std::int64_t>{12, 0, 0, 6, 0, 6}));
  EXPECT_EQ(file.image(1), make_image(100));
  EXPECT_EQ(file.label(1).values, make_label());
  EXPECT_EQ(file.cases_of("train"), std::vector<std::size_t>{0});
}

TEST(DatasetFile, ReadsASliceOfAllChannels) {
  const TemporaryFolder folder;
  write_example_dataset(folder / "d.h5", {6, false});
  const DatasetReader file(folder / "d.h5");
  std::vector<float> image(24);
  std::vector<Label> label(12);
  file.slice(0, 1, image, label);
  for (std::size_t channel = 0; channel < 2; ++channel) {
    for (std::size_t i = 0; i < 12; ++i) {
      EXPECT_EQ(image[channel * 12 + i], static_cast<float>(channel * 24 + 12 + i));
      EXPECT_EQ(label[i], i % 2 == 0 ? 1 : 2);
    }
  }
  EXPECT_THROW(file.slice(0, 2, image, label), DataError);
}

TEST(DatasetFile, WritesTheSameBytesTwice) {
  const TemporaryFolder folder;
  write_example_dataset(folder / "d.h5");
  write_example_dataset(folder / "e.h5");
  EXPECT_TRUE(bytes_of(folder / "d.h5") == bytes_of(folder / "e.h5"));
}

TEST(DatasetFile, HashesTheSplitWhateverTheOrderOfCases) {
  const TemporaryFolder folder;
  const auto hash = [&](const std::vector<std::pair<std::string, std::string>>& cases) {
    {
      DatasetWriter writer(folder / "d.h5", {0, true});
      for (const auto& [id, split] : cases)
        testing::add_case(writer, make_case(id, split), make_image(0), make_label());
      writer.finish(testing::make_dataset_info(), testing::make_provenance());
    }
    return DatasetReader(folder / "d.h5").split_hash();
  };
  const auto first = hash({{"a", "train"}, {"b", "validation"}});
  EXPECT_EQ(first, hash({{"b", "validation"}, {"a", "train"}}));
  EXPECT_NE(first, hash({{"b", "train"}, {"a", "validation"}}));
}

TEST(DatasetFile, TakesIdsWithOddCharacters) {
  const TemporaryFolder folder;
  const std::string id = " Größe 1 % .:#*\\ ";
  {
    DatasetWriter writer(folder / "d.h5", {});
    testing::add_case(writer, make_case(id, "train"), make_image(0), make_label());
    writer.finish(testing::make_dataset_info(), testing::make_provenance());
  }
  const DatasetReader file(folder / "d.h5");
  EXPECT_EQ(file.cases().front().id, id);
  EXPECT_EQ(file.image(0), make_image(0));
}

TEST(DatasetFile, RefusesWhatCannotBeRead) {
  const TemporaryFolder folder;
  DatasetWriter writer(folder / "d.h5", {});
  const auto refused =
      [&](const std::function<void(CaseInfo&, std::vector<float>&, std::vector<Label>&)>& spoil) {
        auto info = make_case("case1", "train");
        auto image = make_image(0);
        auto label = make_label();
        spoil(info, image, label);
        return message_of<DataError>([&] { testing::add_case(writer, info, image, label); });
      };
  const auto place = (folder / "d.h5").string();
  for (const std::string id : {"", ".", "a/b", "a\nb"}) {
    EXPECT_NE(refused([&](auto& info, auto&, auto&) { info.id = id; }), "") << id;
  }
  EXPECT_EQ(refused([](auto&, auto&, auto& label) { label[3] = label[7] = 9; }),
            place + ":/cases/case1: label 9 in 2 voxels, expected 0 to 2");
  EXPECT_NE(refused([](auto&, auto&, auto& label) { label[3] = -2; }), "");
  EXPECT_NE(refused([](auto& info, auto&, auto&) { info.axis_order = {0, 0, 1}; }), "");
  EXPECT_EQ(refused([](auto&, auto& image, auto&) {
              image[3] = std::numeric_limits<float>::quiet_NaN();
            }),
            place + ":/cases/case1/image: expected finite values, found 1 others");
  EXPECT_NE(refused([](auto&, auto& image, auto&) { image.pop_back(); }), "");
  EXPECT_NE(refused([](auto& info, auto&, auto&) { info.spacing_mm[1] = 0; }), "");
  EXPECT_NE(refused([](auto& info, auto&, auto&) { info.crop_start[2] = 5; }), "");
  EXPECT_NE(refused([](auto& info, auto&, auto&) { info.split.clear(); }), "");
}

TEST(DatasetFile, RefusesNamesThatAreMoreThanNames) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::function<void(CaseInfo&, DatasetInfo&)>& spoil) {
    CaseInfo one = make_case("case1", "train");
    DatasetInfo all = testing::make_dataset_info();
    spoil(one, all);
    return message_of<DataError>([&] {
      DatasetWriter writer(folder / "d.h5", {.overwrite = true});
      testing::add_case(writer, one, make_image(0), make_label());
      writer.finish(all, testing::make_provenance());
    });
  };
  EXPECT_EQ(refused([](auto&, auto&) {}), "");
  for (const std::string name : {"a\tb", "\x1b[2J", "\xc2\x9b", "\xff"}) {
    EXPECT_NE(refused([&](auto& one, auto&) { one.group = name; }), "") << name;
    EXPECT_NE(refused([&](auto&, auto& all) { all.name = name; }), "") << name;
    EXPECT_NE(refused([&](auto&, auto& all) { all.class_names[1] = name; }), "") << name;
    EXPECT_NE(refused([&](auto&, auto& all) { all.channels[0] = name; }), "") << name;
  }
}

TEST(DatasetFile, RefusesTwoCasesOfOneIdAndAnEmptySet) {
  const TemporaryFolder folder;
  DatasetWriter writer(folder / "d.h5", {});
  EXPECT_THROW(writer.finish(testing::make_dataset_info(), testing::make_provenance()), DataError);
  testing::add_case(writer, make_case("a", "train"), make_image(0), make_label());
  EXPECT_THROW(testing::add_case(writer, make_case("a", "train"), make_image(0), make_label()),
               DataError);
}

TEST(DatasetFile, NeedsTheSourceLabelOfWhatLiesOnAnotherGrid) {
  const TemporaryFolder folder;
  DatasetWriter writer(folder / "d.h5", {});
  const auto info = make_case("a", "train");
  ASSERT_FALSE(info.on_source_grid());
  EXPECT_THROW(writer.add(info, make_image(0), make_label(), 2, 3), DataError);
}

TEST(DatasetFile, RemembersWhichSlicesAGapSeparates) {
  const TemporaryFolder folder;
  auto info = make_case("a", "train");
  info.crop_shape.depth = 3;
  info.kept_slices = {1, 3};
  EXPECT_EQ(info.kept_shape(), info.shape);
  {
    DatasetWriter writer(folder / "d.h5", {});
    testing::add_case(writer, info, make_image(0), make_label());
    info.id = "b";
    info.kept_slices = {1, 2};
    EXPECT_THROW(testing::add_case(writer, info, make_image(0), make_label()), DataError);
    info.kept_slices = {1, 1, 3};
    EXPECT_THROW(testing::add_case(writer, info, make_image(0), make_label()), DataError);
    writer.finish(testing::make_dataset_info(), testing::make_provenance());
  }
  EXPECT_EQ(DatasetReader(folder / "d.h5").cases()[0].kept_slices,
            (std::vector<std::int64_t>{1, 3}));
}

TEST(DatasetFile, TellsTheOutsideOfTheMaskFromTheBackground) {
  const TemporaryFolder folder;
  auto info = make_case("a", "train");
  info.source.shape = info.shape;
  info.crop_start = {0, 0, 0};
  ASSERT_TRUE(info.on_source_grid());
  auto label = make_label();
  label[0] = label[1] = -1;
  {
    DatasetWriter writer(folder / "d.h5", {});
    writer.add(info, make_image(0), label, 2, 3);
    writer.finish(testing::make_dataset_info(), testing::make_provenance());
  }
  const DatasetReader file(folder / "d.h5");
  EXPECT_EQ(file.cases()[0].class_voxels, (std::vector<std::int64_t>{10, 0, 0, 6, 0, 6}));
  std::vector<float> image(24);
  std::vector<Label> slice(12);
  file.slice(0, 0, image, slice);
  EXPECT_EQ(slice[1], -1);
  EXPECT_EQ(slice[2], 0);
  EXPECT_EQ(file.label(0).values, make_label());
  EXPECT_EQ(file.source_label(0).values, make_label());
}

TEST(DatasetFile, LeavesNothingBehindUnfinished) {
  const TemporaryFolder folder;
  {
    DatasetWriter writer(folder / "d.h5", {});
    testing::add_case(writer, make_case("a", "train"), make_image(0), make_label());
  }
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(DatasetFile, NoticesDamage) {
  const TemporaryFolder folder;
  const auto message = [&](const std::function<void(Damage&)>& spoil) {
    write_example_dataset(folder / "d.h5", {0, true});
    {
      Damage damage(folder / "d.h5");
      spoil(damage);
    }
    return message_of<DataError>([&] { DatasetReader file(folder / "d.h5"); });
  };
  const auto place = (folder / "d.h5").string();
  EXPECT_EQ(message([](Damage& d) { d.remove("/cases/a/label"); }),
            place + ":/cases/a/label: missing");
  EXPECT_EQ(message([](Damage& d) { d.remove("/plan"); }), place + ":/plan: missing");
  EXPECT_EQ(message([](Damage& d) { d.remove("/cases"); }), place + ":/cases: missing");
  EXPECT_EQ(message([](Damage& d) { d.remove_attribute("/cases/a", "group"); }),
            place + ":/cases/a: attribute \"group\": missing");
  EXPECT_EQ(message([](Damage& d) { d.remove("/cases/b"); }),
            place + ":/: expected the split_hash of the cases' splits");
  EXPECT_EQ(message([](Damage& d) {
              d.replace("/cases/a/label", H5T_STD_I8LE, {2, 3, 5});
            }),
            place + ":/cases/a/label: expected int8 [2,3,4] as the image, found int8 [2,3,5]");
  EXPECT_EQ(message([](Damage& d) {
              d.replace("/cases/a/label", H5T_STD_I16LE, {2, 3, 4});
            }),
            place + ":/cases/a/label: expected int8 [2,3,4] as the image, found int16 [2,3,4]");
  EXPECT_EQ(message([](Damage& d) {
              d.replace("/cases/a/image", H5T_IEEE_F32LE, {1, 2, 3, 4});
            }),
            place + ":/cases/a/image: expected float32 [2,D,H,W], found float32 [1,2,3,4]");
  EXPECT_EQ(message([](Damage& d) { d.remove("/cases/a/source_label"); }),
            place + ":/cases/a/source_label: missing");
  EXPECT_EQ(message([](Damage& d) {
              d.set("/cases/a", "axis_order", {0, 1, 1});
            }),
            place + ":/cases/a: expected a permutation as axis_order");
  EXPECT_EQ(message([](Damage& d) {
              d.replace("/cases/a/class_voxels", H5T_STD_I64LE, {3, 9});
            }),
            place + ":/cases/a/class_voxels: expected int64 [3,2], found int64 [3,9]");
  EXPECT_EQ(message([](Damage& d) {
              d.set("/cases/a", "crop_start", {1, 2, 40});
            }),
            place + ":/cases/a: expected a crop box inside the source image");
  EXPECT_EQ(message([](Damage& d) {
              d.set("/cases/a", "spacing_mm", {1, 2, 0});
            }),
            place + ":/cases/a: expected a spacing above 0 mm");
  EXPECT_EQ(message([](Damage& d) {
              d.set("/cases/a", "source_shape", {1, 2});
            }),
            place + ":/cases/a: expected three values in attribute \"source_shape\"");
}

}  // namespace
}  // namespace regionwise::storage
