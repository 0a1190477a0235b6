#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/volume.hpp"
#include "storage/hdf5.hpp"

/// What the schemas of the four files share; not for use outside lib/storage.
namespace regionwise::storage::detail {

/// JSON in one line; bytes that are not UTF-8 become U+FFFD.
std::string text_of(const Json& json);
/// JSON as a scalar text data set: attributes of more than 64 KiB are beyond old HDF5 readers.
void write_json(Hdf5Writer& file, const std::string& dataset, const Json& json);
/// Text that is no JSON is a DataError.
Json read_json(const Hdf5Reader& file, const std::string& dataset);

/// DataError unless `name` can name an HDF5 object: not empty, no '/', no control character, not
/// ".".
void check_name(const Hdf5Writer& file, const std::string& name, const std::string& what);

/// Text that programs print, draw and write into tables. DataError unless it is UTF-8 without
/// control characters.
std::string read_name(const Hdf5Reader& file, const std::string& object, const std::string& name);
std::vector<std::string> read_names(const Hdf5Reader& file,
                                    const std::string& object,
                                    const std::string& name);
void check_plain(const std::filesystem::path& file,
                 const std::string& object,
                 const std::vector<std::string>& texts);

/// DataError `file:/object: expected …` unless `holds`.
void require(bool holds,
             const Hdf5Reader& file,
             const std::string& object,
             const std::string& expected);
void require(bool holds,
             const Hdf5Writer& file,
             const std::string& object,
             const std::string& expected);

/// Longest axis of an image that is believed; three of them multiply without overflow.
inline constexpr std::int64_t kLongestAxis = 1 << 20;

Extents extents_of(const Shape3& shape);
/// [channels, depth, height, width]
Extents extents_of(std::int64_t channels, const Shape3& shape);

/// An attribute of three values.
std::array<double, 3> read_three_reals(const Hdf5Reader& file,
                                       const std::string& object,
                                       const std::string& name);
std::array<std::int64_t, 3> read_three_integers(const Hdf5Reader& file,
                                                const std::string& object,
                                                const std::string& name);
/// A shape (depth, height, width), each at least 1 and together a sensible number of voxels.
Shape3 read_shape(const Hdf5Reader& file, const std::string& object, const std::string& name);

bool is_spacing(const Spacing3& spacing_mm);

}  // namespace regionwise::storage::detail
