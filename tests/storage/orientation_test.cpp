#include "storage/orientation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "storage/nifti.hpp"
#include "storage/nifti_bytes.hpp"
#include "support/golden.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

constexpr std::array<std::array<int, 3>, 6> kPermutations = {
    {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}};

using Point = std::array<double, 3>;

Point world_of(const ImageGeometry& geometry, std::int64_t z, std::int64_t y, std::int64_t x) {
  Point point{};
  for (std::size_t row = 0; row < 3; ++row) {
    const auto& a = geometry.world_from_voxel[row];
    point[row] = a[0] * static_cast<double>(x) + a[1] * static_cast<double>(y) +
                 a[2] * static_cast<double>(z) + a[3];
  }
  return point;
}

/// Voxel axis x, y, z runs along world axis `world_axis`, downwards where its bit of `signs` is
/// set.
ImageGeometry turned(const Shape3& shape, const std::array<int, 3>& world_axis, unsigned signs) {
  ImageGeometry geometry;
  geometry.shape = shape;
  geometry.spacing_mm = {4, 2, 1.5};
  for (std::size_t voxel = 0; voxel < 3; ++voxel) {
    const double size = geometry.spacing_mm[2 - voxel];
    geometry.world_from_voxel[static_cast<std::size_t>(world_axis[voxel])][voxel] =
        (signs >> voxel & 1) != 0 ? -size : size;
  }
  for (std::size_t row = 0; row < 3; ++row)
    geometry.world_from_voxel[row][3] = 10.5 * static_cast<double>(row) - 7;
  return geometry;
}

void for_all_orientations(const Shape3& shape,
                          const std::function<void(const ImageGeometry&)>& body) {
  for (const auto& axes : kPermutations) {
    for (unsigned signs = 0; signs < 8; ++signs) {
      SCOPED_TRACE(::testing::Message() << "x, y, z along world axes " << axes[0] << axes[1]
                                        << axes[2] << ", signs " << signs);
      body(turned(shape, axes, signs));
    }
  }
}

template <class T>
std::vector<T> numbered(std::size_t count) {
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<T>(i % 127);
  return values;
}

/// Rotates the affine about an axis by an angle, and shears it.
ImageGeometry oblique(ImageGeometry geometry, std::size_t about, double degrees, double shear) {
  const double angle = degrees * std::acos(-1.0) / 180;
  const std::size_t p = (about + 1) % 3, q = (about + 2) % 3;
  for (std::size_t c = 0; c < 4; ++c) {
    const double a = geometry.world_from_voxel[p][c], b = geometry.world_from_voxel[q][c];
    geometry.world_from_voxel[p][c] = a * std::cos(angle) - b * std::sin(angle);
    geometry.world_from_voxel[q][c] = a * std::sin(angle) + b * std::cos(angle);
    geometry.world_from_voxel[about][c] += shear * geometry.world_from_voxel[p][c];
  }
  return geometry;
}

TEST(Orientation, All48AreFoundAndTakeEveryVoxelToItsPlaceAndBack) {
  // Longer than a block along every axis, and no axis a multiple of it.
  const Shape3 shape{33, 34, 67};
  const auto labels = numbered<Label>(static_cast<std::size_t>(shape.size()));
  const auto floats = numbered<float>(2 * static_cast<std::size_t>(shape.size()));
  std::set<std::pair<std::array<int, 3>, std::array<bool, 3>>> seen;
  for_all_orientations(shape, [&](const ImageGeometry& stored) {
    const Orientation orientation = orientation_of(stored);
    seen.insert({orientation.source_axis, orientation.flipped});
    const ImageGeometry canonical = canonical_geometry(stored);
    EXPECT_TRUE(orientation_of(canonical).identity());
    for (std::size_t a = 0; a < 3; ++a)
      EXPECT_EQ(canonical.world_from_voxel[2 - a][2 - a], canonical.spacing_mm[a]);
    const auto turned_labels = to_canonical(labels, shape, orientation);
    EXPECT_EQ(to_stored(turned_labels, shape, orientation), labels);
    EXPECT_EQ(to_stored(to_canonical(floats, shape, orientation), shape, orientation), floats);
  });
  EXPECT_EQ(seen.size(), 48U);
}

TEST(Orientation, VoxelsKeepTheirPlaceInTheWorld) {
  const Shape3 shape{2, 3, 5};
  for_all_orientations(shape, [&](const ImageGeometry& axis_aligned) {
    for (const ImageGeometry& stored : {axis_aligned, oblique(axis_aligned, 1, 25, 0.1)}) {
      std::vector<std::int32_t> values(30);
      std::iota(values.begin(), values.end(), 0);
      const Orientation orientation = orientation_of(stored);
      const Volume<std::int32_t> canonical = [&] {
        Volume<std::int32_t> volume(shape);
        volume.values = values;
        return to_canonical(std::move(volume), orientation);
      }();
      const ImageGeometry grid = canonical_geometry(stored);
      ASSERT_EQ(grid.shape, canonical.shape);
      for (std::int64_t z = 0; z < grid.shape.depth; ++z) {
        for (std::int64_t y = 0; y < grid.shape.height; ++y) {
          for (std::int64_t x = 0; x < grid.shape.width; ++x) {
            const std::int64_t i = canonical.at(z, y, x);
            const Point expected = world_of(stored, i / 15, i / 5 % 3, i % 5);
            const Point found = world_of(grid, z, y, x);
            for (std::size_t row = 0; row < 3; ++row) EXPECT_NEAR(found[row], expected[row], 1e-12);
          }
        }
      }
    }
  });
}

TEST(Orientation, ObliqueAffinesTakeTheNearestAxes) {
  for_all_orientations({3, 4, 5}, [&](const ImageGeometry& straight) {
    for (std::size_t about = 0; about < 3; ++about) {
      for (const double degrees : {-40.0, -10.0, 1e-7, 40.0}) {
        EXPECT_EQ(orientation_of(oblique(straight, about, degrees, 0)), orientation_of(straight));
      }
    }
  });
  // Columns sheared far towards each other, of which two are longest along the same axis.
  ImageGeometry sheared = turned({3, 4, 5}, {0, 1, 2}, 0);
  sheared.world_from_voxel = {{{1, 0.9, 0, 0}, {0, 0.5, 0, 0}, {0, 0, 1, 0}}};
  EXPECT_TRUE(orientation_of(sheared).identity());
}

TEST(Orientation, GeometryWithoutAnAffineIsCanonical) {
  ImageGeometry none;
  none.shape = {2, 3, 4};
  EXPECT_TRUE(orientation_of(none).identity());
  EXPECT_EQ(canonical_geometry(none).shape, none.shape);
}

TEST(Orientation, CanonicalVoxelsAreMovedNotCopied) {
  std::vector<float> values = numbered<float>(60);
  const float* where = values.data();
  values = to_canonical(std::move(values), {3, 4, 5}, Orientation{});
  EXPECT_EQ(values.data(), where);
  values = to_stored(std::move(values), {3, 4, 5}, Orientation{});
  EXPECT_EQ(values.data(), where);
}

TEST(Orientation, IsReadFromAQformWhereThereIsNoSform) {
  const regionwise::testing::TemporaryFolder folder;
  // Half a turn about z (quaternion d = 1): x towards left, y towards posterior.
  const auto file = testing::NiftiBytes(1, false)
                        .set_dim({3, 2, 3, 4})
                        .set_pixdim({1, 1.25, 1.5, 10})
                        .set_qform(1, {0, 0, 1, 5, 6, 7})
                        .set_voxels(std::vector<std::uint8_t>(24));
  regionwise::testing::write_bytes(folder / "a.nii", file.bytes());
  const Orientation orientation = orientation_of(read_nifti_geometry(folder / "a.nii"));
  EXPECT_EQ(orientation, (Orientation{{0, 1, 2}, {false, true, true}}));
}

TEST(Orientation, OfEveryKidneyLabelIsFound) {
  const auto root = regionwise::testing::data_folder("KiTS19_labels");
  if (root.empty()) GTEST_SKIP() << "no KiTS19_labels in REGIONWISE_DATA";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    const ImageGeometry stored = read_nifti_geometry(entry.path() / "segmentation.nii.gz");
    // (slice, row, column) towards inferior, posterior, left; two of the files say so by qform.
    EXPECT_EQ(orientation_of(stored), (Orientation{{2, 1, 0}, {true, true, true}}));
    EXPECT_EQ(canonical_geometry(stored).shape.depth, stored.shape.width);
    ++files;
  }
  EXPECT_EQ(files, 12);
}

}  // namespace
}  // namespace regionwise::storage
