#include "sources/phantom.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/parallel.hpp"
#include "core/random.hpp"
#include "sources/phantom_heart.hpp"
#include "sources/phantom_painter.hpp"
#include "sources/phantom_patient.hpp"

namespace regionwise::sources {
namespace {

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

void draw_slice(const PhantomPatient& patient,
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
  const TissueContrast& c = patient.contrast;
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

storage::ImageGeometry geometry_of(const PhantomPatient& patient) {
  storage::ImageGeometry geometry;
  geometry.shape = patient.shape;
  geometry.spacing_mm = {kPhantomSliceDistanceMm, patient.spacing_mm, patient.spacing_mm};
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
  const PhantomPatient patient = PhantomPatient::draw(seed, which.patient);
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
  return geometry_of(PhantomPatient::draw(seed, which.patient));
}

Volume<Label> draw_phantom_labels(std::uint64_t seed, const PhantomCase& which) {
  const PhantomPatient patient = PhantomPatient::draw(seed, which.patient);
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

}  // namespace regionwise::sources
