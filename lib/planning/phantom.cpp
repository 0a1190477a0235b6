#include "planning/phantom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/parallel.hpp"
#include "core/random.hpp"
#include "planning/phantom_heart.hpp"

namespace regionwise::planning {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kSliceDistanceMm = 10;
constexpr double kEdgeMm = 2.4;  // width over which one tissue becomes another
constexpr std::array<double, 3> kWithinSliceMm{-2.7, 0, 2.7};  // thickness 8 mm

/// Share of a pixel that lies inside an outline at this distance.
double coverage(double distance, double edge_mm = kEdgeMm) {
  const double t = std::clamp(0.5 - distance / edge_mm, 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

/// Lays a tissue over what was painted before.
void paint(double& value, double tissue, double share) {
  value += share * (tissue - value);
}

/// Smooth noise of about unit deviation: random numbers on a lattice under a quadratic B-spline,
/// which shows no trace of the lattice's axes.
class Texture {
 public:
  Texture(RandomStream random, double cell_mm, double extent_mm)
      : cell_(cell_mm),
        half_(extent_mm / 2),
        n_(static_cast<std::int64_t>(extent_mm / cell_mm) + 4) {
    for (std::int64_t i = 0; i < n_ * n_; ++i) lattice_.push_back(random.normal());
  }

  double at(const Point& p) const {
    const Knot u = knot(p.x);
    const Knot v = knot(p.y);
    double sum = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      const double* row = &lattice_[(v.first + j) * static_cast<std::size_t>(n_) + u.first];
      sum += v.weights[j] * (u.weights[0] * row[0] + u.weights[1] * row[1] + u.weights[2] * row[2]);
    }
    return kNorm * sum;
  }

 private:
  static constexpr double kNorm = 1.82;  // 1 / mean of the squared weights' sum, to unit deviation

  struct Knot {
    std::size_t first;
    std::array<double, 3> weights;
  };

  Knot knot(double mm) const {
    const double u = std::clamp((mm + half_) / cell_, 0.0, static_cast<double>(n_) - 3.001);
    const auto first = static_cast<std::size_t>(u);
    const double t = u - static_cast<double>(first);
    return {first, {0.5 * (1 - t) * (1 - t), 0.5 + t * (1 - t), 0.5 * t * t}};
  }

  double cell_;
  double half_;
  std::int64_t n_;
  std::vector<double> lattice_;
};

/// The textures of a slice at one place, from fine to coarse.
struct Grain {
  double fine = 0;
  double medium = 0;
  double coarse = 0;
};

/// Signal of the tissues against blood, as in balanced steady-state images.
struct Contrast {
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

  static Contrast draw(RandomStream& random) {
    Contrast c;
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
};

/// Coil shading: exponential of a quadratic.
struct Shading {
  std::array<double, 5> coefficients{};

  static Shading draw(RandomStream& random) {
    Shading s;
    s.coefficients = {random.uniform(-0.25, 0.25),
                      random.uniform(-0.55, 0.05),  // coils lie on the chest: brighter above
                      random.uniform(-0.25, 0.15),
                      random.uniform(-0.2, 0.2),
                      random.uniform(-0.25, 0.15)};
    return s;
  }

  double at(const Point& p) const {
    const double x = p.x / 150;
    const double y = p.y / 150;
    const auto& c = coefficients;
    return std::exp(c[0] * x + c[1] * y + c[2] * x * x + c[3] * x * y + c[4] * y * y);
  }
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

  static Surroundings draw(const HeartAnatomy& heart, RandomStream& random) {
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
    s.rib_phase = random.uniform(-kPi, kPi);
    return s;
  }
};

struct Patient {
  HeartAnatomy heart;
  Contrast contrast;
  Shading shading;
  Surroundings surroundings;
  double spacing_mm = 1.5;
  Shape3 shape;
  double first_depth_mm = 0;
  std::vector<Point> breathing;  ///< Shift of each slice: every one is its own breath-hold.

  static Patient draw(std::uint64_t seed, std::int64_t number) {
    RandomStream random(
        seed, {.purpose = Purpose::phantom_anatomy, .epoch = static_cast<std::uint32_t>(number)});
    Patient p;
    p.heart = HeartAnatomy::draw(random);
    p.contrast = Contrast::draw(random);
    p.shading = Shading::draw(random);
    p.surroundings = Surroundings::draw(p.heart, random);
    p.spacing_mm = random.uniform(1.3, 1.6);
    p.shape.height = std::llrint(random.uniform(248, 288) / p.spacing_mm);
    p.shape.width = std::llrint(random.uniform(258, 302) / p.spacing_mm);
    p.first_depth_mm = random.uniform(-9, 4);
    const double covered = p.heart.length + p.heart.apex_wall - p.first_depth_mm;
    const auto slices = std::llrint(covered / kSliceDistanceMm) + random.integer(2);
    p.shape.depth = std::clamp<std::int64_t>(slices, 6, 12);
    for (std::int64_t z = 0; z < p.shape.depth; ++z) {
      p.breathing.push_back({1.2 * random.normal(), 1.2 * random.normal()});
    }
    return p;
  }

  /// Of a slice, from the valve plane at the end of diastole.
  double depth_mm(std::int64_t z) const {
    return first_depth_mm + kSliceDistanceMm * static_cast<double>(z);
  }

  Point place(std::int64_t y, std::int64_t x) const {
    return {(static_cast<double>(x) - 0.5 * static_cast<double>(shape.width - 1)) * spacing_mm,
            (static_cast<double>(y) - 0.5 * static_cast<double>(shape.height - 1)) * spacing_mm};
  }
};

/// Draws one slice of one frame.
class SlicePainter {
 public:
  SlicePainter(const Patient& patient,
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
    for (std::size_t i = 0; i < kWithinSliceMm.size(); ++i) {
      sections_[i] = heart.section(depth_ + kWithinSliceMm[i]);
    }
  }

  /// Signal without noise, blood about 1.
  double signal(const Point& p) const {
    const Grain grain{fine_.at(p), medium_.at(p), coarse_.at(p)};
    const double body = surroundings(p, grain);
    const Point q = p - breathing_;
    double sum = 0;
    for (const Heart::Section& section : sections_) sum += with_heart(body, section, q, grain);
    const double roughness = patient_.contrast.texture * 0.6 * (grain.fine + grain.medium);
    return sum / static_cast<double>(sections_.size()) * (1 + roughness) * patient_.shading.at(p);
  }

 private:
  static constexpr double kTextureMm = 360;

  static RandomStream texture(std::uint64_t seed,
                              const PhantomCase& which,
                              std::int64_t z,
                              std::uint32_t layer) {
    return RandomStream(seed,
                        {.purpose = Purpose::phantom_texture,
                         .epoch = static_cast<std::uint32_t>(which.patient),
                         .iteration = layer,
                         .sample = static_cast<std::uint32_t>(z)});
  }

  double surroundings(const Point& p, const Grain& grain) const {
    const Contrast& c = patient_.contrast;
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

  void paint_abdomen(double& value, const Point& p, double inside, const Grain& grain) const {
    const Contrast& c = patient_.contrast;
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

  double with_heart(double value,
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

  /// Mediastinum and patches of pericardial fat.
  void paint_around(double& value, double outside, const Grain& grain) const {
    const Contrast& c = patient_.contrast;
    paint(value, c.mediastinum, coverage(outside - 7 - 5 * grain.coarse, 5));
    const double patch = coverage(0.2 - patient_.surroundings.pericardial_fat - grain.medium, 0.8);
    paint(value, c.fat, patch * coverage(outside - 6 - 2 * grain.coarse, 4));
    paint(value, 0.5 * c.muscle, 0.6 * coverage(std::abs(outside - 2) - 0.8));
  }

  /// Atria, aortic root and the right outflow tract: as bright as the ventricles, yet background.
  void paint_above_valves(double& value,
                          const Heart::Section& s,
                          const Point& p,
                          const Grain& grain) const {
    const HeartAnatomy& h = heart_.anatomy();
    const double muscle = patient_.contrast.muscle;
    const double above = coverage(heart_.below_mitral_plane(s, p) - 2, 4);
    if (above <= 0) return;
    const double r = s.epicardial_radius;
    const Point back = direction(h.septum_angle - 0.5 * kPi);
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

  /// Trabeculae darken the blood near the free wall.
  double right_blood(double distance, const Grain& grain) const {
    const double near_wall = coverage(-distance - 9, 12);
    const double trabecula = near_wall * coverage(0.7 - grain.fine, 0.9);
    return patient_.contrast.blood_right * (1 + 0.08 * grain.medium) * (1 - 0.55 * trabecula);
  }

  void paint_left_cavity(double& value,
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

  const Patient& patient_;
  const Heart& heart_;
  double depth_;
  Point breathing_;
  Texture fine_;
  Texture medium_;
  Texture coarse_;
  std::array<Heart::Section, kWithinSliceMm.size()> sections_;
};

/// Noise of unit deviation, slightly correlated as by interpolation of the raw data.
std::vector<double> receiver_noise(RandomStream& random, std::int64_t height, std::int64_t width) {
  constexpr double kNeighbour = 0.15;
  constexpr double kCentre = 1 - 2 * kNeighbour;
  const double norm = 1 / (kCentre * kCentre + 2 * kNeighbour * kNeighbour);
  const std::int64_t stride = width + 2;
  std::vector<double> white(static_cast<std::size_t>((height + 2) * stride));
  for (double& v : white) v = random.normal();
  std::vector<double> noise(static_cast<std::size_t>(height * width));
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const double* at = &white[static_cast<std::size_t>((y + 1) * stride + x + 1)];
      const auto row = [&](const double* v) {
        return kCentre * v[0] + kNeighbour * (v[-1] + v[1]);
      };
      noise[static_cast<std::size_t>(y * width + x)] =
          norm * (kCentre * row(at) + kNeighbour * (row(at - stride) + row(at + stride)));
    }
  }
  return noise;
}

void draw_slice(const Patient& patient,
                const Heart& heart,
                std::uint64_t seed,
                const PhantomCase& which,
                std::int64_t z,
                std::vector<float>& image) {
  const SlicePainter painter(patient, heart, seed, which, z);
  const Shape3& shape = patient.shape;
  RandomStream random(seed,
                      {.purpose = Purpose::phantom_noise,
                       .epoch = static_cast<std::uint32_t>(which.patient),
                       .iteration = which.systole ? 1U : 0U,
                       .sample = static_cast<std::uint32_t>(z)});
  const auto real = receiver_noise(random, shape.height, shape.width);
  const auto imaginary = receiver_noise(random, shape.height, shape.width);
  const Contrast& c = patient.contrast;
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) {
      const auto in_slice = static_cast<std::size_t>(y * shape.width + x);
      const auto voxel = static_cast<std::size_t>(z * shape.slice_size()) + in_slice;
      const Point p = patient.place(y, x);
      const double a = painter.signal(p) + c.noise * real[in_slice];
      const double b = c.noise * imaginary[in_slice];
      image[voxel] = static_cast<float>(c.gain * std::sqrt(a * a + b * b));
    }
  }
}

storage::ImageGeometry geometry_of(const Patient& patient) {
  storage::ImageGeometry geometry;
  geometry.shape = patient.shape;
  geometry.spacing_mm = {kSliceDistanceMm, patient.spacing_mm, patient.spacing_mm};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    geometry.world_from_voxel[axis][axis] = geometry.spacing_mm[2 - axis];
  }
  return geometry;
}

}  // namespace

std::string PhantomCase::patient_id() const {
  return fmt::format("patient{:03}", patient);
}

std::string PhantomCase::id() const {
  return patient_id() + (systole ? "_ES" : "_ED");
}

PhantomCase PhantomCase::of_id(const std::string& id) {
  const auto digits = id.find_first_of("0123456789");
  return {std::stoll(id.substr(digits)), id.ends_with("_ES")};
}

std::vector<PhantomCase> phantom_cases(std::int64_t patients) {
  std::vector<PhantomCase> cases;
  for (std::int64_t patient = 1; patient <= patients; ++patient) {
    for (const bool systole : {false, true}) cases.push_back({patient, systole});
  }
  return cases;
}

RawCase draw_phantom(std::uint64_t seed, const PhantomCase& which, int threads) {
  const Patient patient = Patient::draw(seed, which.patient);
  const Heart heart(patient.heart, which.systole);
  RawCase raw;
  raw.id = which.id();
  raw.geometry = geometry_of(patient);
  raw.image.resize(static_cast<std::size_t>(patient.shape.size()));
  raw.label = draw_phantom_labels(seed, which);
  parallel_for(patient.shape.depth, threads, [&](std::int64_t z) {
    draw_slice(patient, heart, seed, which, z, raw.image);
  });
  return raw;
}

storage::ImageGeometry phantom_geometry(std::uint64_t seed, const PhantomCase& which) {
  return geometry_of(Patient::draw(seed, which.patient));
}

Volume<Label> draw_phantom_labels(std::uint64_t seed, const PhantomCase& which) {
  const Patient patient = Patient::draw(seed, which.patient);
  const Heart heart(patient.heart, which.systole);
  Volume<Label> labels(patient.shape);
  for (std::int64_t z = 0; z < patient.shape.depth; ++z) {
    const Heart::Section section = heart.section(patient.depth_mm(z));
    const Point shift = patient.breathing[static_cast<std::size_t>(z)];
    for (std::int64_t y = 0; y < patient.shape.height; ++y) {
      for (std::int64_t x = 0; x < patient.shape.width; ++x) {
        labels.at(z, y, x) = heart.label(section, patient.place(y, x) - shift);
      }
    }
  }
  return labels;
}

}  // namespace regionwise::planning
