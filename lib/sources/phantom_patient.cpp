#include "sources/phantom_patient.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace regionwise::sources {

TissueContrast TissueContrast::draw(RandomStream& random) {
  TissueContrast c;
  c.blood_right = random.uniform(0.8, 1.0);
  c.muscle = random.uniform(0.26, 0.48);
  c.body_muscle = c.muscle * random.uniform(0.8, 1.1);
  c.fat = random.uniform(0.65, 1.15);
  c.lung = random.uniform(0.04, 0.12);
  c.liver = c.muscle * random.uniform(0.9, 1.6);
  c.stomach = random.uniform(0.2, 1.0);
  c.bone = random.uniform(0.35, 0.6);
  c.mediastinum = random.uniform(0.3, 0.75);
  c.gain = random.uniform(120, 900);
  c.noise = random.uniform(0.035, 0.085);
  c.texture = random.uniform(0.07, 0.16);
  return c;
}

CoilShading CoilShading::draw(RandomStream& random) {
  CoilShading s;
  s.coefficients = {random.uniform(-0.25, 0.25),
                    random.uniform(-0.55, 0.05),  // coils lie on the chest: brighter above
                    random.uniform(-0.25, 0.15),
                    random.uniform(-0.2, 0.2),
                    random.uniform(-0.25, 0.15)};
  return s;
}

double CoilShading::at(const Point& p) const {
  const double x = p.x / 150;
  const double y = p.y / 150;
  const auto& c = coefficients;
  return std::exp(c[0] * x + c[1] * y + c[2] * x * x + c[3] * x * y + c[4] * y * y);
}

Surroundings Surroundings::draw(const HeartAnatomy& heart, RandomStream& random) {
  Surroundings s;
  s.body = {{random.uniform(-12, 12), random.uniform(6, 16)},
            random.uniform(138, 162),
            random.uniform(110, 126),
            random.uniform(-0.06, 0.06)};
  s.fat_mm = random.uniform(4, 18);
  s.chest_wall_mm = random.uniform(9, 16);
  const double breast_bone = s.body.centre.y - s.body.b + s.fat_mm + s.chest_wall_mm;
  s.front = {{heart.centre.x + random.uniform(-45, -10), breast_bone},
             random.uniform(45, 75),
             random.uniform(12, 30),
             random.uniform(-0.25, 0.15)};
  s.liver = {heart.centre + Point{random.uniform(-85, -45), random.uniform(74, 92)},
             random.uniform(75, 100),
             random.uniform(38, 52),
             random.uniform(-0.15, 0.3)};
  s.liver_rises = random.uniform(0.1, 0.45);
  s.stomach = {heart.centre + Point{random.uniform(40, 75), random.uniform(66, 92)},
               random.uniform(26, 48),
               random.uniform(18, 32),
               random.uniform(-0.8, 0.4)};
  s.spine = {{random.uniform(-16, 12), random.uniform(88, 100)},
             random.uniform(19, 25),
             random.uniform(15, 20),
             random.uniform(-0.2, 0.2)};
  const double aorta_mm = random.uniform(9, 13);
  s.aorta = {s.spine.centre + Point{random.uniform(26, 38), random.uniform(-24, -8)},
             aorta_mm,
             aorta_mm * random.uniform(0.9, 1),
             0};
  s.vena_cava = {heart.centre + Point{random.uniform(-58, -36), random.uniform(44, 62)},
                 random.uniform(9, 13),
                 random.uniform(7, 11),
                 random.uniform(-0.5, 0.5)};
  s.pericardial_fat = random.uniform(-0.3, 0.9);
  s.rib_phase = random.uniform(-std::numbers::pi, std::numbers::pi);
  return s;
}

PhantomPatient PhantomPatient::draw(std::uint64_t seed, std::int64_t number) {
  RandomStream random(
      seed, {.purpose = Purpose::phantom_anatomy, .epoch = static_cast<std::uint32_t>(number)});
  PhantomPatient p;
  p.heart = HeartAnatomy::draw(random);
  p.contrast = TissueContrast::draw(random);
  p.shading = CoilShading::draw(random);
  p.surroundings = Surroundings::draw(p.heart, random);
  p.spacing_mm = random.uniform(1.3, 1.6);
  p.shape.height = std::llrint(random.uniform(248, 288) / p.spacing_mm);
  p.shape.width = std::llrint(random.uniform(258, 302) / p.spacing_mm);
  p.first_depth_mm = random.uniform(-9, 4);
  const double covered = p.heart.length + p.heart.apex_wall - p.first_depth_mm;
  const auto slices = std::llrint(covered / kPhantomSliceDistanceMm) + random.integer(2);
  p.shape.depth = std::clamp<std::int64_t>(slices, 6, 12);
  for (std::int64_t z = 0; z < p.shape.depth; ++z) {
    p.breathing.push_back({1.2 * random.normal(), 1.2 * random.normal()});
  }
  return p;
}

double PhantomPatient::depth_mm(std::int64_t z) const {
  return first_depth_mm + kPhantomSliceDistanceMm * static_cast<double>(z);
}

Point PhantomPatient::place(std::int64_t y, std::int64_t x) const {
  return {(static_cast<double>(x) - 0.5 * static_cast<double>(shape.width - 1)) * spacing_mm,
          (static_cast<double>(y) - 0.5 * static_cast<double>(shape.height - 1)) * spacing_mm};
}

}  // namespace regionwise::sources
