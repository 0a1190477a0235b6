#pragma once

#include <cmath>
#include <cstring>
#include <filesystem>
#include <vector>

#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"
#include "storage/metrics_file.hpp"
#include "storage/run_file.hpp"

/// One small example of each file.
namespace regionwise::storage::testing {

inline Provenance make_provenance() {
  Provenance provenance;
  provenance.program = "example";
  provenance.command = "example --name 'Łódź' -o out.h5";
  provenance.configuration = Json{{"name", "example"}, {"rate", 0.1}};
  provenance.seed = 18446744073709551615ULL;
  provenance.threads = 2;
  provenance.libtorch = "1.13.1";
  return provenance;
}

inline CaseInfo make_case(const std::string& id, const std::string& split) {
  CaseInfo info;
  info.id = id;
  info.group = "patient of " + id;
  info.split = split;
  info.shape = {2, 3, 4};
  info.spacing_mm = {10, 1.5, 1.25};
  info.source.shape = {4, 6, 8};
  info.source.spacing_mm = {10, 1.5, 1.25};
  info.source.world_from_voxel = {{{1.25, 0, 0, -7}, {0, 1.5, 0, 8}, {0, 0, 10, 9}}};
  info.source.nifti_header.assign(348, 7);
  info.crop_start = {1, 2, 3};
  info.crop_shape = {2, 3, 4};
  return info;
}

/// [2, 2, 3, 4]: the value tells its place and the case.
inline std::vector<float> make_image(float first) {
  std::vector<float> image(48);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = first + static_cast<float>(i);
  return image;
}

/// [2, 3, 4]: slice 0 holds 12 voxels of class 0; slice 1 holds 6 of class 1 and 6 of class 2.
inline std::vector<Label> make_label() {
  std::vector<Label> label(24, 0);
  for (std::size_t i = 12; i < 24; ++i) label[i] = i % 2 == 0 ? 1 : 2;
  return label;
}

/// [4, 6, 8], the source's grid of make_case: 0, 1, 2, 0, 1 …
inline Volume<Label> make_source_label() {
  Volume<Label> label(Shape3{4, 6, 8});
  for (std::size_t i = 0; i < label.values.size(); ++i) label.values[i] = static_cast<Label>(i % 3);
  return label;
}

inline void add_case(DatasetWriter& writer,
                     const CaseInfo& info,
                     const std::vector<float>& image,
                     const std::vector<Label>& label) {
  writer.add(info, image, label, 2, 3, make_source_label());
}

inline DatasetInfo make_dataset_info() {
  DatasetInfo info;
  info.name = "example";
  info.channels = {"T1", "FLAIR"};
  info.class_names = {"background", "left", "right"};
  info.licence = "CC0";
  info.citation = "Nobody 2020";
  info.fingerprint = Json{{"modalities", {"T1", "FLAIR"}}};
  info.plan = Json{{"patch", {32, 32}}};
  info.skipped = {{"case9", "no label"}};
  info.source_files = {{"raw/a.nii.gz", "0a"}, {"raw/b.nii.gz", "0b"}};
  return info;
}

inline void write_example_dataset(const std::filesystem::path& path,
                                  WriteOptions options = {},
                                  const Provenance& provenance = make_provenance()) {
  DatasetWriter writer(path, options);
  add_case(writer, make_case("b", "validation"), make_image(100), make_label());
  add_case(writer, make_case("a", "train"), make_image(0), make_label());
  writer.finish(make_dataset_info(), provenance);
}

inline Json make_map_specification() {
  return Json{{"name", "cao"}, {"alpha", 2.5}, {"dimensions", 3}, {"reference-quirks", false}};
}

inline void write_example_maps(const std::filesystem::path& path, WriteOptions options = {}) {
  MapsWriter writer(path, options, make_map_specification(), {"background", "heart"}, "0123");
  writer.add("b", {2, 3, 4}, make_image(100));
  writer.add("a", {2, 3, 4}, make_image(0));
  writer.finish(make_provenance());
}

template <class T>
NamedArray make_array(const std::string& name,
                      const std::string& element_type,
                      const Extents& extents,
                      const std::vector<T>& values) {
  NamedArray array{name, element_type, extents, std::vector<std::byte>(values.size() * sizeof(T))};
  std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

inline RunRecord make_run() {
  RunRecord run;
  run.name = "rectified";
  run.seed = 18446744073709551615ULL;
  run.configuration = Json{{"loss", {{"name", "region-wise"}}}};
  run.dataset_name = "example";
  run.dataset_hash = "0123";
  run.split_hash = "4567";
  run.class_names = {"background", "heart"};
  run.channels = {"MRI"};
  run.plan = Json{{"patch", {8, 8}}};
  run.epoch = 2;
  run.iteration = 7;
  run.weights = {make_array<float>("z.weight", "float32", {2, 1, 1, 2}, {1, 2, 3, 4}),
                 make_array<double>("a.bias", "float64", {2}, {0.5, -0.5})};
  run.optimizer = {make_array<std::int64_t>("z.weight/step", "int64", {}, {14}),
                   make_array<float>("z.weight/exp_avg", "float32", {2, 1, 1, 2}, {0, 0, 0, 1})};
  run.partial_epoch = {make_array<double>("loss", "float64", {1}, {2.5})};
  run.training.column("epoch", "1").values = {1, 2};
  run.training.column("loss", "1").values = {0.75, 0.5};
  run.validation.column("dice", "1", {"heart", "aorta"}).values = {0.1, 0.2, 0.3, 0.4};
  return run;
}

inline MetricsRecord make_metrics() {
  MetricsRecord record;
  record.case_ids = {"p1_ed", "p1_es", "p2_ed"};
  record.groups = {"p1", "p1", "p2"};
  record.spacing_mm = {{10, 1, 1}, {10, 1, 1}, {5, 1.5, 1.5}};
  record.class_names = {"right", "left"};
  record.metrics = {{"hausdorff", "mm", false, {1, 2, 3, 4, 5, std::nan("")}},
                    {"dice", "1", true, {0.1, 0.2, 0.3, 0.4, 0.5, 0}}};
  record.predicted_voxels = {5, 5, 5, 5, 5, 0};
  record.reference_voxels = {5, 5, 5, 5, 5, 6};
  record.class_shares = {0.01, 0.02};
  record.run_name = "rectified";
  record.seed = 3;
  record.configuration = Json{{"name", "rectified"}};
  record.dataset_name = "example";
  record.split = "validation";
  record.split_hash = "4567";
  return record;
}

}  // namespace regionwise::storage::testing
