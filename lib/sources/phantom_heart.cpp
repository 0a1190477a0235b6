#include "sources/phantom_heart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace regionwise::sources {
namespace {

constexpr double kFar = std::numeric_limits<double>::max();
constexpr double kThinnestRightMm = 4;

/// Radius of a ventricle against its base, from the valve plane (share 0) to the apex (1).
double profile(double share, double bluntness) {
  if (share <= 0) return 1;
  if (share >= 1) return 0;
  return std::sqrt(1 - std::exp(bluntness * std::log(share)));
}

/// The larger of two distances; where they are alike, a rounded corner of about `width`.
double smooth_max(double a, double b, double width) {
  const double alike = std::max(0.0, 1 - std::abs(a - b) / width);
  return std::max(a, b) + 0.25 * width * alike * alike;
}

}  // namespace

Point direction(double angle) {
  return {std::cos(angle), std::sin(angle)};
}
double length(const Point& p) {
  return std::sqrt(p.x * p.x + p.y * p.y);
}
double angle_of(const Point& p) {
  return std::atan2(p.y, p.x);
}

double Ellipse::distance(const Point& p) const {
  const Point d = p - centre;
  const Point along = direction(angle);
  const double x = (d.x * along.x + d.y * along.y) / a;
  const double y = (d.y * along.x - d.x * along.y) / b;
  const double r = std::sqrt(x * x + y * y);
  const double slope = std::sqrt(x * x / (a * a) + y * y / (b * b));
  if (slope < 1e-12) return -std::min(a, b);
  return r * (r - 1) / slope;
}

HeartAnatomy HeartAnatomy::draw(RandomStream& random) {
  HeartAnatomy h;
  const double size = random.uniform(0.9, 1.1);
  h.centre = {random.uniform(-2, 24), random.uniform(-26, 4)};
  h.drift = {random.uniform(-0.05, 0.15), random.uniform(-0.02, 0.14)};
  h.septum_angle = std::numbers::pi + random.uniform(-0.35, 0.65);
  h.length = size * random.uniform(70, 92);
  h.cavity_radius = size * random.uniform(23.4, 28.4);
  h.wall = size * random.uniform(6.3, 8.9);
  h.apex_wall = h.wall * random.uniform(0.6, 0.9);
  h.cavity_shrinks = random.uniform(0.62, 0.78);
  h.base_descends = random.uniform(7, 14);
  h.right_reach = size * random.uniform(30, 37);
  h.right_height = size * random.uniform(2, 9);
  h.right_shrinks = random.uniform(0.66, 0.8);
  h.right_apex = random.uniform(0.72, 0.92);
  h.right_base = random.uniform(-3, 7);
  h.right_turn = random.uniform(-0.3, 0.3);
  h.outline = {random.uniform(0, 0.06),
               random.uniform(-std::numbers::pi, std::numbers::pi),
               random.uniform(0, 0.03),
               random.uniform(-std::numbers::pi, std::numbers::pi)};
  h.valve_slope =
      direction(random.uniform(-std::numbers::pi, std::numbers::pi)) * random.uniform(0.02, 0.16);
  h.outflow_depth = random.uniform(2, 14);
  h.outflow_angle = h.septum_angle + random.uniform(0.2, 0.9);
  h.papillary_angle = {h.septum_angle + std::numbers::pi + random.uniform(0.6, 1.2),
                       h.septum_angle + std::numbers::pi - random.uniform(0.6, 1.2)};
  h.papillary_radius = size * random.uniform(3.2, 5.5);
  return h;
}

Heart::Heart(const HeartAnatomy& anatomy, bool systole) : anatomy_(anatomy) {
  const HeartAnatomy& h = anatomy_;
  cavity_radius_ = h.cavity_radius;
  epicardial_radius_ = h.cavity_radius + h.wall;
  right_reach_ = h.right_reach;
  if (!systole) return;
  // The wall keeps its volume: what the cavity loses in width and length, the wall gains in
  // thickness.
  const double wall_area =
      epicardial_radius_ * epicardial_radius_ - cavity_radius_ * cavity_radius_;
  const double shortening = h.length / (h.length - h.base_descends);
  base_ = h.base_descends;
  cavity_radius_ *= h.cavity_shrinks;
  epicardial_radius_ = std::sqrt(cavity_radius_ * cavity_radius_ + wall_area * shortening);
  right_reach_ *= h.right_shrinks;
}

Heart::Section Heart::section(double depth) const {
  const HeartAnatomy& h = anatomy_;
  Section s;
  s.depth = depth;
  s.centre = h.centre + h.drift * depth;
  s.share = (depth - base_) / (h.length - base_);
  const double outer_share = (depth - base_) / (h.length + h.apex_wall - base_);
  s.cavity_radius = cavity_radius_ * profile(s.share, 2.3);
  s.epicardial_radius = epicardial_radius_ * profile(outer_share, 2.3);
  const double right = profile(s.share / h.right_apex, 2.0);
  // A thinner crescent would fall into two horns.
  if (right * right_reach_ <= kThinnestRightMm) return s;
  const double offset = 0.38 * s.epicardial_radius;
  s.has_right = true;
  s.right.centre = s.centre + direction(h.septum_angle) * offset;
  s.right.a = s.epicardial_radius + right_reach_ * right - offset;
  s.right.b = (s.epicardial_radius + h.right_height) * std::sqrt(right);
  s.right.angle = h.septum_angle + h.right_turn;
  return s;
}

double Heart::outline(double angle) const {
  const auto& [second, second_phase, third, third_phase] = anatomy_.outline;
  return 1 + second * std::cos(2 * angle - second_phase) +
         third * std::cos(3 * angle - third_phase);
}

double Heart::cavity_distance(const Section& s, const Point& p) const {
  if (s.cavity_radius <= 0) return kFar;
  const Point d = p - s.centre;
  return length(d) - s.cavity_radius * outline(angle_of(d));
}

double Heart::epicardial_distance(const Section& s, const Point& p) const {
  if (s.epicardial_radius <= 0) return kFar;
  const Point d = p - s.centre;
  // The wall evens out what the cavity's outline has of corners.
  return length(d) - s.epicardial_radius * (1 + 0.7 * (outline(angle_of(d)) - 1));
}

double Heart::right_distance(const Section& s, const Point& p) const {
  if (!s.has_right) return kFar;
  // The ellipse is wider than the left ventricle: only its part before the septum is the crescent.
  const Point d = p - s.centre;
  const Point ahead = direction(anatomy_.septum_angle);
  const double behind = -0.05 * s.epicardial_radius - d.x * ahead.x - d.y * ahead.y;
  return smooth_max(s.right.distance(p), behind, 0.7 * s.epicardial_radius);
}

double Heart::papillary_distance(const Section& s, const Point& p) const {
  if (s.share < 0.2 || s.share > 0.82 || s.cavity_radius <= 0) return kFar;
  double nearest = kFar;
  for (const double angle : anatomy_.papillary_angle) {
    const Point centre = s.centre + direction(angle) * (0.68 * s.cavity_radius);
    // Flatter along the wall, thickest half way.
    const double radius = anatomy_.papillary_radius * (1 - 1.6 * std::abs(s.share - 0.5));
    const Ellipse muscle{centre, radius * 1.25, radius * 0.85, angle};
    nearest = std::min(nearest, muscle.distance(p));
  }
  return nearest;
}

double Heart::below_mitral_plane(const Section& s, const Point& p) const {
  const Point d = p - s.centre;
  return s.depth - base_ - anatomy_.valve_slope.x * d.x - anatomy_.valve_slope.y * d.y;
}

double Heart::below_wall_edge(const Section& s, const Point& p) const {
  const Point d = p - s.centre;
  const double facing = std::max(0.0, std::cos(angle_of(d) - anatomy_.outflow_angle));
  return below_mitral_plane(s, p) - anatomy_.outflow_depth * facing * facing;
}

double Heart::below_tricuspid_plane(const Section& s, const Point& p) const {
  return below_mitral_plane(s, p) - anatomy_.right_base;
}

Label Heart::label(const Section& s, const Point& p) const {
  if (length(p - s.centre) > kReachMm) return 0;
  const bool inside_left = epicardial_distance(s, p) < 0;
  if (inside_left && cavity_distance(s, p) < 0) return below_mitral_plane(s, p) > 0 ? 3 : 0;
  if (inside_left) return below_wall_edge(s, p) > 0 ? 2 : 0;
  if (right_distance(s, p) < 0) return below_tricuspid_plane(s, p) > 0 ? 1 : 0;
  return 0;
}

}  // namespace regionwise::sources
