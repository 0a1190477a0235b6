#include "maps/dataset_maps.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::maps {
namespace {

using regionwise::testing::TemporaryFolder;

/// A dataset of one case: squares of class 1 that move from slice to slice.
void write_dataset(const std::filesystem::path& path, const Shape3& shape) {
  Volume<Label> label(shape, 0);
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    for (std::int64_t y = 100; y < 200; ++y) {
      for (std::int64_t x = 100 + 20 * z; x < 300; ++x) label.at(z, y, x) = 1;
    }
  }
  const Volume<float> image(shape);
  storage::CaseInfo info;
  info.id = "deep";
  info.group = info.id;
  info.split = "train";
  info.shape = info.source.shape = info.crop_shape = shape;
  storage::DatasetWriter writer(path, {});
  writer.add(info, image.values, label.values, 1, 2);
  storage::DatasetInfo about;
  about.name = "deep";
  about.channels = {"MR"};
  about.class_names = {"background", "square"};
  about.fingerprint = about.plan = Json::object();
  storage::Provenance provenance;
  provenance.configuration = Json::object();
  writer.finish(about, provenance);
}

TEST(DatasetMaps, AreTheSameInBlocksOfSlicesBetweenWhichTheyCanBeEnded) {
  const TemporaryFolder folder;
  write_dataset(folder / "d.h5", {5, 512, 512});
  const storage::DatasetReader dataset(folder / "d.h5");
  const Volume<Label> label = dataset.label(0);
  const LabelBatch batch{label.values, 1, label.shape, 2, {1, 1, 1}};
  const std::vector<std::string> classes = dataset.info().class_names;
  struct Expected {
    Json description;
    int blocks;
  };
  for (const auto& [description, blocks] :
       {Expected{{{"name", "boundary"}}, 2},
        Expected{{{"name", "boundary"}, {"empty-class", "reference"}}, 1},
        Expected{{{"name", "boundary"}, {"dimensions", 3}}, 1}}) {
    SCOPED_TRACE(description.dump());
    const MapSpecification map(description, "map");
    int calls = 0;
    {
      storage::MapsWriter writer(
          folder / "m.h5", {.overwrite = true}, map.resolved(), classes, "0123");
      compute_dataset_maps(
          dataset, map, 2, writer, [](const auto&) {}, [&] { ++calls; });
      storage::Provenance provenance;
      provenance.configuration = Json::object();
      writer.finish(provenance);
    }
    EXPECT_EQ(calls, blocks);
    EXPECT_TRUE(storage::MapsReader(folder / "m.h5").map("deep") == map.compute<float>(batch));
    storage::MapsWriter ended(folder / "e.h5", {}, map.resolved(), classes, "0123");
    const std::string message = testing::message_of<RetryError>([&] {
      compute_dataset_maps(
          dataset,
          map,
          2,
          ended,
          [](const auto&) {},
          [&] {
            if (--calls == 0) throw RetryError("ended");
          });
    });
    EXPECT_EQ(message, "ended");
  }
}

TEST(MapDescription, IsANameOrAnObject) {
  EXPECT_EQ(parse_map_description("boundary"), (Json{{"name", "boundary"}}));
  EXPECT_EQ(parse_map_description(R"({"name": "cao", "alpha": 2})"),
            (Json{{"name", "cao"}, {"alpha", 2}}));
  EXPECT_THROW(parse_map_description(R"({"name": "cao",})"), UsageError);
}

}  // namespace
}  // namespace regionwise::maps
