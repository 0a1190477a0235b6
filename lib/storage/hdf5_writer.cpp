#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/error.hpp"
#include "storage/hdf5_detail.hpp"
#include "storage/hdf5_writer.hpp"

namespace regionwise::storage {
namespace {

using detail::ElementType;
using detail::hdf5_reason;
using detail::place;

[[noreturn]] void fail(const Hdf5Writer& file, const std::string& object) {
  throw IoError(fmt::format("{}: cannot be written{}", place(file.path(), object), hdf5_reason()));
}

void check(herr_t status, const Hdf5Writer& file, const std::string& object) {
  if (status < 0) fail(file, object);
}

const Handle& check(const Handle& handle, const Hdf5Writer& file, const std::string& object) {
  if (!handle) fail(file, object);
  return handle;
}

/// Creation properties without times, so that the same calls write the same bytes.
Handle timeless(hid_t property_class) {
  Handle properties(H5Pcreate(property_class), H5Pclose);
  H5Pset_obj_track_times(properties.get(), false);
  return properties;
}

Handle space_of(const Extents& extents) {
  if (extents.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  const std::vector<hsize_t> sizes(extents.begin(), extents.end());
  return {H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose};
}

/// A chunk is never longer than the data set, nor empty.
std::vector<hsize_t> fitting_chunk(const Extents& chunk, const Extents& extents) {
  std::vector<hsize_t> fitting;
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    fitting.push_back(
        static_cast<hsize_t>(std::max<std::int64_t>(1, std::min(chunk[axis], extents[axis]))));
  }
  return fitting;
}

std::string parent_of(const std::string& object) {
  const auto slash = object.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : object.substr(0, slash);
}

/// HDF5 keeps strings to the first NUL.
std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const auto& text : texts) pointers.push_back(text.c_str());
  return pointers;
}

void write_attribute(Hdf5Writer& file,
                     const std::string& object,
                     const std::string& name,
                     hid_t stored_type,
                     hid_t memory_type,
                     const Handle& space,
                     const void* values) {
  const Handle owner(H5Oopen(file.id(), object.c_str(), H5P_DEFAULT), H5Oclose);
  check(owner, file, object);
  const Handle attribute(
      H5Acreate2(owner.get(), name.c_str(), stored_type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  check(attribute, file, object);
  if (H5Sget_simple_extent_npoints(space.get()) == 0) return;
  check(H5Awrite(attribute.get(), memory_type, values), file, object);
}

}  // namespace

Hdf5Writer::Hdf5Writer(std::filesystem::path path, WriteOptions options)
    : target_(std::move(path), options.overwrite), options_(options) {
  const auto lock = detail::enter_hdf5();
  const Handle creation = timeless(H5P_FILE_CREATE);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  // The output has a lock of its own, and nobody knows the temporary name.
  H5Pset_file_locking(access.get(), false, true);
#endif
  file_ =
      Handle(H5Fcreate(target_.temporary().c_str(), H5F_ACC_TRUNC, creation.get(), access.get()),
             H5Fclose);
  if (!file_) {
    throw IoError(fmt::format("{}: cannot be written{}", this->path().string(), hdf5_reason()));
  }
}

Handle Hdf5Writer::create_dataset(const std::string& name,
                                  hid_t stored_type,
                                  const Extents& extents,
                                  const Extents& chunk,
                                  int compress) {
  group(parent_of(name));
  const Handle properties = timeless(H5P_DATASET_CREATE);
  if (!chunk.empty()) {
    const auto sizes = fitting_chunk(chunk, extents);
    check(
        H5Pset_chunk(properties.get(), static_cast<int>(sizes.size()), sizes.data()), *this, name);
    if (compress > 0) {
      check(H5Pset_shuffle(properties.get()), *this, name);
      check(H5Pset_deflate(properties.get(), static_cast<unsigned>(compress)), *this, name);
    }
  }
  const Handle space = space_of(extents);
  Handle dataset(
      H5Dcreate2(
          id(), name.c_str(), stored_type, space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
      H5Dclose);
  check(dataset, *this, name);
  if (H5Tget_class(stored_type) != H5T_STRING) datasets_.push_back(name);
  return dataset;
}

void Hdf5Writer::write_all_texts(const std::string& name,
                                 const Extents& extents,
                                 const std::vector<std::string>& texts) {
  const Handle type = detail::text_type();
  Handle dataset = create_dataset(name, type.get(), extents, {}, 0);
  if (texts.empty()) return;
  const auto pointers = pointers_to(texts);
  check(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()),
        *this,
        name);
  check(dataset.close(), *this, name);
}

void Hdf5Writer::group(const std::string& path) {
  const auto lock = detail::enter_hdf5();
  for (std::size_t end = 0; end != std::string::npos && path != "/";) {
    end = path.find('/', end + 1);
    const std::string prefix = path.substr(0, end);
    if (H5Lexists(id(), prefix.c_str(), H5P_DEFAULT) > 0) continue;
    const Handle properties = timeless(H5P_GROUP_CREATE);
    const Handle made(H5Gcreate2(id(), prefix.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                      H5Gclose);
    check(made, *this, prefix);
  }
}

template <class T>
void Hdf5Writer::write(const std::string& dataset,
                       const Extents& extents,
                       std::span<const T> values,
                       const Extents& chunk) {
  const auto lock = detail::enter_hdf5();
  Handle open =
      create_dataset(dataset, ElementType<T>::stored(), extents, chunk, options_.compress);
  const Handle space(H5Dget_space(open.get()), H5Sclose);
  if (H5Sget_simple_extent_npoints(space.get()) != static_cast<hssize_t>(values.size())) {
    throw std::logic_error(place(path(), dataset) + ": the extents do not fit the values");
  }
  if (values.empty()) return;
  check(
      H5Dwrite(open.get(), ElementType<T>::memory(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
      *this,
      dataset);
  // Chunks are kept in memory until here.
  check(open.close(), *this, dataset);
}

template <class T>
void Hdf5Writer::create(const std::string& dataset, const Extents& extents, const Extents& chunk) {
  const auto lock = detail::enter_hdf5();
  Handle made =
      create_dataset(dataset, ElementType<T>::stored(), extents, chunk, options_.compress);
  check(made.close(), *this, dataset);
}

template <class T>
void Hdf5Writer::write_block(const std::string& dataset,
                             const Extents& offset,
                             const Extents& count,
                             std::span<const T> values) {
  const auto lock = detail::enter_hdf5();
  Handle open(H5Dopen2(id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  check(open, *this, dataset);
  const Handle space(H5Dget_space(open.get()), H5Sclose);
  Extents extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.get())));
  std::vector<hsize_t> sizes(extents.size());
  H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
  std::copy(sizes.begin(), sizes.end(), extents.begin());
  const Handle memory = detail::select_block(space.get(), extents, offset, count, values.size());
  if (!memory)
    throw std::logic_error(place(path(), dataset) + ": the block is not inside the data set");
  check(H5Dwrite(open.get(),
                 ElementType<T>::memory(),
                 memory.get(),
                 space.get(),
                 H5P_DEFAULT,
                 values.data()),
        *this,
        dataset);
  check(open.close(), *this, dataset);
}

void Hdf5Writer::write_text(const std::string& dataset, const std::string& text) {
  const auto lock = detail::enter_hdf5();
  write_all_texts(dataset, {}, {text});
}

void Hdf5Writer::write_texts(const std::string& dataset, const std::vector<std::string>& texts) {
  const auto lock = detail::enter_hdf5();
  write_all_texts(dataset, {static_cast<std::int64_t>(texts.size())}, texts);
}

void Hdf5Writer::label_axes(const std::string& dataset, const std::vector<std::string>& names) {
  const auto lock = detail::enter_hdf5();
  // What H5DSset_label of HDF5's high-level library writes, without needing that library.
  const Handle type = detail::text_type(H5T_CSET_ASCII);
  const auto pointers = pointers_to(names);
  const Handle space = space_of({static_cast<std::int64_t>(names.size())});
  write_attribute(
      *this, dataset, "DIMENSION_LABELS", type.get(), type.get(), space, pointers.data());
}

void Hdf5Writer::attribute(const std::string& object,
                           const std::string& name,
                           const std::string& text) {
  const auto lock = detail::enter_hdf5();
  const Handle type = detail::text_type();
  const char* pointer = text.c_str();
  write_attribute(*this, object, name, type.get(), type.get(), space_of({}), &pointer);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::int64_t value) {
  const auto lock = detail::enter_hdf5();
  write_attribute(*this, object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, space_of({}), &value);
}

void Hdf5Writer::attribute(const std::string& object,
                           const std::string& name,
                           std::uint64_t value) {
  const auto lock = detail::enter_hdf5();
  write_attribute(*this, object, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, space_of({}), &value);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, double value) {
  const auto lock = detail::enter_hdf5();
  write_attribute(*this, object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, space_of({}), &value);
}

void Hdf5Writer::attribute(const std::string& object,
                           const std::string& name,
                           const std::vector<double>& values) {
  const auto lock = detail::enter_hdf5();
  const Handle space = space_of({static_cast<std::int64_t>(values.size())});
  write_attribute(*this, object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, space, values.data());
}

void Hdf5Writer::attribute(const std::string& object,
                           const std::string& name,
                           const std::vector<std::int64_t>& values) {
  const auto lock = detail::enter_hdf5();
  const Handle space = space_of({static_cast<std::int64_t>(values.size())});
  write_attribute(*this, object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, space, values.data());
}

void Hdf5Writer::attribute(const std::string& object,
                           const std::string& name,
                           const std::vector<std::string>& texts) {
  const auto lock = detail::enter_hdf5();
  const Handle type = detail::text_type();
  const auto pointers = pointers_to(texts);
  const Handle space = space_of({static_cast<std::int64_t>(texts.size())});
  write_attribute(*this, object, name, type.get(), type.get(), space, pointers.data());
}

/// What the seal compares only when it is read: the data sets of this program's own, but for the
/// small ones.
std::vector<ByteRange> Hdf5Writer::bulk(hid_t file) const {
  constexpr std::uint64_t kSmallBytes = 1 << 14;
  std::vector<ByteRange> bulk;
  for (const auto& name : datasets_) {
    const Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
    check(dataset, *this, name);
    if (H5Dget_storage_size(dataset.get()) < kSmallBytes) continue;
    const auto ranges = detail::stored_ranges(dataset.get());
    bulk.insert(bulk.end(), ranges.begin(), ranges.end());
  }
  return bulk;
}

void Hdf5Writer::commit() {
  std::vector<ByteRange> ranges;
  {
    const auto lock = detail::enter_hdf5();
    // Closed by hand, because only here can a failure be told, and never after one: HDF5 would
    // write once more what the disk did not take, and crash on it.
    const hid_t file = file_.release();
    check(H5Fflush(file, H5F_SCOPE_GLOBAL), *this, "/");
    ranges = bulk(file);
    check(H5Fclose(file), *this, "/");
  }
  // Reading it back and syncing take long, and others may read meanwhile.
  Seal::append(target_.temporary(), std::move(ranges), path());
  target_.commit();
}

#define INSTANTIATE(T)                                                                     \
  template void Hdf5Writer::write<T>(                                                      \
      const std::string&, const Extents&, std::span<const T>, const Extents&);             \
  template void Hdf5Writer::create<T>(const std::string&, const Extents&, const Extents&); \
  template void Hdf5Writer::write_block<T>(                                                \
      const std::string&, const Extents&, const Extents&, std::span<const T>)
REGIONWISE_FOR_EACH_ELEMENT_TYPE(INSTANTIATE);
#undef INSTANTIATE

}  // namespace regionwise::storage
