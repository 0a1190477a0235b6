// Writes the inputs of the benchmarks (bench/README.md): make_inputs FOLDER [REAL_DATA]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <numbers>

#include "core/random.hpp"
#include "geometry/resize.hpp"
#include "sources/phantom.hpp"
#include "storage/dataset_file.hpp"
#include "storage/hdf5.hpp"
#include "storage/nifti.hpp"
#include "storage/orientation.hpp"

namespace regionwise {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSeed = 20;

/// Copies a slice into the middle of a larger or smaller one; what is outside stays.
void place_in_middle(const Label* from, const Shape2& size, Label* to, const Shape2& target) {
  const std::int64_t dy = (target.height - size.height) / 2;
  const std::int64_t dx = (target.width - size.width) / 2;
  for (std::int64_t y = std::max<std::int64_t>(0, dy); y < target.height; ++y) {
    if (y - dy >= size.height) break;
    for (std::int64_t x = std::max<std::int64_t>(0, dx); x < target.width; ++x) {
      if (x - dx >= size.width) break;
      to[y * target.width + x] = from[(y - dy) * size.width + x - dx];
    }
  }
}

void write_batch(const fs::path& file,
                 std::span<const Label> labels,
                 const storage::Extents& extents,
                 int classes) {
  storage::Hdf5Writer writer(file, {.overwrite = true});
  writer.write<Label>("/labels", extents, labels);
  writer.attribute("/", "classes", classes);
  writer.commit();
}

/// Slices of phantom hearts, centred: [slices, shape].
std::vector<Label> heart_slices(std::int64_t slices, const Shape2& shape) {
  std::vector<Label> batch(static_cast<std::size_t>(slices * shape.size()));
  std::int64_t done = 0;
  for (const sources::PhantomCase& which : sources::phantom_cases(20)) {
    const Volume<Label> heart = sources::draw_phantom_labels(kSeed, which);
    for (std::int64_t z = 0; z < heart.shape.depth && done < slices; ++z, ++done) {
      place_in_middle(heart.values.data() + z * heart.shape.slice_size(),
                      {heart.shape.height, heart.shape.width},
                      batch.data() + done * shape.size(),
                      shape);
    }
  }
  return batch;
}

/// A blob: an ellipsoid whose outline waves; z is 0 in a slice.
struct Blob {
  std::array<double, 3> centre;  ///< z, y, x, voxels
  std::array<double, 3> axes;    ///< Half axes, voxels.
  double wave = 0;               ///< Amplitude of the outline's waves, a share of the radius.
  double phase = 0;

  bool holds(double z, double y, double x) const {
    const double dz = (z - centre[0]) / axes[0];
    const double dy = (y - centre[1]) / axes[1];
    const double dx = (x - centre[2]) / axes[2];
    const double edge = 1 + wave * std::sin(3 * std::atan2(dy, dx) + phase) +
                        wave / 2 * std::sin(7 * std::atan2(dy, dx) + 2 * phase + 3 * dz);
    return dz * dz + dy * dy + dx * dx <= edge * edge;
  }
};

Blob draw_blob(RandomStream& random, const Shape3& shape, double size) {
  const auto place = [&](std::int64_t extent) {
    return static_cast<double>(extent) * random.uniform(0.3, 0.7);
  };
  const auto axis = [&](std::int64_t extent) {
    return std::max(1.0, static_cast<double>(extent) * size * random.uniform(0.7, 1.3));
  };
  Blob blob{.centre = {place(shape.depth), place(shape.height), place(shape.width)},
            .axes = {axis(shape.depth), axis(shape.height), axis(shape.width)},
            .wave = random.uniform(0.05, 0.2),
            .phase = random.uniform(0, 2 * std::numbers::pi)};
  if (shape.depth == 1) blob.centre[0] = 0;
  return blob;
}

/// Two blobs of class 1, each holding a smaller one of the next class: [samples, shape].
std::vector<Label> blob_batch(std::int64_t samples, const Shape3& shape, int classes, double size) {
  std::vector<Label> batch(static_cast<std::size_t>(samples * shape.size()));
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    RandomStream random(kSeed,
                        {.purpose = Purpose::test, .sample = static_cast<std::uint32_t>(sample)});
    std::vector<Blob> blobs;
    for (int k = 1; k < classes; ++k) {
      for (int i = 0; i < 2; ++i) {
        Blob blob = draw_blob(random, shape, size / k);
        if (k > 1) blob.centre = blobs[static_cast<std::size_t>(2 * k - 4 + i)].centre;
        blobs.push_back(blob);
      }
    }
    Label* voxel = batch.data() + sample * shape.size();
    for (std::int64_t i = 0; i < shape.size(); ++i, ++voxel) {
      const auto z = static_cast<double>(i / shape.slice_size());
      const auto y = static_cast<double>(i / shape.width % shape.height);
      const auto x = static_cast<double>(i % shape.width);
      for (std::size_t b = 0; b < blobs.size(); ++b) {
        if (blobs[b].holds(z, y, x)) *voxel = static_cast<Label>(1 + b / 2);
      }
    }
  }
  return batch;
}

Volume<std::uint8_t> mask_of(const Shape3& shape, const std::vector<Blob>& blobs) {
  Volume<std::uint8_t> mask(shape);
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    const auto z = static_cast<double>(i / shape.slice_size());
    const auto y = static_cast<double>(i / shape.width % shape.height);
    const auto x = static_cast<double>(i % shape.width);
    mask.values[static_cast<std::size_t>(i)] = std::any_of(
        blobs.begin(), blobs.end(), [&](const Blob& blob) { return blob.holds(z, y, x); });
  }
  return mask;
}

void write_pair(const fs::path& file,
                const Volume<std::uint8_t>& prediction,
                const Volume<std::uint8_t>& reference,
                const Spacing3& spacing_mm) {
  const auto& [depth, height, width] = reference.shape;
  storage::Hdf5Writer writer(file, {.overwrite = true});
  writer.write<std::uint8_t>("/prediction", {depth, height, width}, prediction.values);
  writer.write<std::uint8_t>("/reference", {depth, height, width}, reference.values);
  writer.attribute("/", "spacing_mm", std::vector<double>(spacing_mm.begin(), spacing_mm.end()));
  writer.commit();
}

/// One organ of a CT, seen by a network and by an expert; with an islet in the far corner.
void write_organ_pairs(const fs::path& folder) {
  const Shape3 shape{100, 512, 512};
  const Spacing3 spacing_mm{3, 0.78, 0.78};
  const Blob expert{{48, 230, 300}, {30, 80, 64}, 0.12, 0.3};
  const Blob network{{48.7, 231.5, 298.2}, {29.3, 81, 63}, 0.15, 0.4};
  const Blob islet{{5, 20, 25}, {2, 3, 3}, 0, 0};
  const auto reference = mask_of(shape, {expert});
  write_pair(folder / "organ_pair.h5", mask_of(shape, {network}), reference, spacing_mm);
  write_pair(
      folder / "organ_pair_islet.h5", mask_of(shape, {network, islet}), reference, spacing_mm);
}

/// The left ventricle of a phantom, and as predicted: displaced from slice to slice.
void write_heart_pair(const fs::path& folder) {
  const Shape2 size{256, 216};
  constexpr std::int64_t kSlices = 10;
  const auto labels = heart_slices(kSlices, size);
  Volume<std::uint8_t> reference({kSlices, size.height, size.width});
  Volume<std::uint8_t> prediction(reference.shape);
  for (std::int64_t z = 0; z < kSlices; ++z) {
    for (std::int64_t y = 2; y < size.height - 2; ++y) {
      for (std::int64_t x = 2; x < size.width - 2; ++x) {
        const auto at = (z * size.height + y) * size.width + x;
        const auto moved = at + (z % 3 - 1) * size.width + z % 2;
        reference.at(z, y, x) = labels[static_cast<std::size_t>(at)] >= 2;
        prediction.at(z, y, x) = labels[static_cast<std::size_t>(moved)] >= 2;
      }
    }
  }
  write_pair(folder / "heart_pair.h5", prediction, reference, {10, 1.4, 1.4});
}

/// Slices of phantom images with their labels.
struct ImageSlices {
  std::vector<float> images;  ///< [slices, size]
  std::vector<Label> labels;
};

/// As many as asked for, each enlarged or reduced to `size`.
ImageSlices image_slices(std::int64_t slices, const Shape2& size) {
  ImageSlices drawn;
  const auto pixels = static_cast<std::size_t>(size.size());
  for (const sources::PhantomCase& which : sources::phantom_cases(20)) {
    const sources::RawCase heart = sources::draw_phantom(kSeed, which, 1);
    const Shape2 from{heart.label.shape.height, heart.label.shape.width};
    const geometry::SliceResizer resizer(from, size, geometry::Kernel::linear);
    const auto count = static_cast<std::size_t>(from.size());
    for (std::int64_t z = 0; z < heart.label.shape.depth; ++z) {
      if (std::ssize(drawn.labels) == slices * size.size()) return drawn;
      const std::size_t first = static_cast<std::size_t>(z) * count;
      const std::size_t filled = drawn.labels.size();
      drawn.images.resize(filled + pixels);
      drawn.labels.resize(filled + pixels);
      resizer.resize<float>(std::span(heart.image).subspan(first, count),
                            std::span(drawn.images).subspan(filled));
      geometry::resize_labels(std::span(heart.label.values).subspan(first, count),
                              from,
                              std::span(drawn.labels).subspan(filled),
                              size);
    }
  }
  return drawn;
}

void write_images(const fs::path& file, std::int64_t samples, const Shape2& size) {
  const ImageSlices drawn = image_slices(samples, size);
  storage::Hdf5Writer writer(file, {.overwrite = true});
  writer.write<float>("/images", {samples, size.height, size.width}, drawn.images);
  writer.write<Label>("/labels", {samples, size.height, size.width}, drawn.labels);
  writer.attribute("/", "classes", 4);
  writer.commit();
}

/// Dataset files of eight cases of 12 slices.
void write_slices(const fs::path& file, int compress, const ImageSlices& drawn, Shape2 size) {
  storage::DatasetWriter writer(file, {.compress = compress, .overwrite = true});
  const Shape3 shape{12, size.height, size.width};
  const auto voxels = static_cast<std::size_t>(shape.size());
  for (std::size_t i = 0; i < 8; ++i) {
    storage::CaseInfo one;
    one.id = one.group = fmt::format("case{}", i);
    one.split = i % 2 == 0 ? "train" : "validation";
    one.shape = one.crop_shape = one.source.shape = shape;
    for (std::size_t axis = 0; axis < 3; ++axis) one.source.world_from_voxel[axis][axis] = 1;
    writer.add(one,
               std::span(drawn.images).subspan(i * voxels, voxels),
               std::span(drawn.labels).subspan(i * voxels, voxels),
               1,
               4);
  }
  storage::DatasetInfo info;
  info.name = "slices";
  info.channels = {"MRI"};
  info.class_names = {"background", "RV", "M", "LV"};
  info.fingerprint = info.plan = Json::object();
  storage::Provenance provenance;
  provenance.program = "make_inputs";
  writer.finish(info, provenance);
}

std::vector<fs::path> sorted_files(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().string().ends_with(".nii.gz")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The axial slice of each label map that holds most foreground.
void write_real(const fs::path& file,
                const fs::path& labels,
                std::size_t most_slices,
                const Shape2& shape,
                std::int64_t every) {
  std::vector<Label> batch;
  for (const fs::path& path : sorted_files(labels)) {
    if (batch.size() == most_slices * static_cast<std::size_t>(shape.size())) break;
    storage::NiftiClasses read = storage::read_nifti_classes(path, {{0, 0}, {1, 1}, {2, 2}});
    const auto volume =
        storage::to_canonical(std::move(read.classes), storage::orientation_of(read.geometry));
    const std::int64_t size = volume.shape.slice_size();
    std::int64_t best = 0;
    std::int64_t most = -1;
    for (std::int64_t z = 0; z < volume.shape.depth; z += every) {
      const auto begin = volume.values.begin() + z * size;
      const auto inside = size - std::count(begin, begin + size, Label{0});
      if (inside > most) {
        most = inside;
        best = z;
      }
    }
    batch.resize(batch.size() + static_cast<std::size_t>(shape.size()));
    place_in_middle(volume.values.data() + best * size,
                    {volume.shape.height, volume.shape.width},
                    batch.data() + std::ssize(batch) - shape.size(),
                    shape);
  }
  if (batch.empty()) return;
  write_batch(file, batch, {std::ssize(batch) / shape.size(), shape.height, shape.width}, 3);
}

void write_all(const fs::path& folder, const fs::path& data) {
  fs::create_directories(folder);
  write_batch(folder / "hearts.h5", heart_slices(58, {256, 224}), {58, 256, 224}, 4);
  write_batch(folder / "patches.h5", blob_batch(32, {1, 56, 40}, 3, 0.15), {32, 56, 40}, 3);
  write_batch(folder / "organs.h5", blob_batch(12, {1, 512, 512}, 3, 0.1), {12, 512, 512}, 3);
  write_batch(folder / "cube.h5", blob_batch(1, {128, 128, 128}, 4, 0.2), {1, 128, 128, 128}, 4);
  write_organ_pairs(folder);
  write_heart_pair(folder);
  write_images(folder / "images_365.h5", 8, {365, 365});
  write_images(folder / "images_80.h5", 32, {80, 80});
  const Shape2 size{256, 224};
  const ImageSlices drawn = image_slices(96, size);
  write_slices(folder / "slices.h5", 0, drawn, size);
  write_slices(folder / "slices_deflate.h5", 4, drawn, size);
  write_real(folder / "kits19.h5", data / "KiTS19_labels", 12, {512, 512}, 4);
  write_real(folder / "hippocampus.h5", data / "Task04_Hippocampus/labelsTr", 32, {56, 40}, 1);
}

}  // namespace
}  // namespace regionwise

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "make_inputs: error: expected make_inputs FOLDER [REAL_DATA]\n";
    return 2;
  }
  try {
    regionwise::write_all(argv[1], argc == 3 ? argv[2] : "");
  } catch (const std::exception& error) {
    std::cerr << "make_inputs: error: " << error.what() << "\n";
    return 74;
  }
}
