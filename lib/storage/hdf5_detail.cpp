#include "storage/hdf5_detail.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

#include "core/error.hpp"
#include "storage/hdf5_answers.hpp"

namespace regionwise::storage {
namespace {

std::recursive_timed_mutex& hdf5_mutex() {
  // Never destroyed: files may be closed while the program exits.
  static auto& mutex = *new std::recursive_timed_mutex;
  return mutex;
}

/// More than a call of HDF5 takes, but for what it reads or writes.
constexpr std::size_t kSpareBytes = std::size_t{8} << 20;

/// HDF5 1.10 crashes, or calls sound files damaged, after an allocation of its own has failed: it
/// is not called where there is hardly any memory left. Addresses are asked for and given back; no
/// page is touched. Throws std::bad_alloc.
void require_spare_memory() {
  void* spare =
      ::mmap(nullptr, kSpareBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (spare == MAP_FAILED) throw std::bad_alloc();
  ::munmap(spare, kSpareBytes);
}

std::unique_lock<std::recursive_timed_mutex> enter_prepared_hdf5() {
  std::unique_lock lock(hdf5_mutex());
  // Files are closed by their handles. HDF5's own tidying at exit would close again what a full
  // disk kept from closing, and crash on it.
  static const herr_t untidied = H5dont_atexit();
  static_cast<void>(untidied);
  // Nothing that is read may lie in another file, whose name an untrusted file would choose: HDF5
  // does not follow what it does not know.
  static const herr_t followed = H5Lunregister(H5L_TYPE_EXTERNAL);
  static_cast<void>(followed);
  // The error stack, and whether it is printed, belong to the thread in thread-safe builds.
  thread_local const herr_t silenced = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(silenced);
  return lock;
}

}  // namespace

std::unique_lock<std::recursive_timed_mutex> enter_hdf5_within(std::chrono::milliseconds patience) {
  return std::unique_lock(hdf5_mutex(), patience);
}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    reset();
    id_ = other.id_;
    close_ = other.close_;
    other.id_ = H5I_INVALID_HID;
  }
  return *this;
}

void Handle::reset() {
  if (id_ >= 0) {
    const auto lock = enter_prepared_hdf5();
    close_(id_);
  }
  id_ = H5I_INVALID_HID;
}

herr_t Handle::close() {
  const auto lock = enter_prepared_hdf5();
  return id_ >= 0 ? close_(std::exchange(id_, H5I_INVALID_HID)) : 0;
}

namespace detail {
namespace {

/// What HDF5's stack of errors says.
struct Reason {
  std::string description;  ///< Of where it began.
  bool is_memory = false;
};

herr_t keep_reason(unsigned, const H5E_error2_t* error, void* target) {
  auto& reason = *static_cast<Reason*>(target);
  if (reason.description.empty() && error->desc != nullptr) reason.description = error->desc;
  reason.is_memory |= error->maj_num == H5E_RESOURCE &&
                      (error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC);
  return 0;
}

/// HDF5 puts the system's message in: … errno = 28, error message = 'No space left on device', …
std::string system_message(const std::string& description) {
  static const std::string mark_text = "error message = '";
  const auto begin = description.find(mark_text);
  if (begin == std::string::npos) return {};
  const auto text = begin + mark_text.size();
  const auto end = description.find('\'', text);
  return description.substr(text, end == std::string::npos ? end : end - text);
}

Reason last_reason() {
  Reason reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_reason, &reason);
  return reason;
}

/// HDF5 puts the system's number beside its message: … errno = 5, … 0 where there is none.
int errno_in(const std::string& description) {
  static const std::string mark_text = "errno = ";
  const auto mark = description.find(mark_text);
  return mark == std::string::npos ? 0 : std::atoi(description.c_str() + mark + mark_text.size());
}

}  // namespace

std::unique_lock<std::recursive_timed_mutex> enter_hdf5() {
  require_spare_memory();
  return enter_prepared_hdf5();
}

std::string hdf5_reason() {
  std::string description = last_reason().description;
  if (description.empty()) return {};
  if (const auto system = system_message(description); !system.empty()) description = system;
  std::replace(description.begin(), description.end(), '\n', ' ');
  return fmt::format(" ({})", description);
}

void throw_if_unreadable(const std::string& where) {
  const Reason reason = last_reason();
  // Of a file with a seal: what it asks for was compared with it before. Without, it may be
  // damaged.
  if (reason.is_memory) {
    throw IoError(where + ": cannot be read: out of memory for what it holds", ENOMEM);
  }
  const int error = errno_in(reason.description);
  if (is_of_machine(error)) throw IoError(where + ": cannot be read" + hdf5_reason(), error);
}

void throw_unreadable(const std::string& where, const std::string& finding) {
  throw_if_unreadable(where);
  throw DataError(where + ": " + finding + hdf5_reason());
}

std::string place(const std::filesystem::path& file, std::string_view object) {
  return fmt::format("{}:{}{}", file.string(), object.starts_with('/') ? "" : "/", object);
}

std::string to_string(const Extents& extents) {
  return fmt::format("[{}]", fmt::join(extents, ","));
}

std::string type_name(hid_t type) {
  const auto bits = 8 * H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return fmt::format("float{}", bits);
    case H5T_INTEGER:
      return fmt::format("{}int{}", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
    case H5T_STRING:
      return "text";
    case H5T_ENUM:
      return "enumeration";
    case H5T_COMPOUND:
      return "compound";
    default:
      return "another type";
  }
}

Handle text_type(H5T_cset_t charset) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), charset);
  return type;
}

Handle select_block(hid_t space,
                    const Extents& extents,
                    const Extents& offset,
                    const Extents& count,
                    std::size_t size) {
  if (offset.size() != extents.size() || count.size() != extents.size()) return {};
  std::uint64_t elements = 1;
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    if (offset[axis] < 0 || count[axis] < 1 || count[axis] > extents[axis] - offset[axis])
      return {};
    elements *= static_cast<std::uint64_t>(count[axis]);
  }
  if (elements != size) return {};
  const hsize_t length = elements;
  Handle memory(H5Screate_simple(1, &length, nullptr), H5Sclose);
  if (extents.empty()) return memory;
  const std::vector<hsize_t> start(offset.begin(), offset.end());
  const std::vector<hsize_t> block(count.begin(), count.end());
  const auto status =
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, block.data(), nullptr);
  return status < 0 ? Handle() : std::move(memory);
}

namespace {

/// Chunks that there is room for; at most 2^63.
hsize_t chunk_places(const std::vector<hsize_t>& extents, const std::vector<hsize_t>& chunk) {
  constexpr hsize_t kMost = hsize_t{1} << 63;
  hsize_t places = 1;
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    const hsize_t count = extents[axis] / chunk[axis] + (extents[axis] % chunk[axis] != 0);
    if (count > 0 && places > kMost / count) return kMost;
    places *= count;
  }
  return places;
}

/// Of the chunks that are stored, each found in time that grows with their number.
std::vector<ByteRange> few_chunks(hid_t dataset, hid_t space, hsize_t stored) {
  std::vector<ByteRange> ranges;
  for (hsize_t i = 0; i < stored; ++i) {
    haddr_t offset = HADDR_UNDEF;
    hsize_t bytes = 0;
    if (H5Dget_chunk_info(dataset, space, i, nullptr, nullptr, &offset, &bytes) >= 0)
      ranges.push_back({offset, bytes});
  }
  return ranges;
}

std::vector<ByteRange> chunk_ranges(hid_t dataset, hid_t space, hid_t properties) {
  const auto rank = static_cast<std::size_t>(std::max(H5Sget_simple_extent_ndims(space), 0));
  std::vector<hsize_t> extents(rank), chunk(rank), start(rank, 0);
  H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  H5Pget_chunk(properties, static_cast<int>(rank), chunk.data());
  std::vector<ByteRange> ranges;
  hsize_t stored = 0;
  H5Dget_num_chunks(dataset, space, &stored);
  // Extents may promise more than anybody wrote.
  if (chunk_places(extents, chunk) / 1024 > stored) return few_chunks(dataset, space, stored);
  const bool empty = std::find(extents.begin(), extents.end(), hsize_t{0}) != extents.end();
  for (bool inside = !empty && rank > 0; inside;) {
    haddr_t offset = HADDR_UNDEF;
    hsize_t bytes = 0;
    if (H5Dget_chunk_info_by_coord(dataset, start.data(), nullptr, &offset, &bytes) >= 0 &&
        offset != HADDR_UNDEF) {
      ranges.push_back({offset, bytes});
    }
    inside = false;
    for (std::size_t axis = rank; axis-- > 0 && !inside;) {
      start[axis] += chunk[axis];
      inside = start[axis] < extents[axis];
      if (!inside) start[axis] = 0;
    }
  }
  return ranges;
}

}  // namespace

std::vector<ByteRange> stored_ranges(hid_t dataset) {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!type || !space || !properties || H5Tget_class(type.get()) == H5T_STRING) return {};
  const auto layout = H5Pget_layout(properties.get());
  if (layout == H5D_CHUNKED) return chunk_ranges(dataset, space.get(), properties.get());
  if (layout != H5D_CONTIGUOUS) return {};
  const haddr_t offset = H5Dget_offset(dataset);
  if (offset == HADDR_UNDEF) return {};
  return {{offset, H5Dget_storage_size(dataset)}};
}

}  // namespace detail
}  // namespace regionwise::storage
