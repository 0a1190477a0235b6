#include "sources/phantom.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace regionwise::sources {
namespace {

enum : Label { kBackground, kRight, kWall, kLeft };

constexpr std::int64_t kPatients = 20;

/// Voxels of each class in one slice.
std::array<std::int64_t, 4> counts(const Volume<Label>& labels, std::int64_t z) {
  std::array<std::int64_t, 4> count{};
  const auto first = labels.values.begin() + z * labels.shape.slice_size();
  std::for_each(first, first + labels.shape.slice_size(), [&](Label k) {
    ++count[static_cast<std::size_t>(k)];
  });
  return count;
}

double voxels(const Volume<Label>& labels, Label which) {
  return static_cast<double>(std::count(labels.values.begin(), labels.values.end(), which));
}

/// Pieces of the pixels where `inside`, with 4 or 8 neighbours.
int pieces(std::vector<char> inside, std::int64_t height, std::int64_t width, bool diagonal) {
  int found = 0;
  std::vector<std::int64_t> stack;
  for (std::size_t start = 0; start < inside.size(); ++start) {
    if (!inside[start]) continue;
    ++found;
    inside[start] = 0;
    stack.push_back(static_cast<std::int64_t>(start));
    while (!stack.empty()) {
      const std::int64_t at = stack.back();
      stack.pop_back();
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          const std::int64_t y = at / width + dy;
          const std::int64_t x = at % width + dx;
          if (y < 0 || x < 0 || y >= height || x >= width) continue;
          const auto next = static_cast<std::size_t>(y * width + x);
          if (!inside[next] || (!diagonal && dy != 0 && dx != 0)) continue;
          inside[next] = 0;
          stack.push_back(y * width + x);
        }
      }
    }
  }
  return found;
}

int pieces_of(const Volume<Label>& labels, std::int64_t z, bool is, Label which, bool diagonal) {
  std::vector<char> inside;
  const auto first = labels.values.begin() + z * labels.shape.slice_size();
  std::transform(
      first, first + labels.shape.slice_size(), std::back_inserter(inside), [&](Label k) {
        return static_cast<char>((k == which) == is);
      });
  return pieces(std::move(inside), labels.shape.height, labels.shape.width, diagonal);
}

TEST(Phantom, IsTheSameForTheSameSeedWhateverTheThreads) {
  const RawCase a = draw_phantom(5, {3, true}, 1);
  const RawCase b = draw_phantom(5, {3, true}, 3);
  EXPECT_EQ(a.image, b.image);
  EXPECT_EQ(a.label.values, b.label.values);
}

TEST(Phantom, DiffersBetweenSeedsPatientsAndFrames) {
  std::set<double> sums;
  for (const auto& [seed, which] : {std::pair{1, PhantomCase{1, false}},
                                    std::pair{2, PhantomCase{1, false}},
                                    std::pair{1, PhantomCase{2, false}},
                                    std::pair{1, PhantomCase{1, true}}}) {
    const RawCase raw = draw_phantom(static_cast<std::uint64_t>(seed), which, 1);
    double sum = 0;
    for (const float v : raw.image) sum += v;
    sums.insert(sum);
  }
  EXPECT_EQ(sums.size(), 4U);
}

TEST(Phantom, LabelsAloneAreThoseOfTheImage) {
  const PhantomCase which{4, true};
  EXPECT_EQ(draw_phantom(9, which, 1).label.values, draw_phantom_labels(9, which).values);
}

TEST(Phantom, HasThePaperSharesOfEachClass) {
  // Of all voxels against the background's, in per cent: the paper's Table 2.
  constexpr std::array<double, 4> kPaper{100, 1.21, 1.30, 1.27};
  for (const std::uint64_t seed : {1U, 2U, 77U}) {
    SCOPED_TRACE(seed);
    std::array<double, 4> voxels{};
    for (const PhantomCase& which : phantom_cases(kPatients)) {
      for (const Label k : draw_phantom_labels(seed, which).values) {
        ++voxels[static_cast<std::size_t>(k)];
      }
    }
    for (std::size_t k = 1; k < 4; ++k) {
      EXPECT_NEAR(100 * voxels[k] / voxels[0], kPaper[k], 0.2 * kPaper[k]) << "class " << k;
    }
  }
}

TEST(Phantom, HasTheGridOfACineImage) {
  std::set<std::int64_t> depths;
  for (const PhantomCase& which : phantom_cases(kPatients)) {
    depths.insert(draw_phantom_labels(1, which).shape.depth);
  }
  EXPECT_GE(*depths.begin(), 6);
  EXPECT_LE(*depths.rbegin(), 12);
  EXPECT_GE(depths.size(), 3U);
  std::set<double> spacings;
  for (std::int64_t patient = 1; patient <= 3; ++patient) {
    const RawCase raw = draw_phantom(1, {patient, false}, 2);
    const auto& spacing = raw.geometry.spacing_mm;
    EXPECT_EQ(spacing[0], 10);
    EXPECT_EQ(spacing[1], spacing[2]);
    EXPECT_GE(spacing[1], 1.3);
    EXPECT_LE(spacing[1], 1.6);
    EXPECT_EQ(raw.geometry.world_from_voxel[0][0], spacing[2]);
    EXPECT_EQ(raw.geometry.world_from_voxel[2][2], 10);
    spacings.insert(spacing[1]);
  }
  EXPECT_EQ(spacings.size(), 3U);
}

TEST(Phantom, ContractsInSystole) {
  for (std::int64_t patient = 1; patient <= kPatients; ++patient) {
    SCOPED_TRACE(patient);
    const Volume<Label> full = draw_phantom_labels(1, {patient, false});
    const Volume<Label> emptied = draw_phantom_labels(1, {patient, true});
    ASSERT_EQ(full.shape, emptied.shape);
    const double ejection = 1 - voxels(emptied, kLeft) / voxels(full, kLeft);
    EXPECT_GT(ejection, 0.35);
    EXPECT_LT(ejection, 0.8);
    EXPECT_LT(voxels(emptied, kRight), voxels(full, kRight));
    // Muscle cannot be compressed.
    EXPECT_NEAR(voxels(emptied, kWall) / voxels(full, kWall), 1, 0.3);
  }
}

TEST(Phantom, LeftVentricleHoldsWhatAHumanOneDoes) {
  const RawCase raw = draw_phantom(1, {2, false}, 2);
  const auto& spacing = raw.geometry.spacing_mm;
  const double ml = voxels(raw.label, kLeft) * spacing[0] * spacing[1] * spacing[2] / 1000;
  EXPECT_GT(ml, 70);
  EXPECT_LT(ml, 260);
}

TEST(Phantom, WallIsARingAndTheRightVentricleOnePieceHalfWayDown) {
  for (const PhantomCase& which : phantom_cases(kPatients)) {
    SCOPED_TRACE(which.id());
    const Volume<Label> labels = draw_phantom_labels(1, which);
    const std::int64_t z = labels.shape.depth / 2;
    EXPECT_EQ(pieces_of(labels, z, true, kWall, true), 1);
    EXPECT_EQ(pieces_of(labels, z, true, kLeft, true), 1);
    EXPECT_LE(pieces_of(labels, z, true, kRight, true), 1);
    // A closed ring parts its cavity from the surroundings.
    EXPECT_EQ(pieces_of(labels, z, false, kWall, false), 2);
  }
}

TEST(Phantom, StructuresVanishTowardsApexAndBase) {
  int without_right = 0;
  int without_left = 0;
  int without_wall = 0;
  int open_wall = 0;
  for (const PhantomCase& which : phantom_cases(kPatients)) {
    const Volume<Label> labels = draw_phantom_labels(1, which);
    const std::int64_t last = labels.shape.depth - 1;
    for (std::int64_t z = 1; z <= last; ++z) {
      const auto count = counts(labels, z);
      without_right += count[kRight] == 0 && count[kLeft] > 0;
      without_left += count[kLeft] == 0 && count[kWall] > 0;
    }
    without_wall += counts(labels, last)[kWall] == 0 || counts(labels, 0)[kWall] == 0;
    open_wall += counts(labels, 0)[kWall] > 0 && pieces_of(labels, 0, false, kWall, false) == 1;
  }
  EXPECT_GE(without_right, 20);  // apical slices of nearly every case
  EXPECT_GE(without_left, 1);
  EXPECT_GE(without_wall, 5);
  EXPECT_GE(open_wall, 5);
}

TEST(Phantom, IntensityAloneDoesNotTellTheClasses) {
  // The best single threshold between left ventricle and background leaves many errors.
  const RawCase raw = draw_phantom(1, {1, false}, 2);
  std::vector<float> blood;
  std::vector<float> rest;
  for (std::size_t i = 0; i < raw.image.size(); ++i) {
    (raw.label.values[i] == kLeft ? blood : rest).push_back(raw.image[i]);
  }
  std::nth_element(blood.begin(), blood.begin() + blood.size() / 2, blood.end());
  const float middle = blood[blood.size() / 2];
  const auto brighter =
      std::count_if(rest.begin(), rest.end(), [&](float v) { return v > middle; });
  EXPECT_GT(brighter, std::ssize(blood) / 2);
}

TEST(Phantom, CaseIdsReadBack) {
  const auto cases = phantom_cases(12);
  ASSERT_EQ(cases.size(), 24U);
  for (const PhantomCase& one : cases) {
    EXPECT_EQ(PhantomCase::of_id(one.id()).patient, one.patient);
    EXPECT_EQ(PhantomCase::of_id(one.id()).systole, one.systole);
  }
  EXPECT_EQ(cases[3].id(), "patient002_ES");
  EXPECT_TRUE(std::is_sorted(
      cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.id() < b.id(); }));
}

}  // namespace
}  // namespace regionwise::sources
