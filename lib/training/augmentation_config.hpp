#pragma once

#include <string>

#include "core/json.hpp"
#include "geometry/resize.hpp"

namespace regionwise::training {

/// How training patches are varied. Defaults are the reference's (spec §4.4), whose order is fixed:
/// the members stand in it. Each step decides for each sample whether it acts.
///
/// In JSON an object with the members' names, - for _, in which what is missing keeps its default:
///   {"rotation": {"probability": 0.2, "degrees": 15}, "noise": {"probability": 0}, "mirror": true}
/// or one of "nnunet" (all defaults), "mirror" (nothing else) and "none".
struct AugmentationConfig {
  /// A step that draws its parameter from a range.
  struct Step {
    double probability;  ///< In [0, 1], per sample.
    geometry::ValueRange<double> range;
    double channel_probability = 1;  ///< "channel-probability": of a channel where the step acts.
  };

  struct Rotation {
    double probability = 0.2;
    double degrees = 0;  ///< Largest angle; 0: by the patch's shape (spec §4.3).
  } rotation;
  Step scaling{0.2, {0.7, 1.4}};             ///< Above 1 shows more of the scene. *
  Step noise{0.1, {0, 0.1}};                 ///< Standard deviation, of all channels.
  Step blur{0.2, {0.5, 1}, 0.5};             ///< Gaussian; sd in pixels, per channel.
  Step brightness{0.15, {0.75, 1.25}};       ///< Factor, per channel.
  Step contrast{0.15, {0.75, 1.25}};         ///< Factor about the mean, per channel. *
  Step low_resolution{0.25, {0.5, 1}, 0.5};  ///< Factor of the size, per channel.
  /// "low-resolution.kernel": "catmull-rom", as in the authors' environment, or "cubic-b-spline".
  geometry::Kernel low_resolution_kernel = geometry::Kernel::catmull_rom;
  Step gamma_inverted{0.1, {0.7, 1.5}};  ///< Exponent on the negative, per channel. *
  Step gamma{0.3, {0.7, 1.5}};           ///< Exponent, per channel. *
  bool mirror = true;                    ///< Each in-plane axis with probability 1/2.
  // * Half of the draws lie below 1 and half above, so that 1 must lie in the range.

  static AugmentationConfig none();

  /// Whether patches are rotated or scaled: they must then be cut larger than the network's.
  bool any_spatial() const { return rotation.probability > 0 || scaling.probability > 0; }

  /// Throws UsageError naming `where` where a value is out of range, or where `precomputed_maps`
  /// would have to be bent: distances do not survive rotation and scaling.
  void check(const std::string& where, bool precomputed_maps) const;
};

/// `json` is what stands at `where`. Throws UsageError; checks all but the maps.
AugmentationConfig parse_augmentation(const Json& json, const std::string& where);

/// Every value, as an object.
Json to_json(const AugmentationConfig& config);

}  // namespace regionwise::training
