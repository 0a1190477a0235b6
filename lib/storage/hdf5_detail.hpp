#pragma once

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "storage/hdf5.hpp"
#include "storage/seal.hpp"

/// What reading and writing HDF5 share; not for use outside lib/storage.
namespace regionwise::storage::detail {

/// Held around everything that is asked of HDF5, and for as long as its error stack is read: HDF5
/// is thread-safe only where it was built to be (Debian's is, many others are not). One lock serves
/// the whole process; a thread may take it again while it holds it. Also stops HDF5 from printing
/// its error stack, and from acting when the program exits. Throws std::bad_alloc where there is
/// hardly any memory left.
[[nodiscard]] std::unique_lock<std::recursive_timed_mutex> enter_hdf5();

/// The most specific message on HDF5's error stack, in brackets after a space; empty where there is
/// none. A system error found in it ("No space left on device") is preferred to HDF5's wording.
std::string hdf5_reason();

/// Of what HDF5 could not read: a DataError `where: finding` with its reason; where the disk failed
/// or memory is short an IoError, which says that it cannot be read: the file may be sound.
[[noreturn]] void throw_unreadable(const std::string& where, const std::string& finding);

/// The IoError alone.
void throw_if_unreadable(const std::string& where);

/// `file:/object`.
std::string place(const std::filesystem::path& file, std::string_view object);

/// "[3,4]"; "[]" is a scalar.
std::string to_string(const Extents& extents);

/// "float32", "uint8", "text", "bool" … of a stored type.
std::string type_name(hid_t type);

/// A string type of variable length.
Handle text_type(H5T_cset_t charset = H5T_CSET_UTF8);

/// Selects a block of a file's data space and returns the data space in memory that goes with it;
/// an invalid handle where the block is not inside `extents` or has not `size` elements.
Handle select_block(hid_t space,
                    const Extents& extents,
                    const Extents& offset,
                    const Extents& count,
                    std::size_t size);

/// Where the numbers of an open data set lie in its file: a range for each chunk that was written,
/// or one. Empty for text, whose characters lie elsewhere, and where HDF5 does not say.
std::vector<ByteRange> stored_ranges(hid_t dataset);

/// HDF5's names of an element type, in memory and in the file (little-endian).
template <class T>
struct ElementType;
template <>
struct ElementType<float> {
  static constexpr const char* kName = "float32";
  static hid_t memory() { return H5T_NATIVE_FLOAT; }
  static hid_t stored() { return H5T_IEEE_F32LE; }
};
template <>
struct ElementType<double> {
  static constexpr const char* kName = "float64";
  static hid_t memory() { return H5T_NATIVE_DOUBLE; }
  static hid_t stored() { return H5T_IEEE_F64LE; }
};
template <>
struct ElementType<std::int8_t> {
  static constexpr const char* kName = "int8";
  static hid_t memory() { return H5T_NATIVE_INT8; }
  static hid_t stored() { return H5T_STD_I8LE; }
};
template <>
struct ElementType<std::uint8_t> {
  static constexpr const char* kName = "uint8";
  static hid_t memory() { return H5T_NATIVE_UINT8; }
  static hid_t stored() { return H5T_STD_U8LE; }
};
template <>
struct ElementType<std::int32_t> {
  static constexpr const char* kName = "int32";
  static hid_t memory() { return H5T_NATIVE_INT32; }
  static hid_t stored() { return H5T_STD_I32LE; }
};
template <>
struct ElementType<std::int64_t> {
  static constexpr const char* kName = "int64";
  static hid_t memory() { return H5T_NATIVE_INT64; }
  static hid_t stored() { return H5T_STD_I64LE; }
};
template <>
struct ElementType<std::uint64_t> {
  static constexpr const char* kName = "uint64";
  static hid_t memory() { return H5T_NATIVE_UINT64; }
  static hid_t stored() { return H5T_STD_U64LE; }
};

/// Instantiates a template member for every element type.
#define REGIONWISE_FOR_EACH_ELEMENT_TYPE(instantiate) \
  instantiate(float);                                 \
  instantiate(double);                                \
  instantiate(std::int8_t);                           \
  instantiate(std::uint8_t);                          \
  instantiate(std::int32_t);                          \
  instantiate(std::int64_t);                          \
  instantiate(std::uint64_t)

}  // namespace regionwise::storage::detail
