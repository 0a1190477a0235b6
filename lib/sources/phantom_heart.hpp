#pragma once

#include <array>
#include <cstdint>

#include "core/random.hpp"
#include "core/volume.hpp"

namespace regionwise::sources {

/// A place in a slice, mm: x to the right, y down, from the slice's centre.
struct Point {
  double x = 0;
  double y = 0;

  Point operator+(const Point& o) const { return {x + o.x, y + o.y}; }
  Point operator-(const Point& o) const { return {x - o.x, y - o.y}; }
  Point operator*(double s) const { return {x * s, y * s}; }
};

/// Unit vector; 0: to the right, a quarter turn: down.
Point direction(double angle);
double length(const Point& p);
/// In (-pi, pi].
double angle_of(const Point& p);

/// An ellipse whose first half axis points along `angle`.
struct Ellipse {
  Point centre;
  double a = 1;
  double b = 1;
  double angle = 0;

  /// Distance to the outline in mm (first order), negative inside.
  double distance(const Point& p) const;
};

/// What the two frames of a patient share. Depths z are mm from the valve plane at the end of
/// diastole towards the apex; lengths are mm, angles radians.
struct HeartAnatomy {
  Point centre;               ///< Of the left ventricle at z = 0.
  Point drift;                ///< Of its centre per mm of depth.
  double septum_angle = 0;    ///< From the left towards the right ventricle.
  double length = 85;         ///< Of the left cavity at the end of diastole.
  double cavity_radius = 24;  ///< Of the left cavity near the base, diastole.
  double wall = 8;            ///< Of the left ventricle, diastole.
  double apex_wall = 6;
  double cavity_shrinks = 0.72;  ///< Radius at the end of systole against diastole.
  double base_descends = 10;     ///< Of the valve plane in systole.
  double right_reach = 30;       ///< Of the right cavity beyond the left ventricle, diastole.
  double right_height = 6;       ///< By how much it is higher than the left ventricle.
  double right_shrinks = 0.75;
  double right_apex = 0.82;  ///< Where the right ventricle ends, as a share of the left's length.
  double right_base = 2;     ///< Depth of the tricuspid plane against the mitral plane.
  double right_turn = 0;     ///< Of its long axis against the septum.
  std::array<double, 4> outline{};  ///< Amplitudes and phases of its second and third harmonic.
  Point valve_slope;                ///< Depth of the valve plane per mm.
  double outflow_depth = 8;         ///< How far the wall is open below the aortic valve.
  double outflow_angle = 0;
  std::array<double, 2> papillary_angle{};
  double papillary_radius = 4.5;

  static HeartAnatomy draw(RandomStream& random);
};

/// The ventricles of one frame; distances are mm to an outline, negative inside.
class Heart {
 public:
  /// No part of the ventricles lies further from the left one's centre.
  static constexpr double kReachMm = 115;

  Heart(const HeartAnatomy& anatomy, bool systole);

  /// Outlines at one depth; slices are cut by these.
  struct Section {
    Point centre;
    double depth = 0;
    double share = 0;              ///< Of the way from the valve plane to the apex.
    double cavity_radius = 0;      ///< Mean; 0 below the cavity's apex.
    double epicardial_radius = 0;  ///< Mean; 0 below the apex.
    Ellipse right;                 ///< Half axes 0 below the right ventricle.
    bool has_right = false;
  };
  Section section(double depth) const;

  double cavity_distance(const Section& s, const Point& p) const;
  double epicardial_distance(const Section& s, const Point& p) const;
  double right_distance(const Section& s, const Point& p) const;
  double papillary_distance(const Section& s, const Point& p) const;

  /// mm below the valve planes at a place, negative above: left cavity, wall, right cavity.
  double below_mitral_plane(const Section& s, const Point& p) const;
  double below_wall_edge(const Section& s, const Point& p) const;
  double below_tricuspid_plane(const Section& s, const Point& p) const;

  /// 0 background, 1 right ventricle, 2 myocardium, 3 left ventricle.
  Label label(const Section& s, const Point& p) const;

  const HeartAnatomy& anatomy() const { return anatomy_; }
  double base() const { return base_; }

 private:
  double outline(double angle) const;

  HeartAnatomy anatomy_;
  double base_ = 0;  ///< Depth of the mitral plane.
  double cavity_radius_ = 0;
  double epicardial_radius_ = 0;
  double right_reach_ = 0;
};

}  // namespace regionwise::sources
