#include "preprocessing/restore.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "planning/crop.hpp"
#include "preprocessing/preprocess.hpp"
#include "storage/orientation.hpp"
#include "support/property.hpp"

namespace regionwise::preprocessing {
namespace {

using planning::crop_to_nonzero;
using planning::CroppedCase;
using planning::Plan;
using sources::RawCase;

constexpr int kClasses = 3;

/// A grid of the spacing (z, y, x) whose stored axes are those of the world in another order and
/// direction: every orientation there is.
storage::ImageGeometry stored_grid(const Shape3& shape,
                                   const Spacing3& spacing_mm,
                                   std::array<std::size_t, 3> world_axis,
                                   std::array<bool, 3> backwards) {
  storage::ImageGeometry geometry;
  geometry.shape = shape;
  geometry.spacing_mm = spacing_mm;
  for (std::size_t i = 0; i < 3; ++i) {  // i: stored axis x, y, z
    const double step = spacing_mm[2 - i] * (backwards[i] ? -1 : 1);
    geometry.world_from_voxel[world_axis[i]][i] = step;
  }
  return geometry;
}

/// Balls of two classes in a noisy body that leaves a border of zeros, in canonical axes.
RawCase draw_case(const storage::ImageGeometry& geometry) {
  RawCase raw;
  raw.id = "drawn";
  raw.geometry = geometry;
  const Shape3 shape = storage::canonical_geometry(geometry).shape;
  raw.label = Volume<Label>(shape, 0);
  raw.image.assign(static_cast<std::size_t>(shape.size()), 0.0F);
  const std::array<std::int64_t, 3> extents{shape.depth, shape.height, shape.width};
  std::array<std::int64_t, 3> border{};
  for (std::size_t a = 0; a < 3; ++a) {
    border[a] = *rc::gen::inRange<std::int64_t>(0, 1 + extents[a] / 4);
  }
  const int balls = *rc::gen::inRange(1, 4);
  std::vector<std::array<double, 4>> ball;  // centre and radius, as shares of the extents
  for (int i = 0; i < balls; ++i) {
    const auto share = [] { return 0.01 * *rc::gen::inRange(30, 70); };
    ball.push_back({share(), share(), share(), 0.01 * *rc::gen::inRange(10, 25)});
  }
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    for (std::int64_t y = 0; y < shape.height; ++y) {
      for (std::int64_t x = 0; x < shape.width; ++x) {
        const std::array<std::int64_t, 3> at{z, y, x};
        bool inside = true;
        for (std::size_t a = 0; a < 3; ++a) {
          inside = inside && at[a] >= border[a] && at[a] < extents[a] - border[a];
        }
        if (!inside) continue;
        const auto i = static_cast<std::size_t>((z * shape.height + y) * shape.width + x);
        raw.image[i] = 100 + static_cast<float>((7 * z + 5 * y + 3 * x) % 11);
        for (std::size_t b = 0; b < ball.size(); ++b) {
          double squares = 0;
          for (std::size_t a = 0; a < 3; ++a) {
            const double offset =
                static_cast<double>(at[a]) / static_cast<double>(extents[a]) - ball[b][a];
            squares += offset * offset;
          }
          if (squares < ball[b][3] * ball[b][3]) {
            raw.label.values[i] = static_cast<Label>(1 + b % 2);
          }
        }
      }
    }
  }
  return raw;
}

/// What comes back when the network predicts the preprocessed label itself.
Volume<Label> there_and_back(const RawCase& raw, const Plan& plan) {
  CroppedCase cropped = crop_to_nonzero(raw);
  const geometry::Box box = cropped.box;
  const Preprocessed volume = preprocess(std::move(cropped), plan, MaskSource::label);
  Restorer restorer(placement(raw.geometry, box, volume, plan), kClasses);
  const auto plane = static_cast<std::size_t>(volume.shape().slice_size());
  for (std::int64_t z = 0; z < volume.shape().depth; ++z) {
    std::vector<float> one_hot(kClasses * plane, 0.0F);
    for (std::size_t i = 0; i < plane; ++i) {
      const Label label = volume.label.values[static_cast<std::size_t>(z) * plane + i];
      one_hot[static_cast<std::size_t>(std::max<Label>(label, 0)) * plane + i] = 1;
    }
    restorer.add_slice(z, one_hot);
  }
  return std::move(restorer).finish();
}

/// Whether another label lies within `reach` voxels in the plane of a slice.
bool near_surface(const Volume<Label>& label,
                  std::array<std::int64_t, 3> at,
                  std::array<std::int64_t, 3> reach) {
  const Shape3& s = label.shape;
  const Label own = label.at(at[0], at[1], at[2]);
  for (std::int64_t z = at[0] - reach[0]; z <= at[0] + reach[0]; ++z) {
    for (std::int64_t y = at[1] - reach[1]; y <= at[1] + reach[1]; ++y) {
      for (std::int64_t x = at[2] - reach[2]; x <= at[2] + reach[2]; ++x) {
        if (z < 0 || y < 0 || x < 0 || z >= s.depth || y >= s.height || x >= s.width) continue;
        if (label.at(z, y, x) != own) return true;
      }
    }
  }
  return false;
}

storage::ImageGeometry any_grid(const Spacing3& spacing_mm) {
  auto axes = std::array<std::size_t, 3>{0, 1, 2};
  for (int n = *rc::gen::inRange(0, 6); n > 0; --n) std::next_permutation(axes.begin(), axes.end());
  const Shape3 shape{*rc::gen::inRange<std::int64_t>(4, 10),
                     *rc::gen::inRange<std::int64_t>(12, 40),
                     *rc::gen::inRange<std::int64_t>(12, 40)};
  return stored_grid(
      shape,
      spacing_mm,
      axes,
      {*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()});
}

/// The plan that the planner would make for a set of this one image, with another spacing in the
/// plane.
Plan plan_for(const RawCase& raw, double in_plane_scale) {
  const auto canonical = storage::canonical_geometry(raw.geometry);
  const auto& spacing = canonical.spacing_mm;
  Plan plan;
  plan.normalization = {"nonCT"};
  const auto coarsest =
      static_cast<int>(std::max_element(spacing.begin(), spacing.end()) - spacing.begin());
  std::size_t next = 1;
  plan.axis_order[0] = coarsest;
  for (int axis = 0; axis < 3; ++axis) {
    if (axis != coarsest) plan.axis_order[next++] = axis;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    plan.target_spacing_mm[i] =
        spacing[static_cast<std::size_t>(plan.axis_order[i])] * (i == 0 ? 1 : in_plane_scale);
  }
  return plan;
}

TEST(Restorer, ReturnsTheLabelExactlyWhereNothingWasResampled) {
  regionwise::testing::check_property([] {
    const RawCase raw = draw_case(any_grid({8, 1.5, 1.5}));
    const Volume<Label> back = there_and_back(raw, plan_for(raw, 1));
    RC_ASSERT(back.shape == raw.label.shape);
    RC_ASSERT(back.values == raw.label.values);
  });
}

TEST(Restorer, ReturnsTheLabelWithinAVoxelOfItsSurfaceWhereItWasResampled) {
  regionwise::testing::check_property([] {
    const RawCase raw = draw_case(any_grid({*rc::gen::element(2.0, 8.0), 1.5, 1.25}));
    const double scale = *rc::gen::element(0.7, 0.83, 1.2, 1.5);
    const Plan plan = plan_for(raw, scale);
    const Volume<Label> back = there_and_back(raw, plan);
    RC_ASSERT(back.shape == raw.label.shape);
    // A voxel of the coarser of the two grids, in the plane.
    std::array<std::int64_t, 3> reach{};
    for (std::size_t i = 1; i < 3; ++i) {
      reach[static_cast<std::size_t>(plan.axis_order[i])] =
          static_cast<std::int64_t>(std::ceil(std::max(scale, 1.0)));
    }
    for (std::int64_t z = 0; z < back.shape.depth; ++z) {
      for (std::int64_t y = 0; y < back.shape.height; ++y) {
        for (std::int64_t x = 0; x < back.shape.width; ++x) {
          if (back.at(z, y, x) == raw.label.at(z, y, x)) continue;
          RC_ASSERT(near_surface(raw.label, {z, y, x}, reach));
        }
      }
    }
  });
}

TEST(Restorer, PutsSlicesBackWithTheGapsBetweenThem) {
  storage::CaseInfo info;
  info.source.shape = {6, 1, 2};
  info.crop_start = {1, 0, 0};
  info.crop_shape = {4, 1, 2};
  info.kept_slices = {1, 2, 4};
  const auto slice_of_class_one = std::vector<float>{0, 0, 1, 1};
  info.shape = {3, 1, 2};
  Restorer restorer(info, 2);
  for (std::int64_t z = 0; z < 3; ++z) restorer.add_slice(z, slice_of_class_one);
  EXPECT_EQ(std::move(restorer).finish().values,
            (std::vector<Label>{0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0}));
  // The gaps stay where they are when the slices are cut along another axis.
  info.axis_order = {2, 1, 0};
  info.shape = {2, 1, 3};
  Restorer turned(info, 2);
  for (std::int64_t z = 0; z < 2; ++z) turned.add_slice(z, std::vector<float>{0, 0, 0, 1, 1, 1});
  EXPECT_EQ(std::move(turned).finish().values,
            (std::vector<Label>{0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0}));
}

TEST(Restorer, TakesTheFirstOfEquallyProbableClasses) {
  storage::CaseInfo info;
  info.shape = {1, 1, 2};
  info.source.shape = info.shape;
  info.crop_shape = info.shape;
  Restorer restorer(info, 3);
  restorer.add_slice(0, std::vector<float>{0.2F, 0.1F, 0.4F, 0.45F, 0.4F, 0.45F});
  EXPECT_EQ(std::move(restorer).finish().values, (std::vector<Label>{1, 1}));
}

}  // namespace
}  // namespace regionwise::preprocessing
