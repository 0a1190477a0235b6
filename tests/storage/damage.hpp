#pragma once

#include <hdf5.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/hdf5.hpp"

/// Changes to finished files that their readers must notice: the file is sealed again after them,
/// as if it had been written so.
namespace regionwise::storage::testing {

class Damage {
 public:
  explicit Damage(const std::filesystem::path& path)
      : path_(path), file_(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose) {}
  ~Damage() {
    file_.reset();  // HDF5 cuts the old seal off
    Seal::append(path_, {}, path_);
  }
  Damage(const Damage&) = delete;
  Damage& operator=(const Damage&) = delete;

  Damage& remove(const std::string& object) {
    H5Ldelete(file_.get(), object.c_str(), H5P_DEFAULT);
    return *this;
  }
  Damage& remove_attribute(const std::string& object, const std::string& name) {
    H5Adelete_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT);
    return *this;
  }
  /// Replaces an object by another name of `target`.
  Damage& link(const std::string& target, const std::string& object) {
    remove(object);
    H5Lcreate_hard(
        file_.get(), target.c_str(), file_.get(), object.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    return *this;
  }
  /// Replaces an attribute by whole numbers.
  Damage& set(const std::string& object,
              const std::string& name,
              const std::vector<std::int64_t>& values) {
    remove_attribute(object, name);
    const hsize_t size = values.size();
    const Handle space(size == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr),
                       H5Sclose);
    const Handle owner(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), H5Oclose);
    const Handle attribute(
        H5Acreate2(owner.get(), name.c_str(), H5T_STD_I64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    H5Awrite(attribute.get(), H5T_NATIVE_INT64, values.data());
    return *this;
  }
  /// Replaces a data set by zeros of another type or other extents.
  Damage& replace(const std::string& dataset, hid_t type, const std::vector<hsize_t>& extents) {
    remove(dataset);
    const Handle space(
        extents.empty()
            ? H5Screate(H5S_SCALAR)
            : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
        H5Sclose);
    const Handle made(
        H5Dcreate2(
            file_.get(), dataset.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
        H5Dclose);
    return *this;
  }

  /// Replaces a data set by one in chunks, none of which is there.
  Damage& promise(const std::string& dataset, hid_t type, const std::vector<hsize_t>& extents) {
    remove(dataset);
    const auto rank = static_cast<int>(extents.size());
    const Handle space(H5Screate_simple(rank, extents.data(), nullptr), H5Sclose);
    const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    const std::vector<hsize_t> chunk(extents.size(), 1);
    H5Pset_chunk(properties.get(), rank, chunk.data());
    const Handle made(H5Dcreate2(file_.get(),
                                 dataset.c_str(),
                                 type,
                                 space.get(),
                                 H5P_DEFAULT,
                                 properties.get(),
                                 H5P_DEFAULT),
                      H5Dclose);
    return *this;
  }

  /// Replaces a data set by float64 of one value.
  Damage& fill(const std::string& dataset, const std::vector<hsize_t>& extents, double value) {
    replace(dataset, H5T_IEEE_F64LE, extents);
    const Handle open(H5Dopen2(file_.get(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
    hsize_t count = 1;
    for (const hsize_t extent : extents) count *= extent;
    const std::vector<double> values(count, value);
    H5Dwrite(open.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    return *this;
  }
  /// Replaces a scalar text, of an attribute …
  Damage& set_text(const std::string& object, const std::string& name, const std::string& text) {
    remove_attribute(object, name);
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle type = text_type();
    const Handle owner(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), H5Oclose);
    const Handle attribute(
        H5Acreate2(owner.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    const char* value = text.c_str();
    H5Awrite(attribute.get(), type.get(), &value);
    return *this;
  }
  /// … or a data set.
  Damage& write_text(const std::string& dataset, const std::string& text) {
    const Handle type = text_type();
    replace(dataset, type.get(), {});
    const Handle open(H5Dopen2(file_.get(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
    const char* value = text.c_str();
    H5Dwrite(open.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &value);
    return *this;
  }

 private:
  static Handle text_type() {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
  }

  std::filesystem::path path_;
  Handle file_;
};

/// The bytes of a sealed file without its seal.
inline std::string without_seal(const std::string& bytes) {
  constexpr std::size_t kFooterBytes = 56;
  std::uint64_t content = 0;
  std::memcpy(&content, bytes.data() + bytes.size() - kFooterBytes, sizeof content);
  return bytes.substr(0, content);
}

}  // namespace regionwise::storage::testing
