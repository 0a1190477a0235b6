#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "storage/descriptor.hpp"
#include "storage/hdf5_detail.hpp"
#include "storage/hdf5_reader.hpp"

namespace regionwise::storage {
namespace {

using detail::ElementType;
using detail::place;

/// Deflate never expands by more than 1032; what a data set promises beyond that is damage, and is
/// refused before memory is taken for it.
constexpr std::uint64_t kLargestDeflateExpansion = 1100;
constexpr std::uint64_t kAlwaysAllowedBytes = 1 << 20;

/// Opens a file for reading, and reports what HDF5 cannot: that it is missing, unreadable, a folder
/// or something else.
std::shared_ptr<const detail::Descriptor> open_hdf5(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw IoError(fmt::format("{}: is a folder, not a file", path.string()));
  }
  // Opening a pipe would wait for its writer; HDF5 needs a file that it can seek in.
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) {
    throw IoError(fmt::format("{}: is not a file: write it to one first", path.string()));
  }
  auto descriptor = std::make_shared<const detail::Descriptor>(path, O_RDONLY, path);
  std::array<char, 8> start{};
  constexpr std::array<char, 8> kSignature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  if (detail::size_of(descriptor->get(), path.string()) >= start.size()) {
    detail::read_exactly(
        descriptor->get(), 0, std::as_writable_bytes(std::span(start)), path.string());
  }
  if (start != kSignature) {
    throw DataError(fmt::format("{}: is not an HDF5 file", path.string()));
  }
  return descriptor;
}

/// Whether the file system of an open file knows locks: HDF5 passes over ENOSYS only, where an NFS
/// without its lock service says ENOLCK.
bool knows_locks(int descriptor) {
  if (::flock(descriptor, LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK;
  ::flock(descriptor, LOCK_UN);
  return true;
}

Handle reading_properties([[maybe_unused]] int descriptor) {
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fclose_degree(properties.get(), H5F_CLOSE_STRONG);
  H5Pset_fapl_sec2(properties.get());  // Whatever HDF5_DRIVER says: one with a descriptor.
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  // A file system that knows no locks (NFS) is no obstacle; HDF5_USE_FILE_LOCKING still decides.
  H5Pset_file_locking(properties.get(), knows_locks(descriptor), true);
#endif
  return properties;
}

Extents extents_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> sizes(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  return {sizes.begin(), sizes.end()};
}

/// Throws IoError where the disk does not give the file. HDF5 cannot be relied on to say so: after
/// a read that failed it keeps what it has of an object, and answers as if there were no more.
void require_readable(const Hdf5Reader& file) {
  if (file.seal() != nullptr) return file.seal()->check_rest();
  static_cast<void>(hash_open_file(file.descriptor(), file.path().string()));
}

/// As detail::throw_unreadable.
[[noreturn]] void refuse(const Hdf5Reader& file,
                         const std::string& where,
                         const std::string& finding) {
  try {
    detail::throw_unreadable(where, finding);
  } catch (const DataError&) {
    require_readable(file);
    throw;
  }
}

[[noreturn]] void throw_missing(const Hdf5Reader& file, const std::string& where) {
  require_readable(file);
  throw DataError(where + ": missing");
}

/// What HDF5 answers to a question; what is damaged is not there, what the disk does not give is an
/// IoError.
bool answer(htri_t answered, const Hdf5Reader& file, const std::string& object) {
  if (answered >= 0) return answered > 0;
  try {
    refuse(file, place(file.path(), object), "cannot be read");
  } catch (const DataError&) {
    return false;
  }
}

/// The path that a soft link leads to, from the root.
std::string target_of(const Hdf5Reader& file, const std::string& link, std::size_t bytes) {
  std::string target(bytes, '\0');
  if (H5Lget_val(file.id(), link.c_str(), target.data(), bytes, H5P_DEFAULT) < 0) return {};
  target.resize(::strnlen(target.data(), bytes));
  return target.starts_with('/') ? target : link.substr(0, link.rfind('/') + 1) + target;
}

/// Whether every link on the way to an object leads somewhere. What lies in another file, which no
/// seal covers and which may be anything, is refused.
bool has_links_to(const Hdf5Reader& file, const std::string& object, int soft_links = 0) {
  constexpr int kMostSoftLinks = 16;  // as HDF5
  if (soft_links > kMostSoftLinks) return false;
  for (std::size_t end = 0; end != std::string::npos;) {
    end = object.find('/', end + 1);
    const std::string link = object.substr(0, end);
    if (link.empty() || link.ends_with('/')) continue;
    H5L_info_t info{};
    if (H5Lget_info(file.id(), link.c_str(), &info, H5P_DEFAULT) < 0) {
      detail::throw_if_unreadable(place(file.path(), link));
      return answer(H5Lexists(file.id(), link.c_str(), H5P_DEFAULT), file, link);
    }
    if (info.type >= H5L_TYPE_UD_MIN) {
      throw DataError(
          fmt::format("{}: is a link into another file: copy what it stands for into this one",
                      place(file.path(), link)));
    }
    if (info.type == H5L_TYPE_SOFT &&
        !has_links_to(file, target_of(file, link, info.u.val_size), soft_links + 1)) {
      return false;
    }
  }
  return true;
}

/// The numbers of a data set may lie in other files, too.
void refuse_numbers_elsewhere(const Hdf5Reader& file, const std::string& name, hid_t dataset) {
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (H5Pget_layout(properties.get()) != H5D_VIRTUAL &&
      H5Pget_external_count(properties.get()) <= 0) {
    return;
  }
  throw DataError(
      fmt::format("{}: its numbers lie in another file: copy them into this one (h5repack)",
                  place(file.path(), name)));
}

bool matches(const Extents& found, const Extents& expected) {
  return std::equal(found.begin(),
                    found.end(),
                    expected.begin(),
                    expected.end(),
                    [](std::int64_t a, std::int64_t b) { return b == -1 || a == b; });
}

struct OpenDataset {
  Handle dataset;
  Handle type;
  Handle space;
  Extents extents;
};

OpenDataset open_dataset(const Hdf5Reader& file, const std::string& name) {
  OpenDataset open;
  if (!file.exists(name)) throw_missing(file, place(file.path(), name));
  open.dataset = Handle(H5Dopen2(file.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!open.dataset) {
    refuse(file, place(file.path(), name), "is not a readable data set");
  }
  refuse_numbers_elsewhere(file, name, open.dataset.get());
  open.type = Handle(H5Dget_type(open.dataset.get()), H5Tclose);
  open.space = Handle(H5Dget_space(open.dataset.get()), H5Sclose);
  if (!open.type || H5Tget_size(open.type.get()) == 0 || !open.space ||
      H5Sget_simple_extent_type(open.space.get()) == H5S_NULL) {
    refuse(file, place(file.path(), name), "is damaged");
  }
  open.extents = extents_of(open.space.get());
  return open;
}

/// Throws unless `open` holds T (in either byte order) with the extents expected.
template <class T>
void check_kind(const Hdf5Reader& file,
                const std::string& name,
                const OpenDataset& open,
                const Extents* expected) {
  const auto found_type = detail::type_name(open.type.get());
  const bool type_matches = found_type == ElementType<T>::kName;
  if (type_matches && (expected == nullptr || matches(open.extents, *expected))) return;
  throw DataError(fmt::format("{}: expected {} {}, found {} {}",
                              place(file.path(), name),
                              ElementType<T>::kName,
                              detail::to_string(expected != nullptr ? *expected : open.extents),
                              found_type,
                              detail::to_string(open.extents)));
}

/// Number of elements of a data set, refused where the file cannot hold so many.
std::size_t element_count(const Hdf5Reader& file,
                          const std::string& name,
                          const OpenDataset& open) {
  const std::uint64_t element_bytes = H5Tget_size(open.type.get());
  const std::uint64_t stored =
      std::min<std::uint64_t>(H5Dget_storage_size(open.dataset.get()),
                              detail::size_of(file.descriptor(), file.path().string()));
  const std::uint64_t largest = stored * kLargestDeflateExpansion + kAlwaysAllowedBytes;
  std::uint64_t count = 1;
  for (const auto extent : open.extents) {
    const auto size = static_cast<std::uint64_t>(extent);
    if (size != 0 && count > largest / element_bytes / size) {
      refuse(file,
             place(file.path(), name),
             fmt::format("is damaged: {} does not fit {} stored bytes",
                         detail::to_string(open.extents),
                         stored));
    }
    count *= size;
  }
  return count;
}

void check_read(herr_t status, const Hdf5Reader& file, const std::string& name) {
  if (status >= 0) return;
  refuse(file, place(file.path(), name), "cannot be read");
}

/// Texts that HDF5 takes memory for; some of them where reading fails at a later one.
struct TextsOfHdf5 {
  TextsOfHdf5(hid_t type, hid_t space, std::size_t count)
      : type(type), space(space), pointers(count, nullptr) {}
  ~TextsOfHdf5() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data()); }
  TextsOfHdf5(const TextsOfHdf5&) = delete;
  TextsOfHdf5& operator=(const TextsOfHdf5&) = delete;

  hid_t type;
  hid_t space;
  std::vector<char*> pointers;
};

/// Reads `count` strings of the stored type through `read(memory_type, buffer)`.
template <class Read>
std::vector<std::string> read_strings(hid_t stored_type,
                                      hid_t space,
                                      std::size_t count,
                                      const Read& read) {
  std::vector<std::string> texts;
  texts.reserve(count);
  if (H5Tis_variable_str(stored_type) > 0) {
    const Handle type = detail::text_type(H5Tget_cset(stored_type));
    TextsOfHdf5 read_texts(type.get(), space, count);
    if (count > 0) read(type.get(), read_texts.pointers.data());
    for (const char* text : read_texts.pointers) texts.emplace_back(text != nullptr ? text : "");
    return texts;
  }
  const auto length = H5Tget_size(stored_type);
  std::string buffer(count * length, '\0');
  if (count > 0) read(stored_type, buffer.data());
  for (std::size_t i = 0; i < count; ++i) {
    std::string text = buffer.substr(i * length, length);
    text.resize(::strnlen(text.data(), length));
    if (H5Tget_strpad(stored_type) == H5T_STR_SPACEPAD) text.erase(text.find_last_not_of(' ') + 1);
    texts.push_back(std::move(text));
  }
  return texts;
}

struct OpenAttribute {
  Handle attribute;
  Handle type;
  Handle space;
  std::size_t count = 0;
};

std::string attribute_place(const Hdf5Reader& file,
                            const std::string& object,
                            const std::string& name) {
  return fmt::format("{}: attribute \"{}\"", place(file.path(), object), name);
}

OpenAttribute open_attribute(const Hdf5Reader& file,
                             const std::string& object,
                             const std::string& name) {
  if (!file.exists(object)) throw_missing(file, place(file.path(), object));
  if (!answer(
          H5Aexists_by_name(file.id(), object.c_str(), name.c_str(), H5P_DEFAULT), file, object)) {
    throw_missing(file, attribute_place(file, object, name));
  }
  OpenAttribute open;
  open.attribute = Handle(
      H5Aopen_by_name(file.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!open.attribute) {
    refuse(file, attribute_place(file, object, name), "cannot be read");
  }
  open.type = Handle(H5Aget_type(open.attribute.get()), H5Tclose);
  open.space = Handle(H5Aget_space(open.attribute.get()), H5Sclose);
  const auto points = open.space ? H5Sget_simple_extent_npoints(open.space.get()) : -1;
  if (!open.type || H5Tget_size(open.type.get()) == 0 || points < 0) {
    throw DataError(fmt::format("{}: is damaged", attribute_place(file, object, name)));
  }
  open.count = static_cast<std::size_t>(points);
  // The value of an attribute lies in the object's header, so it was bounded when that was read;
  // only its promise has to be.
  constexpr std::size_t kLargestAttribute = std::size_t{1} << 26;
  if (open.count > kLargestAttribute) {
    throw DataError(fmt::format("{}: is damaged", attribute_place(file, object, name)));
  }
  return open;
}

template <class T>
std::vector<T> numeric_attribute(const Hdf5Reader& file,
                                 const std::string& object,
                                 const std::string& name,
                                 bool accepts_real) {
  const auto open = open_attribute(file, object, name);
  const auto kind = H5Tget_class(open.type.get());
  const bool accepted =
      kind == H5T_INTEGER || kind == H5T_ENUM || (accepts_real && kind == H5T_FLOAT);
  if (!accepted) {
    throw DataError(fmt::format("{}: expected {}, found {}",
                                attribute_place(file, object, name),
                                accepts_real ? "a number" : "an integer",
                                detail::type_name(open.type.get())));
  }
  std::vector<T> values(open.count);
  if (open.count > 0) {
    check_read(
        H5Aread(open.attribute.get(), ElementType<T>::memory(), values.data()), file, object);
  }
  return values;
}

template <class T>
T only_value(std::vector<T> values,
             const Hdf5Reader& file,
             const std::string& object,
             const std::string& name) {
  if (values.size() != 1) {
    throw DataError(fmt::format(
        "{}: expected one value, found {}", attribute_place(file, object, name), values.size()));
  }
  return std::move(values.front());
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* target) {
  static_cast<std::vector<std::string>*>(target)->emplace_back(name);
  return 0;
}

}  // namespace

Hdf5Reader::Hdf5Reader(std::filesystem::path path) : path_(std::move(path)) {
  // HDF5 opens files by name only, which another file may take meanwhile.
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    if (open()) return;
  }
  throw IoError(path_.string() + ": is replaced again and again by another program");
}

/// False where HDF5 opened another file than was compared with its seal.
bool Hdf5Reader::open() {
  descriptor_ = open_hdf5(path_);
  seal_ = Seal::read(descriptor(), path_);
  const auto lock = detail::enter_hdf5();
  const Handle properties = reading_properties(descriptor());
  file_ = Handle(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, properties.get()), H5Fclose);
  if (!file_) {
    if (!detail::lies_under(descriptor(), path_)) return false;
    detail::throw_unreadable(path_.string(), "cannot be read as HDF5: damaged or cut short");
  }
  void* of_hdf5 = nullptr;
  return H5Fget_vfd_handle(file_.get(), H5P_DEFAULT, &of_hdf5) >= 0 &&
         detail::are_same_file(descriptor(), *static_cast<const int*>(of_hdf5));
}

bool Hdf5Reader::exists(const std::string& object) const {
  const auto lock = detail::enter_hdf5();
  if (object == "/") return true;
  return has_links_to(*this, object) &&
         answer(H5Oexists_by_name(id(), object.c_str(), H5P_DEFAULT), *this, object);
}

std::vector<std::string> Hdf5Reader::children(const std::string& group) const {
  const auto lock = detail::enter_hdf5();
  if (!exists(group)) throw_missing(*this, place(path_, group));
  const Handle open(H5Gopen2(id(), group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!open) {
    refuse(*this, place(path_, group), "is not a readable group");
  }
  std::vector<std::string> names;
  check_read(H5Literate(open.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_name, &names),
             *this,
             group);
  std::sort(names.begin(), names.end());
  return names;
}

Extents Hdf5Reader::extents(const std::string& dataset) const {
  const auto lock = detail::enter_hdf5();
  return open_dataset(*this, dataset).extents;
}

std::string Hdf5Reader::element_type(const std::string& dataset) const {
  const auto lock = detail::enter_hdf5();
  return detail::type_name(open_dataset(*this, dataset).type.get());
}

std::size_t Hdf5Reader::size(const std::string& dataset) const {
  const auto lock = detail::enter_hdf5();
  return element_count(*this, dataset, open_dataset(*this, dataset));
}

void Hdf5Reader::compare_with_seal(const std::string& name, hid_t dataset) const {
  if (!seal_ || compared_.contains(name)) return;
  for (const auto& range : detail::stored_ranges(dataset)) seal_->check_stored(range);
  compared_.insert(name);
}

template <class T>
std::vector<T> Hdf5Reader::read_whole(const std::string& name, const Extents* expected) const {
  const auto open = open_dataset(*this, name);
  check_kind<T>(*this, name, open, expected);
  std::vector<T> values(element_count(*this, name, open));
  if (values.empty()) return values;
  compare_with_seal(name, open.dataset.get());
  check_read(H5Dread(open.dataset.get(),
                     ElementType<T>::memory(),
                     H5S_ALL,
                     H5S_ALL,
                     H5P_DEFAULT,
                     values.data()),
             *this,
             name);
  return values;
}

template <class T>
std::vector<T> Hdf5Reader::read(const std::string& dataset) const {
  const auto lock = detail::enter_hdf5();
  return read_whole<T>(dataset, nullptr);
}

template <class T>
std::vector<T> Hdf5Reader::read(const std::string& dataset, const Extents& expected) const {
  const auto lock = detail::enter_hdf5();
  return read_whole<T>(dataset, &expected);
}

template <class T>
void Hdf5Reader::read_block(const std::string& dataset,
                            const Extents& offset,
                            const Extents& count,
                            std::span<T> out) const {
  const auto lock = detail::enter_hdf5();
  const auto open = open_dataset(*this, dataset);
  check_kind<T>(*this, dataset, open, nullptr);
  const auto memory =
      detail::select_block(open.space.get(), open.extents, offset, count, out.size());
  if (!memory) {
    throw DataError(fmt::format("{}: the block {} at {} is not inside {}",
                                place(path_, dataset),
                                detail::to_string(count),
                                detail::to_string(offset),
                                detail::to_string(open.extents)));
  }
  compare_with_seal(dataset, open.dataset.get());
  check_read(H5Dread(open.dataset.get(),
                     ElementType<T>::memory(),
                     memory.get(),
                     open.space.get(),
                     H5P_DEFAULT,
                     out.data()),
             *this,
             dataset);
}

std::string Hdf5Reader::read_text(const std::string& dataset) const {
  auto texts = read_texts(dataset);
  if (texts.size() != 1) {
    throw DataError(
        fmt::format("{}: expected one text, found {}", place(path_, dataset), texts.size()));
  }
  return std::move(texts.front());
}

std::vector<std::string> Hdf5Reader::read_texts(const std::string& dataset) const {
  const auto lock = detail::enter_hdf5();
  const auto open = open_dataset(*this, dataset);
  if (H5Tget_class(open.type.get()) != H5T_STRING) {
    throw DataError(fmt::format("{}: expected text, found {} {}",
                                place(path_, dataset),
                                detail::type_name(open.type.get()),
                                detail::to_string(open.extents)));
  }
  return read_strings(
      open.type.get(),
      open.space.get(),
      element_count(*this, dataset, open),
      [&](hid_t type, void* buffer) {
        check_read(H5Dread(open.dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer),
                   *this,
                   dataset);
      });
}

bool Hdf5Reader::has_attribute(const std::string& object, const std::string& name) const {
  const auto lock = detail::enter_hdf5();
  return exists(object) &&
         answer(H5Aexists_by_name(id(), object.c_str(), name.c_str(), H5P_DEFAULT), *this, object);
}

std::vector<std::string> Hdf5Reader::texts_attribute(const std::string& object,
                                                     const std::string& name) const {
  const auto lock = detail::enter_hdf5();
  const auto open = open_attribute(*this, object, name);
  if (H5Tget_class(open.type.get()) != H5T_STRING) {
    throw DataError(fmt::format("{}: expected text, found {}",
                                attribute_place(*this, object, name),
                                detail::type_name(open.type.get())));
  }
  return read_strings(open.type.get(), open.space.get(), open.count, [&](hid_t type, void* buffer) {
    check_read(H5Aread(open.attribute.get(), type, buffer), *this, object);
  });
}

std::string Hdf5Reader::text_attribute(const std::string& object, const std::string& name) const {
  return only_value(texts_attribute(object, name), *this, object, name);
}

std::int64_t Hdf5Reader::integer_attribute(const std::string& object,
                                           const std::string& name) const {
  return only_value(integers_attribute(object, name), *this, object, name);
}

std::uint64_t Hdf5Reader::unsigned_attribute(const std::string& object,
                                             const std::string& name) const {
  const auto lock = detail::enter_hdf5();
  return only_value(
      numeric_attribute<std::uint64_t>(*this, object, name, false), *this, object, name);
}

double Hdf5Reader::real_attribute(const std::string& object, const std::string& name) const {
  return only_value(reals_attribute(object, name), *this, object, name);
}

std::vector<double> Hdf5Reader::reals_attribute(const std::string& object,
                                                const std::string& name) const {
  const auto lock = detail::enter_hdf5();
  return numeric_attribute<double>(*this, object, name, true);
}

std::vector<std::int64_t> Hdf5Reader::integers_attribute(const std::string& object,
                                                         const std::string& name) const {
  const auto lock = detail::enter_hdf5();
  return numeric_attribute<std::int64_t>(*this, object, name, false);
}

#define INSTANTIATE(T)                                                                   \
  template std::vector<T> Hdf5Reader::read<T>(const std::string&) const;                 \
  template std::vector<T> Hdf5Reader::read<T>(const std::string&, const Extents&) const; \
  template void Hdf5Reader::read_block<T>(                                               \
      const std::string&, const Extents&, const Extents&, std::span<T>) const
REGIONWISE_FOR_EACH_ELEMENT_TYPE(INSTANTIATE);
#undef INSTANTIATE

}  // namespace regionwise::storage
