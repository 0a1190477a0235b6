// Makes the images of a dataset file so large that they fit no memory, without using the disk: data
// sets of zeros that are allocated and never written (a sparse file), but for the labels of two
// slices of each case, in which every class has a square.
//
//   make_large_dataset FILE GIB     spread over the training cases, in slices of 512 x 512

#include <hdf5.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/damage.hpp"
#include "storage/hdf5.hpp"
#include "storage/hdf5_detail.hpp"
#include "storage/seal.hpp"

using namespace regionwise::storage;

namespace {

constexpr std::int64_t kSide = 512;

Handle open_for_change(const std::string& path) {
  return {H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose};
}

/// A data set with a chunk for each slice, whose place in the file is taken and left as a hole.
void create_sparsely(hid_t file,
                     const std::string& name,
                     hid_t type,
                     const std::vector<hsize_t>& extents,
                     std::size_t slice_axis) {
  const Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                     H5Sclose);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  auto chunk = extents;
  chunk[slice_axis] = 1;
  H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());
  H5Pset_alloc_time(properties.get(), H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER);
  const Handle made(
      H5Dcreate2(file, name.c_str(), type, space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
      H5Dclose);
}

constexpr std::int64_t kSquare = 32;

/// Slices that hold more than background.
std::vector<std::int64_t> slices_with_foreground(std::int64_t slices) {
  return slices > 1 ? std::vector<std::int64_t>{0, slices / 2} : std::vector<std::int64_t>{0};
}

/// The squares of the foreground classes, one below the other.
void write_labels(hid_t dataset, std::int64_t classes, std::int64_t slices) {
  std::vector<std::int8_t> label(static_cast<std::size_t>(kSide * kSide), 0);
  for (std::int64_t k = 1; k < classes; ++k) {
    for (std::int64_t y = 0; y < kSquare; ++y) {
      const auto row = label.begin() + (k * kSquare + y) * kSide + kSide / 2;
      std::fill_n(row, kSquare, static_cast<std::int8_t>(k));
    }
  }
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const hsize_t count[] = {1, kSide, kSide};
  const Handle memory(H5Screate_simple(3, count, nullptr), H5Sclose);
  for (const std::int64_t z : slices_with_foreground(slices)) {
    const hsize_t start[] = {static_cast<hsize_t>(z), 0, 0};
    H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start, nullptr, count, nullptr);
    H5Dwrite(dataset, H5T_NATIVE_INT8, memory.get(), space.get(), H5P_DEFAULT, label.data());
  }
}

void write_class_voxels(hid_t file,
                        const std::string& name,
                        std::int64_t classes,
                        std::int64_t slices) {
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  const std::vector<hsize_t> extents{static_cast<hsize_t>(classes), static_cast<hsize_t>(slices)};
  const Handle space(H5Screate_simple(2, extents.data(), nullptr), H5Sclose);
  const Handle counts(
      H5Dcreate2(
          file, name.c_str(), H5T_STD_I64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
      H5Dclose);
  std::vector<std::int64_t> voxels(static_cast<std::size_t>(classes * slices), 0);
  std::fill_n(voxels.begin(), slices, kSide * kSide);
  for (const std::int64_t z : slices_with_foreground(slices)) {
    voxels[static_cast<std::size_t>(z)] -= (classes - 1) * kSquare * kSquare;
    for (std::int64_t k = 1; k < classes; ++k) {
      voxels[static_cast<std::size_t>(k * slices + z)] = kSquare * kSquare;
    }
  }
  H5Dwrite(counts.get(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, voxels.data());
}

void enlarge(const std::string& path, const std::string& group, std::int64_t slices) {
  testing::Damage damage(path);
  for (const char* name : {"crop_shape", "source_shape"}) {
    damage.set(group, name, {slices, kSide, kSide});
  }
  damage.set(group, "crop_start", {0, 0, 0});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: make_large_dataset FILE GIB\n", stderr);
    return 2;
  }
  const std::string path = argv[1];
  std::vector<std::string> ids;
  std::int64_t classes = 0;
  {
    const Hdf5Reader file(path);
    for (const auto& id : file.children("/cases")) {
      if (file.text_attribute("/cases/" + id, "split") == "train") ids.push_back(id);
    }
    classes = file.extents("/cases/" + ids.front() + "/class_voxels").front();
  }
  const auto images = std::ssize(ids);
  const std::int64_t slices = std::atol(argv[2]) * 1024 / images;  // 1 MiB a slice
  for (const auto& id : ids) enlarge(path, "/cases/" + id, slices);

  // Beside the old ones, whose place in the file is not to be taken: it is no hole.
  const auto depth = static_cast<hsize_t>(slices);
  {
    const Handle file = open_for_change(path);
    for (const auto& id : ids) {
      const std::string group = "/cases/" + id;
      create_sparsely(
          file.get(), group + "/new_image", H5T_IEEE_F32LE, {1, depth, kSide, kSide}, 1);
      create_sparsely(file.get(), group + "/new_label", H5T_STD_I8LE, {depth, kSide, kSide}, 0);
    }
  }
  std::vector<ByteRange> bulk;
  {
    const Handle file = open_for_change(path);
    for (const auto& id : ids) {
      const std::string group = "/cases/" + id;
      for (const std::string name : {"image", "label"}) {
        const std::string old = group + "/" + name;
        H5Ldelete(file.get(), old.c_str(), H5P_DEFAULT);
        H5Lmove(file.get(),
                (group + "/new_" + name).c_str(),
                file.get(),
                old.c_str(),
                H5P_DEFAULT,
                H5P_DEFAULT);
        const Handle dataset(H5Dopen2(file.get(), old.c_str(), H5P_DEFAULT), H5Dclose);
        if (name == "label") write_labels(dataset.get(), classes, slices);
        const auto ranges = detail::stored_ranges(dataset.get());
        bulk.insert(bulk.end(), ranges.begin(), ranges.end());
      }
      write_class_voxels(file.get(), group + "/class_voxels", classes, slices);
    }
  }
  Seal::append(path, bulk, path);
  return 0;
}
