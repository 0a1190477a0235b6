#pragma once

#include <array>
#include <cstdint>

#include "sources/phantom.hpp"
#include "sources/phantom_heart.hpp"
#include "sources/phantom_patient.hpp"
#include "sources/phantom_texture.hpp"

namespace regionwise::sources {

/// Draws one slice of one frame. Keeps references to the patient and the heart.
class SlicePainter {
 public:
  SlicePainter(const PhantomPatient& patient,
               const Heart& heart,
               std::uint64_t seed,
               const PhantomCase& which,
               std::int64_t z);

  /// Signal without noise, blood about 1.
  double signal(const Point& p) const;

 private:
  /// The textures of a slice at one place, from fine to coarse.
  struct Grain {
    double fine = 0;
    double medium = 0;
    double coarse = 0;
  };

  /// The mean of these depths is drawn: slices are 8 mm thick.
  static constexpr std::array<double, 3> kWithinSliceMm{-2.7, 0, 2.7};

  double surroundings(const Point& p, const Grain& grain) const;
  void paint_abdomen(double& value, const Point& p, double inside, const Grain& grain) const;
  double with_heart(double value,
                    const Heart::Section& s,
                    const Point& p,
                    const Grain& grain) const;
  /// Mediastinum and patches of pericardial fat.
  void paint_around(double& value, double outside, const Grain& grain) const;
  /// Atria, aortic root and the right outflow tract: as bright as the ventricles, yet background.
  void paint_above_valves(double& value,
                          const Heart::Section& s,
                          const Point& p,
                          const Grain& grain) const;
  /// Trabeculae darken the blood near the free wall.
  double right_blood(double distance, const Grain& grain) const;
  void paint_left_cavity(double& value,
                         const Heart::Section& s,
                         const Point& p,
                         double below,
                         const Grain& grain) const;

  const PhantomPatient& patient_;
  const Heart& heart_;
  double depth_;
  Point breathing_;
  Texture fine_;
  Texture medium_;
  Texture coarse_;
  std::array<Heart::Section, kWithinSliceMm.size()> sections_;
};

}  // namespace regionwise::sources
