#include "sources/phantom_painter.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/random.hpp"

namespace regionwise::sources {
namespace {

constexpr double kEdgeMm = 2.4;  // width over which one tissue becomes another
constexpr double kTextureMm = 360;

/// Share of a pixel that lies inside an outline at this distance.
double coverage(double distance, double edge_mm = kEdgeMm) {
  const double t = std::clamp(0.5 - distance / edge_mm, 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

/// Lays a tissue over what was painted before.
void paint(double& value, double tissue, double share) {
  value += share * (tissue - value);
}

RandomStream texture(std::uint64_t seed,
                     const PhantomCase& which,
                     std::int64_t z,
                     std::uint32_t layer) {
  return RandomStream(seed,
                      {.purpose = Purpose::phantom_texture,
                       .epoch = static_cast<std::uint32_t>(which.patient),
                       .iteration = layer,
                       .sample = static_cast<std::uint32_t>(z)});
}

}  // namespace

SlicePainter::SlicePainter(const PhantomPatient& patient,
                           const Heart& heart,
                           std::uint64_t seed,
                           const PhantomCase& which,
                           std::int64_t z)
    : patient_(patient),
      heart_(heart),
      depth_(patient.depth_mm(z)),
      breathing_(patient.breathing[static_cast<std::size_t>(z)]),
      fine_(texture(seed, which, z, 0), 3.5, kTextureMm),
      medium_(texture(seed, which, z, 1), 9, kTextureMm),
      coarse_(texture(seed, which, z, 2), 28, kTextureMm) {
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    sections_[i] = heart.section(depth_ + kWithinSliceMm[i]);
  }
}

double SlicePainter::signal(const Point& p) const {
  const Grain grain{fine_.at(p), medium_.at(p), coarse_.at(p)};
  const double body = surroundings(p, grain);
  const Point q = p - breathing_;
  double sum = 0;
  for (const Heart::Section& section : sections_) sum += with_heart(body, section, q, grain);
  const double roughness = patient_.contrast.texture * 0.6 * (grain.fine + grain.medium);
  return sum / static_cast<double>(sections_.size()) * (1 + roughness) * patient_.shading.at(p);
}

double SlicePainter::surroundings(const Point& p, const Grain& grain) const {
  const TissueContrast& c = patient_.contrast;
  const Surroundings& s = patient_.surroundings;
  double value = 0.01;
  const double depth_in_body = s.body.distance(p) + 2.5 * grain.coarse;
  paint(value, c.fat, coverage(depth_in_body));
  const double muscle = depth_in_body + s.fat_mm * (1 + 0.15 * grain.coarse);
  paint(value, c.body_muscle, coverage(muscle));
  const double rib = std::cos(14 * angle_of(p - s.body.centre) + s.rib_phase);
  paint(value,
        c.bone,
        coverage(std::abs(muscle + 0.5 * s.chest_wall_mm) - 3.5) * coverage(0.2 - rib, 0.4));
  const double inside = muscle + s.chest_wall_mm;
  paint(value, c.lung, coverage(inside));
  const double vessels = coverage(2.1 - grain.medium - 0.4 * grain.coarse, 0.7);
  paint(value, 0.4, vessels * coverage(inside + 6));
  paint(value,
        0.65 * c.fat + 0.06 * grain.medium,
        coverage(std::max(inside, s.front.distance(p) + 4 * grain.coarse), 4));
  paint_abdomen(value, p, inside, grain);
  return value;
}

void SlicePainter::paint_abdomen(double& value,
                                 const Point& p,
                                 double inside,
                                 const Grain& grain) const {
  const TissueContrast& c = patient_.contrast;
  const Surroundings& s = patient_.surroundings;
  Ellipse shape = s.liver;
  shape.centre.y -= s.liver_rises * (depth_ - 40);
  const double liver = std::max(inside, shape.distance(p) + 2 * grain.coarse);
  paint(value, c.fat, 0.5 * coverage(liver - 2));
  paint(value, c.liver, coverage(liver));
  const double vessel = coverage(std::abs(grain.medium + 0.5 * grain.coarse) - 0.15, 0.3);
  paint(value, 1.25 * c.liver, vessel * coverage(liver + 10));
  shape = s.stomach;
  shape.centre.y -= 0.6 * s.liver_rises * (depth_ - 40);
  const double stomach = std::max(inside, shape.distance(p) + 2 * grain.coarse);
  paint(value, c.body_muscle, coverage(stomach - 3));
  paint(value, c.stomach + 0.1 * grain.medium, coverage(stomach));
  paint(value, c.body_muscle, coverage(s.spine.distance(p) - 14 + 4 * grain.coarse));
  paint(value, c.bone, coverage(s.spine.distance(p)));
  const Ellipse canal{s.spine.centre + Point{0, s.spine.b + 7}, 8, 6, 0};
  paint(value, 1.1, coverage(canal.distance(p)));
  paint(value, c.body_muscle, coverage(s.aorta.distance(p) - 2));
  paint(value, 1.0, coverage(s.aorta.distance(p)));
  paint(value, 0.9, coverage(s.vena_cava.distance(p)));
}

double SlicePainter::with_heart(double value,
                                const Heart::Section& s,
                                const Point& p,
                                const Grain& grain) const {
  const double apart = length(p - s.centre);
  if (apart > Heart::kReachMm) return value;
  const double left = heart_.epicardial_distance(s, p);
  const double right = heart_.right_distance(s, p);
  // Below the apex the pericardium still holds some fat.
  const double outside = std::min({left, right - 3, apart - 8});
  if (outside > 25) return value;
  paint_around(value, outside, grain);
  paint_above_valves(value, s, p, grain);
  const double below_right = coverage(-heart_.below_tricuspid_plane(s, p), 3);
  const double below_wall = coverage(-heart_.below_wall_edge(s, p), 3);
  const double below_left = coverage(-heart_.below_mitral_plane(s, p), 3);
  paint(value, patient_.contrast.muscle, below_right * coverage(right - 2.8));
  paint(value, right_blood(right, grain), below_right * coverage(right));
  paint(value, patient_.contrast.muscle, below_wall * coverage(left));
  paint_left_cavity(value, s, p, below_left, grain);
  return value;
}

void SlicePainter::paint_around(double& value, double outside, const Grain& grain) const {
  const TissueContrast& c = patient_.contrast;
  paint(value, c.mediastinum, coverage(outside - 7 - 5 * grain.coarse, 5));
  const double patch = coverage(0.2 - patient_.surroundings.pericardial_fat - grain.medium, 0.8);
  paint(value, c.fat, patch * coverage(outside - 6 - 2 * grain.coarse, 4));
  paint(value, 0.5 * c.muscle, 0.6 * coverage(std::abs(outside - 2) - 0.8));
}

void SlicePainter::paint_above_valves(double& value,
                                      const Heart::Section& s,
                                      const Point& p,
                                      const Grain& grain) const {
  const HeartAnatomy& h = heart_.anatomy();
  const double muscle = patient_.contrast.muscle;
  const double above = coverage(heart_.below_mitral_plane(s, p) - 2, 4);
  if (above <= 0) return;
  const double r = s.epicardial_radius;
  const Point back = direction(h.septum_angle - 0.5 * std::numbers::pi);
  const Point right = direction(h.septum_angle);
  const Point outflow = direction(h.outflow_angle);
  const Ellipse left_atrium{s.centre + back * (0.35 * r), 0.8 * r, 0.55 * r, h.septum_angle};
  const Ellipse right_atrium{
      s.centre + right * (1.3 * r) + back * (0.3 * r), 0.6 * r, 0.75 * r, h.septum_angle};
  const Ellipse right_outflow{
      s.centre + right * (0.95 * r) - back * (0.75 * r), 0.5 * r, 0.4 * r, h.septum_angle};
  const Ellipse aortic_root{s.centre + outflow * (0.55 * r), 0.4 * r, 0.36 * r, 0};
  const double blood = patient_.contrast.blood_right * (1 + 0.08 * grain.medium);
  const double chamber =
      std::min({left_atrium.distance(p), right_atrium.distance(p), right_outflow.distance(p)});
  for (const double distance : {chamber, aortic_root.distance(p)}) {
    paint(value, muscle, above * coverage(distance - 1.8));
    paint(value, blood, above * coverage(distance));
  }
}

double SlicePainter::right_blood(double distance, const Grain& grain) const {
  const double near_wall = coverage(-distance - 9, 12);
  const double trabecula = near_wall * coverage(0.7 - grain.fine, 0.9);
  return patient_.contrast.blood_right * (1 + 0.08 * grain.medium) * (1 - 0.55 * trabecula);
}

void SlicePainter::paint_left_cavity(double& value,
                                     const Heart::Section& s,
                                     const Point& p,
                                     double below,
                                     const Grain& grain) const {
  const double muscle = patient_.contrast.muscle;
  const double cavity = heart_.cavity_distance(s, p);
  const double rough = cavity + 1.1 * std::max(0.0, grain.fine);
  paint(value, 1 + 0.06 * grain.medium, below * coverage(rough));
  paint(value,
        1.1 * muscle,
        0.85 * below * coverage(cavity) * coverage(heart_.papillary_distance(s, p)));
}

}  // namespace regionwise::sources
