#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/random.hpp"
#include "core/volume.hpp"
#include "sources/phantom_heart.hpp"

namespace regionwise::sources {

constexpr double kPhantomSliceDistanceMm = 10;

/// Signal of the tissues against blood, as in balanced steady-state images.
struct TissueContrast {
  double blood_right = 0.95;
  double muscle = 0.34;  ///< Of the heart.
  double body_muscle = 0.3;
  double fat = 0.95;
  double lung = 0.07;
  double liver = 0.42;
  double stomach = 0.6;
  double bone = 0.45;
  double mediastinum = 0.5;
  double gain = 300;     ///< Signal of blood in the scanner's units.
  double noise = 0.06;   ///< Deviation.
  double texture = 0.1;  ///< Relative deviation within a tissue.

  static TissueContrast draw(RandomStream& random);
};

/// Coil shading: exponential of a quadratic.
struct CoilShading {
  std::array<double, 5> coefficients{};

  static CoilShading draw(RandomStream& random);

  double at(const Point& p) const;
};

/// What surrounds the heart.
struct Surroundings {
  Ellipse body;
  double fat_mm = 12;
  double chest_wall_mm = 14;
  Ellipse front;  ///< Fat and thymus behind the breast bone.
  Ellipse liver;
  double liver_rises = 0.4;  ///< mm per mm of depth: apical slices see more of it
  Ellipse stomach;
  Ellipse spine;
  Ellipse aorta;
  Ellipse vena_cava;
  double pericardial_fat = 0.5;  ///< How much of the heart's outside it covers.
  double rib_phase = 0;

  static Surroundings draw(const HeartAnatomy& heart, RandomStream& random);
};

/// All that the frames of a synthetic patient share.
struct PhantomPatient {
  HeartAnatomy heart;
  TissueContrast contrast;
  CoilShading shading;
  Surroundings surroundings;
  double spacing_mm = 1.5;
  Shape3 shape;
  double first_depth_mm = 0;
  std::vector<Point> breathing;  ///< Shift of each slice: every one is its own breath-hold.

  static PhantomPatient draw(std::uint64_t seed, std::int64_t number);

  /// Of a slice, from the valve plane at the end of diastole.
  double depth_mm(std::int64_t z) const;

  /// Of a pixel's centre.
  Point place(std::int64_t y, std::int64_t x) const;
};

}  // namespace regionwise::sources
