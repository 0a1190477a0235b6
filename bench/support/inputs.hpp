#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/volume.hpp"
#include "storage/hdf5.hpp"

/// What benchmarks read: build/bench/inputs/*.h5, written by make_inputs (see bench/README.md).
namespace regionwise::bench {

inline std::filesystem::path input_file(const std::string& name) {
  return std::filesystem::path(REGIONWISE_BENCH_INPUTS) / (name + ".h5");
}

/// Those of `names` whose file was written: real labels may be missing.
inline std::vector<std::string> existing(const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (std::filesystem::exists(input_file(name))) found.push_back(name);
  }
  return found;
}

/// The label maps of a batch, [samples, shape.depth, shape.height, shape.width].
struct Batch {
  std::vector<Label> labels;
  std::int64_t samples = 1;
  Shape3 shape;
  int classes = 2;
};

inline std::vector<std::string> batches() {
  return existing({"hearts", "organs", "kits19", "patches", "hippocampus", "cube"});
}

inline Batch read_batch(const std::string& name) {
  const storage::Hdf5Reader file(input_file(name));
  Batch batch;
  batch.labels = file.read<Label>("/labels");
  storage::Extents extents = file.extents("/labels");
  batch.samples = extents[0];
  if (extents.size() == 3) extents.insert(extents.begin() + 1, 1);
  batch.shape = {extents[1], extents[2], extents[3]};
  batch.classes = static_cast<int>(file.integer_attribute("/", "classes"));
  return batch;
}

/// Two masks (0 or 1) of one grid.
struct Pair {
  Volume<std::uint8_t> prediction;
  Volume<std::uint8_t> reference;
  Spacing3 spacing_mm{1, 1, 1};
};

inline std::vector<std::string> pairs() {
  return existing({"organ_pair", "organ_pair_islet", "heart_pair"});
}

inline Pair read_pair(const std::string& name) {
  const storage::Hdf5Reader file(input_file(name));
  const storage::Extents extents = file.extents("/prediction");
  Pair pair;
  pair.prediction.shape = pair.reference.shape = {extents[0], extents[1], extents[2]};
  pair.prediction.values = file.read<std::uint8_t>("/prediction");
  pair.reference.values = file.read<std::uint8_t>("/reference", extents);
  const auto spacing = file.reals_attribute("/", "spacing_mm");
  for (std::size_t axis = 0; axis < 3; ++axis) pair.spacing_mm[axis] = spacing[axis];
  return pair;
}

/// Images [samples, shape] with their labels, for augmentation.
struct Images {
  std::vector<float> images;
  std::vector<Label> labels;
  std::int64_t samples = 1;
  Shape2 shape;
  int classes = 2;
};

inline Images read_images(const std::string& name) {
  const storage::Hdf5Reader file(input_file(name));
  const storage::Extents extents = file.extents("/images");
  return {.images = file.read<float>("/images"),
          .labels = file.read<Label>("/labels", extents),
          .samples = extents[0],
          .shape = {extents[1], extents[2]},
          .classes = static_cast<int>(file.integer_attribute("/", "classes"))};
}

}  // namespace regionwise::bench
