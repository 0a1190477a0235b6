#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sources/raw_case.hpp"

namespace regionwise::sources {

constexpr std::int64_t kDefaultPhantomPatients = 20;

/// A synthetic patient at the end of diastole (the heart is full) or of systole.
struct PhantomCase {
  std::int64_t patient = 1;  ///< From 1 to 999.
  bool systole = false;

  std::string id() const;                           ///< Such as "patient001_ED" or "patient001_ES".
  std::string patient_id() const;                   ///< Such as "patient001".
  static PhantomCase of_id(const std::string& id);  ///< The inverse of id().
};

/// Both frames of each patient, sorted by id.
std::vector<PhantomCase> phantom_cases(std::int64_t patients);

/// Draws a synthetic short-axis heart as cine MR shows it: 6 to 12 slices of 10 mm, 1.3 to 1.6 mm
/// in plane, with labels 0 background, 1 right ventricle, 2 myocardium, 3 left ventricle. Patients
/// differ in anatomy, pose, contrast, coil shading and noise; both frames of a patient share all
/// but the contraction and the noise. A function of (seed, case) alone, whatever the number of
/// threads.
RawCase draw_phantom(std::uint64_t seed, const PhantomCase& which, int threads);

/// Its grid alone.
storage::ImageGeometry phantom_geometry(std::uint64_t seed, const PhantomCase& which);

/// The labels of `draw_phantom` alone, in a fraction of the time.
Volume<Label> draw_phantom_labels(std::uint64_t seed, const PhantomCase& which);

}  // namespace regionwise::sources
