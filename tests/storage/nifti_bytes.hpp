#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

/// Builds NIfTI files byte by byte, independently of the library under test.
namespace regionwise::storage::testing {

template <class T>
constexpr std::int16_t datatype_of() {
  if (std::is_same_v<T, std::uint8_t>) return 2;
  if (std::is_same_v<T, std::int16_t>) return 4;
  if (std::is_same_v<T, std::int32_t>) return 8;
  if (std::is_same_v<T, float>) return 16;
  if (std::is_same_v<T, double>) return 64;
  if (std::is_same_v<T, std::int8_t>) return 256;
  if (std::is_same_v<T, std::uint16_t>) return 512;
  if (std::is_same_v<T, std::uint32_t>) return 768;
  if (std::is_same_v<T, std::int64_t>) return 1024;
  return 1280;  // uint64
}

/// A NIfTI file in the making, of either version and byte order.
class NiftiBytes {
 public:
  NiftiBytes(int version, bool big_endian) : version_(version), big_endian_(big_endian) {
    bytes_.resize(version == 1 ? 352 : 544);
    put<std::int32_t>(0, version == 1 ? 348 : 540);
    set_dim({3, 1, 1, 1, 1, 1, 1, 1});
    set_pixdim({1, 1, 1, 1, 0, 0, 0, 0});
    if (version == 1) {
      std::memcpy(bytes_.data() + 344, "n+1", 4);
      put<float>(108, 352);
    } else {
      std::memcpy(bytes_.data() + 4, "n+2\0\r\n\032\n", 8);
      put<std::int64_t>(168, 544);
    }
  }

  NiftiBytes& set_dim(const std::vector<std::int64_t>& dim) {
    for (std::size_t i = 0; i < dim.size(); ++i) {
      version_ == 1 ? put(40 + 2 * i, static_cast<std::int16_t>(dim[i])) : put(16 + 8 * i, dim[i]);
    }
    return *this;
  }
  NiftiBytes& set_pixdim(const std::vector<double>& pixdim) {
    for (std::size_t i = 0; i < pixdim.size(); ++i)
      put_real(version_ == 1 ? 76 + 4 * i : 104 + 8 * i, pixdim[i]);
    return *this;
  }
  NiftiBytes& set_scaling(double slope, double intercept) {
    put_real(version_ == 1 ? 112 : 176, slope);
    put_real(version_ == 1 ? 116 : 184, intercept);
    return *this;
  }
  NiftiBytes& set_datatype(std::int16_t datatype, std::int16_t bits) {
    put(version_ == 1 ? 70U : 12U, datatype);
    put(version_ == 1 ? 72U : 14U, bits);
    return *this;
  }
  NiftiBytes& set_units(std::int32_t units) {
    version_ == 1 ? put(123, static_cast<std::int8_t>(units)) : put(500, units);
    return *this;
  }
  NiftiBytes& set_sform(std::int32_t code, const std::vector<double>& rows) {
    version_ == 1 ? put(254, static_cast<std::int16_t>(code)) : put(348, code);
    for (std::size_t i = 0; i < 12; ++i)
      put_real(version_ == 1 ? 280 + 4 * i : 400 + 8 * i, rows[i]);
    return *this;
  }
  /// b, c, d and the offset.
  NiftiBytes& set_qform(std::int32_t code, const std::vector<double>& values) {
    version_ == 1 ? put(252, static_cast<std::int16_t>(code)) : put(344, code);
    for (std::size_t i = 0; i < 6; ++i)
      put_real(version_ == 1 ? 256 + 4 * i : 352 + 8 * i, values[i]);
    return *this;
  }
  template <class T>
  NiftiBytes& set_voxels(const std::vector<T>& voxels) {
    set_datatype(datatype_of<T>(), 8 * sizeof(T));
    bytes_.resize(version_ == 1 ? 352 : 544);
    for (const T voxel : voxels) {
      const auto at = bytes_.size();
      bytes_.resize(at + sizeof(T));
      put(at, voxel);
    }
    return *this;
  }
  /// Writes any value at any place, in the file's byte order.
  template <class T>
  NiftiBytes& put(std::size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
    if (big_endian_) std::reverse(bytes_.data() + at, bytes_.data() + at + sizeof value);
    return *this;
  }

  const std::string& bytes() const { return bytes_; }

 private:
  void put_real(std::size_t at, double value) {
    version_ == 1 ? put(at, static_cast<float>(value)) : put(at, value);
  }

  int version_;
  bool big_endian_;
  std::string bytes_;
};

/// gzip of bytes.
inline std::string compress(const std::string& bytes) {
  z_stream stream{};
  ::deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&stream, bytes.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

}  // namespace regionwise::storage::testing
