#pragma once

#include <filesystem>
#include <string>

#include "core/random.hpp"
#include "planning/plan.hpp"
#include "storage/dataset_file.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::testing {

/// Four cases of 3 × 20 × 18 voxels, alternately for training and validation: a bright square of
/// class 1 and a dark one of class 2 on noise; the last slice of each case holds background only.
/// The value of every image's pixel (0, 0) is its case's and slice's number: 10 case + slice.
/// `even` and `odd` name the splits of the cases that take turns, if not these two.
inline void write_small_dataset(const std::filesystem::path& path,
                                const std::string& even = "train",
                                const std::string& odd = "validation") {
  storage::DatasetWriter writer(path, {});
  const Shape3 shape{3, 20, 18};
  for (std::int64_t c = 0; c < 4; ++c) {
    Volume<Label> label(shape, 0);
    Volume<float> image(shape);
    RandomStream random(5, {.sample = static_cast<std::uint32_t>(c)});
    for (float& value : image.values) value = static_cast<float>(0.3 * random.normal());
    for (std::int64_t z = 0; z < 2; ++z) {
      for (std::int64_t y = 4; y < 10; ++y) {
        for (std::int64_t x = 3 + c; x < 9 + c; ++x) {
          label.at(z, y, x) = 1;
          image.at(z, y, x) += 2;
          label.at(z, y + 7, x) = 2;
          image.at(z, y + 7, x) -= 2;
        }
      }
    }
    for (std::int64_t z = 0; z < 3; ++z) image.at(z, 0, 0) = static_cast<float>(10 * c + z);
    storage::CaseInfo info;
    info.id = "case" + std::to_string(c);
    info.group = info.id;
    info.split = c % 2 == 0 ? even : odd;
    info.shape = shape;
    info.source.shape = shape;
    info.crop_shape = shape;
    writer.add(info, image.values, label.values, 1, 3);
  }
  planning::Plan plan;
  plan.patch_size = {16, 16};
  plan.batch_size = 3;
  plan.strides = {{2, 2}, {2, 2}};
  plan.kernels = {{3, 3}, {3, 3}, {3, 3}};
  plan.base_features = 4;
  storage::DatasetInfo info;
  info.name = "squares";
  info.channels = {"MR"};
  info.class_names = {"background", "bright", "dark"};
  info.fingerprint = Json::object();
  info.plan = planning::to_json(plan);
  storage::Provenance provenance;
  provenance.configuration = Json::object();
  writer.finish(info, provenance);
}

}  // namespace regionwise::testing
