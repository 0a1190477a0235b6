#pragma once

#include <string>

#include "core/json.hpp"
#include "sources/description.hpp"
#include "sources/raw_case.hpp"

namespace regionwise::sources {

/// How slices become smaller.
enum class ConversionPreset {
  /// The published code's way (spec §6, KiTS19): labels with the images' 8-bit bicubic filter,
  /// which invents labels between those of neighbours; spacing and affine kept as if nothing had
  /// been
  /// resized or removed, so that distances are nominal.
  authors,
  /// Labels by nearest neighbour, so that none appears where no source voxel had it; spacing and
  /// affine say where the new voxels lie.
  paper,
};

/// "authors" or "paper". UsageError.
ConversionPreset parse_conversion_preset(const std::string& name);
std::string to_string(ConversionPreset preset);

/// What a plan must know of a conversion, so that new images are treated alike: {"resize",
/// "preset"}.
Json conversion_json(const SliceConversion& how, ConversionPreset preset);
struct Conversion {
  SliceConversion how;  ///< Without removing slices: a new image has no label.
  ConversionPreset preset;
};
Conversion parse_conversion(const Json& json, const std::string& where);

/// Removes slices without labels and resizes the others, as `how` asks, of a case in canonical
/// order whose `geometry` is the stored one (as read_case returns it). Images: Pillow's bicubic of
/// 32-bit floats. The result's grid is the case's geometry: canonical, without the source's header.
/// Under `authors` its first slice lies where the source's did, and slices that are removed between
/// others bring the rest nearer. Under `paper` it reaches from the first kept slice to the last,
/// and `kept_slices` says which of its slices the arrays hold. A case without label keeps all
/// slices. Throws DataError where no slice holds a label.
RawCase convert_slices(const RawCase& raw, const SliceConversion& how, ConversionPreset preset);

/// The label on all of the case's canonical grid: slices that were removed hold no label.
Volume<Label> label_on_grid(const RawCase& raw);

/// The grid that `convert_slices` makes of a stored one if it keeps every slice: what the headers
/// alone tell.
storage::ImageGeometry largest_converted_grid(const storage::ImageGeometry& stored,
                                              const SliceConversion& how,
                                              ConversionPreset preset);

}  // namespace regionwise::sources
