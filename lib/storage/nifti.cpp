#include "storage/nifti.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/error.hpp"
#include "storage/complete_file.hpp"
#include "storage/nifti_header.hpp"

namespace regionwise::storage {
namespace {

using detail::NiftiHeader;

/// Deflate never expands by more.
constexpr std::uint64_t kLargestGzipExpansion = 1032;
constexpr std::size_t kPieceBytes = 1 << 20;

/// Reads a file, gzip-compressed or not, from its beginning to its end.
class ByteStream {
 public:
  explicit ByteStream(const std::filesystem::path& path) : place_(path.string()) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
      throw IoError(fmt::format("{}: is a folder, not a file", place_));
    }
    stored_bytes_ = std::filesystem::file_size(path, error);
    errno = 0;
    file_.reset(error ? nullptr : ::gzopen(path.c_str(), "rb"));
    if (!file_) {
      const int number = error ? error.value() : errno;
      const auto reason = error ? error.message() : describe_errno(number);
      throw IoError(fmt::format("{}: cannot be opened: {}", place_, reason), number);
    }
    constexpr std::uintmax_t kSmallest = 4096;
    ::gzbuffer(
        file_.get(),
        static_cast<unsigned>(std::clamp<std::uintmax_t>(stored_bytes_, kSmallest, kPieceBytes)));
  }

  const std::string& place() const { return place_; }
  std::uint64_t stored_bytes() const { return stored_bytes_; }
  bool compressed() { return ::gzdirect(file_.get()) == 0; }
  /// An upper bound of what `read` can return in all.
  std::uint64_t largest_bytes() {
    return compressed() ? stored_bytes_ * kLargestGzipExpansion : stored_bytes_;
  }

  /// Reads up to `size` bytes; fewer only at the end of the file.
  std::size_t read(void* target, std::size_t size) {
    errno = 0;
    const int count = ::gzread(file_.get(), target, static_cast<unsigned>(size));
    int error = Z_OK;
    const char* message = ::gzerror(file_.get(), &error);
    if (error == Z_ERRNO) {
      const int number = errno;
      throw IoError(fmt::format("{}: cannot be read: {}", place_, describe_errno(number)), number);
    }
    if (error == Z_BUF_ERROR)
      throw DataError(fmt::format("{}: is cut short: copy it again", place_));
    if (count < 0 || error != Z_OK) {
      throw DataError(
          fmt::format("{}: has damaged gzip data: copy it again ({})", place_, message));
    }
    return static_cast<std::size_t>(count);
  }

  /// The number of bytes that were there.
  std::uint64_t skip(std::uint64_t size) {
    std::array<char, 1 << 14> piece;
    std::uint64_t skipped = 0;
    while (skipped < size) {
      const auto count =
          read(piece.data(),
               static_cast<std::size_t>(std::min<std::uint64_t>(size - skipped, piece.size())));
      if (count == 0) break;
      skipped += count;
    }
    return skipped;
  }

  /// Reads on to the end, where a compressed file keeps its checksum.
  void check_end() { skip(std::numeric_limits<std::uint64_t>::max()); }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { ::gzclose(file); }
  };

  std::string place_;
  std::uint64_t stored_bytes_ = 0;
  std::unique_ptr<gzFile_s, Close> file_;
};

/// The voxel types that are read.
template <class Visit>
void with_voxel_type(int datatype, const std::string& place, const Visit& visit) {
  switch (datatype) {
    case NIFTI_TYPE_UINT8:
      return visit(std::uint8_t{});
    case NIFTI_TYPE_INT8:
      return visit(std::int8_t{});
    case NIFTI_TYPE_UINT16:
      return visit(std::uint16_t{});
    case NIFTI_TYPE_INT16:
      return visit(std::int16_t{});
    case NIFTI_TYPE_UINT32:
      return visit(std::uint32_t{});
    case NIFTI_TYPE_INT32:
      return visit(std::int32_t{});
    case NIFTI_TYPE_UINT64:
      return visit(std::uint64_t{});
    case NIFTI_TYPE_INT64:
      return visit(std::int64_t{});
    case NIFTI_TYPE_FLOAT32:
      return visit(float{});
    case NIFTI_TYPE_FLOAT64:
      return visit(double{});
    default:
      throw DataError(fmt::format(
          "{}: voxels of type {} ({}) are not read: convert to an integer or float type",
          place,
          nifti_datatype_to_string(datatype),
          datatype));
  }
}

struct OpenImage {
  ByteStream stream;
  NiftiHeader header;
  ImageGeometry geometry;
  std::int64_t channels = 1;

  std::size_t voxels() const { return static_cast<std::size_t>(channels * geometry.shape.size()); }
};

std::uint64_t first_voxel_byte(const NiftiHeader& header, const std::string& place) {
  // The standard's place for the voxels of a single file: after the header and four bytes that say
  // whether extensions follow.
  const auto smallest = static_cast<std::int64_t>(detail::header_bytes(header.version)) + 4;
  if (header.fields.vox_offset < smallest) {
    throw DataError(
        fmt::format("{}: impossible place of the voxels (vox_offset {}): they begin at byte {} or "
                    "later; correct the header, or save the image with another program",
                    place,
                    header.fields.vox_offset,
                    smallest));
  }
  return static_cast<std::uint64_t>(header.fields.vox_offset);
}

/// Refuses what the file cannot hold before memory is taken for it.
void check_promise(OpenImage& image) {
  const auto& place = image.stream.place();
  const auto& shape = image.geometry.shape;
  with_voxel_type(image.header.fields.datatype, place, [&]<class T>(T) {
    const auto offset = first_voxel_byte(image.header, place);
    const auto largest = image.stream.largest_bytes();
    // Axes are at most 2^20 long: up to three of them multiply without overflow.
    const auto voxels = static_cast<std::uint64_t>(shape.size());
    const auto channels = static_cast<std::uint64_t>(image.channels);
    if (offset <= largest && voxels <= (largest - offset) / sizeof(T) / channels) return;
    throw DataError(fmt::format(
        "{}: is cut short: its header promises {} x {} x {} x {} voxels, the file has {} bytes",
        place,
        shape.width,
        shape.height,
        shape.depth,
        channels,
        image.stream.stored_bytes()));
  });
}

void check_beginning(std::span<const std::uint8_t> bytes, const std::string& place) {
  constexpr std::string_view kPointer = "version https://git-lfs";
  if (bytes.empty()) throw DataError(fmt::format("{}: is empty", place));
  if (bytes.size() >= kPointer.size() &&
      std::equal(kPointer.begin(), kPointer.end(), bytes.begin())) {
    throw DataError(fmt::format("{}: is a Git LFS pointer, not an image: run git lfs pull", place));
  }
}

/// The first bytes of a file: as many as its header has.
std::vector<std::uint8_t> read_beginning(ByteStream& stream) {
  const auto shorter = detail::header_bytes(1);
  std::vector<std::uint8_t> bytes(detail::header_bytes(2));
  auto count = stream.read(bytes.data(), shorter);
  if (count == shorter && detail::is_version_2(bytes)) {
    count += stream.read(bytes.data() + shorter, bytes.size() - shorter);
  }
  bytes.resize(count);
  return bytes;
}

OpenImage open_image(const std::filesystem::path& path) {
  OpenImage image{ByteStream(path), {}, {}};
  const auto& place = image.stream.place();
  auto bytes = read_beginning(image.stream);
  check_beginning(bytes, place);
  image.header = detail::parse_nifti_header(bytes, place);
  image.geometry = detail::geometry_of(image.header, place);
  const auto& fields = image.header.fields;
  image.channels = fields.dim[0] >= 4 ? fields.dim[4] : 1;
  image.geometry.nifti_header = std::move(bytes);
  check_promise(image);
  return image;
}

/// Slope and intercept, {1, 0} where there are none.
std::pair<double, double> scaling_of(const NiftiHeader& header, const std::string& place) {
  const auto& fields = header.fields;
  if (fields.scl_slope == 0 || !std::isfinite(fields.scl_slope)) return {1, 0};
  if (!std::isfinite(fields.scl_inter)) {
    throw DataError(
        fmt::format("{}: impossible intercept {} (scl_inter)", place, fields.scl_inter));
  }
  return {fields.scl_slope, fields.scl_inter};
}

DataError cut_short(const OpenImage& image) {
  return DataError(fmt::format("{}: is cut short: copy it again", image.stream.place()));
}

/// Throws unless the file holds what its header promises.
void check_length(OpenImage& image) {
  const auto& place = image.stream.place();
  with_voxel_type(image.header.fields.datatype, place, [&]<class T>(T) {
    const std::uint64_t bytes = first_voxel_byte(image.header, place) -
                                detail::header_bytes(image.header.version) +
                                image.voxels() * sizeof(T);
    if (image.stream.skip(bytes) < bytes) throw cut_short(image);
  });
}

/// Room for the voxels of an image that was just opened. Nothing of it is touched before the voxels
/// that belong there are read: a header may promise a thousand times what follows.
template <class T>
void reserve(OpenImage& image, std::vector<T>& values) {
  try {
    values.reserve(image.voxels());
  } catch (const std::bad_alloc&) {
    check_length(image);
    throw;
  }
}

/// Gives every scaled voxel, in the file's order, to `take(index, value)`; before that
/// `grow(count)` as many as are read by then.
template <class T, class Grow, class Take>
void read_voxels(OpenImage& image, const Grow& grow, const Take& take) {
  const auto [slope, intercept] = scaling_of(image.header, image.stream.place());
  const bool scaled = slope != 1 || intercept != 0;
  const std::size_t count = image.voxels();
  std::vector<T> piece(std::min(kPieceBytes / sizeof(T), count));
  for (std::size_t first = 0; first < count; first += piece.size()) {
    const auto size = std::min(piece.size(), count - first);
    if (image.stream.read(piece.data(), size * sizeof(T)) != size * sizeof(T)) {
      throw cut_short(image);
    }
    grow(first + size);
    if (image.header.swapped && sizeof(T) > 1) {
      nifti_swap_Nbytes(static_cast<std::int64_t>(size), sizeof(T), piece.data());
    }
    for (std::size_t i = 0; i < size; ++i) {
      const auto value = static_cast<double>(piece[i]);
      take(first + i, scaled ? value * slope + intercept : value);
    }
  }
}

template <class Grow, class Take>
void read_all_voxels(OpenImage& image, const Grow& grow, const Take& take) {
  const auto& place = image.stream.place();
  image.stream.skip(first_voxel_byte(image.header, place) -
                    detail::header_bytes(image.header.version));
  with_voxel_type(
      image.header.fields.datatype, place, [&]<class T>(T) { read_voxels<T>(image, grow, take); });
  image.stream.check_end();
}

/// Counts the voxels that are refused and remembers the first.
class Refused {
 public:
  void add(double value) {
    if (count_++ == 0) first_ = value;
  }
  void throw_if_any(const std::string& place, const std::string& what) const {
    if (count_ == 0) return;
    throw DataError(fmt::format("{}: {} voxel{} {} (the first is {})",
                                place,
                                count_,
                                count_ == 1 ? " is" : "s are",
                                what,
                                first_));
  }

 private:
  std::int64_t count_ = 0;
  double first_ = 0;
};

OpenImage open_label_map(const std::filesystem::path& path) {
  auto open = open_image(path);
  if (open.channels != 1) {
    throw DataError(
        fmt::format("{}: a label map has one channel, this has {}", path.string(), open.channels));
  }
  return open;
}

/// Gives every voxel to `take(index, value)`; refuses values that are not whole.
template <class Grow, class Take>
void read_label_voxels(OpenImage& image, const Grow& grow, const Take& take) {
  Refused refused;
  // Slope and intercept leave rounding errors in what was written as whole numbers.
  constexpr double kTolerance = 1e-4;
  constexpr double kLargest = std::numeric_limits<std::int32_t>::max();
  read_all_voxels(image, grow, [&](std::size_t i, double value) {
    const double label = std::abs(value) <= kLargest ? std::nearbyint(value) : kLargest;
    if (std::abs(value - label) <= kTolerance) {
      take(i, static_cast<std::int32_t>(label));
    } else {
      refused.add(value);
    }
  });
  refused.throw_if_any(image.stream.place(), "not a whole number as labels are");
}

/// Writes bytes to a temporary file beside `path`, compressed if the name ends in .gz.
class ImageWriter {
 public:
  explicit ImageWriter(const std::filesystem::path& path) : target_(path, true) {
    const auto name = path.filename().string();
    const bool compressed = name.ends_with(".nii.gz");
    if (!compressed && !name.ends_with(".nii")) {
      throw UsageError(
          fmt::format("{}: an image's name must end in .nii or .nii.gz", path.string()));
    }
    // zlib puts neither time nor name into the gzip header.
    errno = 0;
    file_ = ::gzopen(target_.temporary().c_str(), compressed ? "wb6" : "wbT");
    if (file_ == nullptr) fail(errno);
  }
  ~ImageWriter() {
    if (file_ != nullptr) ::gzclose(file_);
  }
  ImageWriter(const ImageWriter&) = delete;
  ImageWriter& operator=(const ImageWriter&) = delete;

  void write(const void* bytes, std::size_t size) {
    const auto* next = static_cast<const char*>(bytes);
    while (size > 0) {
      const auto piece = std::min(size, kPieceBytes);
      errno = 0;
      if (::gzwrite(file_, next, static_cast<unsigned>(piece)) != static_cast<int>(piece))
        fail(errno);
      next += piece;
      size -= piece;
    }
  }

  void commit(const std::function<void(const std::filesystem::path&)>& complete) {
    errno = 0;
    if (::gzclose(std::exchange(file_, nullptr)) != Z_OK) fail(errno);
    if (complete) complete(target_.temporary());
    target_.commit();
  }

 private:
  [[noreturn]] void fail(int error) const {
    throw IoError(fmt::format("{}: cannot be written: {}",
                              target_.path().string(),
                              error != 0 ? describe_errno(error) : "zlib failed"));
  }

  CompleteFile target_;
  gzFile file_ = nullptr;
};

/// The header of an image on the grid of `geometry`: the source's own where it still describes that
/// grid, else a new one.
NiftiHeader header_on_grid(const ImageGeometry& geometry, const std::string& place) {
  if (geometry.nifti_header.empty()) return detail::make_nifti_header(geometry);
  const auto header = detail::parse_nifti_header(geometry.nifti_header, place);
  const auto described = detail::geometry_of(header, place);
  const bool same = described.shape == geometry.shape &&
                    described.spacing_mm == geometry.spacing_mm &&
                    described.world_from_voxel == geometry.world_from_voxel;
  return same ? header : detail::make_nifti_header(geometry);
}

template <class T>
void write_image(const std::filesystem::path& path,
                 std::span<const T> values,
                 const Shape3& shape,
                 const ImageGeometry& geometry,
                 std::int16_t datatype,
                 const std::function<void(const std::filesystem::path&)>& complete = {}) {
  const auto place = path.string();
  if (shape != geometry.shape || values.size() != static_cast<std::size_t>(shape.size())) {
    throw DataError(fmt::format("{}: the image has not the shape of its geometry", place));
  }
  auto header = header_on_grid(geometry, place);
  auto& fields = header.fields;
  fields.datatype = datatype;
  fields.bitpix = 8 * sizeof(T);
  const std::int64_t source_axes = fields.dim[0];
  std::fill(std::begin(fields.dim), std::end(fields.dim), 1);
  fields.dim[0] = source_axes == 2 && shape.depth == 1 ? 2 : 3;
  fields.dim[1] = shape.width;
  fields.dim[2] = shape.height;
  fields.dim[3] = shape.depth;
  // A source of two axes may leave the third's size 0.
  if (fields.pixdim[3] <= 0 || !std::isfinite(fields.pixdim[3])) fields.pixdim[3] = 1;
  if (source_axes > 3) std::fill(fields.pixdim + 4, fields.pixdim + 8, 0.0);
  fields.vox_offset = static_cast<std::int64_t>(detail::header_bytes(header.version) + 4);
  fields.scl_slope = 1;
  fields.scl_inter = 0;
  fields.cal_min = fields.cal_max = 0;
  fields.intent_code = NIFTI_INTENT_NONE;
  fields.intent_p1 = fields.intent_p2 = fields.intent_p3 = 0;
  std::fill(std::begin(fields.intent_name), std::end(fields.intent_name), '\0');
  fields.slice_code = 0;
  fields.slice_start = fields.slice_end = 0;
  fields.slice_duration = fields.toffset = 0;
  ImageWriter file(path);
  const auto bytes = detail::nifti_header_bytes(header);
  file.write(bytes.data(), bytes.size());
  constexpr std::array<char, 4> kNoExtensions{};
  file.write(kNoExtensions.data(), kNoExtensions.size());
  file.write(values.data(), values.size_bytes());
  file.commit(complete);
}

}  // namespace

NiftiImage read_nifti(const std::filesystem::path& path) {
  auto open = open_image(path);
  NiftiImage image;
  image.channels = static_cast<int>(open.channels);
  image.geometry = open.geometry;
  reserve(open, image.values);
  Refused refused;
  const auto grow = [&](std::size_t count) { image.values.resize(count); };
  read_all_voxels(open, grow, [&](std::size_t i, double value) {
    image.values[i] = static_cast<float>(value);
    if (!std::isfinite(image.values[i])) refused.add(value);
  });
  refused.throw_if_any(path.string(), "not a finite float32 value");
  return image;
}

NiftiLabels read_nifti_labels(const std::filesystem::path& path) {
  auto open = open_label_map(path);
  NiftiLabels image;
  image.geometry = open.geometry;
  image.labels.shape = open.geometry.shape;
  reserve(open, image.labels.values);
  const auto grow = [&](std::size_t count) { image.labels.values.resize(count); };
  read_label_voxels(
      open, grow, [&](std::size_t i, std::int32_t value) { image.labels.values[i] = value; });
  return image;
}

NiftiClasses read_nifti_classes(const std::filesystem::path& path,
                                const std::map<std::int32_t, int>& class_of_value) {
  auto open = open_label_map(path);
  NiftiClasses image;
  image.geometry = open.geometry;
  image.classes.shape = open.geometry.shape;
  reserve(open, image.classes.values);
  const auto grow = [&](std::size_t count) { image.classes.values.resize(count); };
  // Neighbours mostly agree: look a value up only where it changes.
  auto at = class_of_value.end();
  read_label_voxels(open, grow, [&](std::size_t i, std::int32_t value) {
    if (at == class_of_value.end() || at->first != value) at = class_of_value.find(value);
    if (at == class_of_value.end()) {
      ++image.unknown[value];
    } else {
      image.classes.values[i] = static_cast<Label>(at->second);
    }
  });
  return image;
}

NiftiImage read_nifti_header(const std::filesystem::path& path) {
  auto open = open_image(path);
  return {static_cast<int>(open.channels), {}, std::move(open.geometry)};
}

ImageGeometry read_nifti_geometry(const std::filesystem::path& path) {
  return open_image(path).geometry;
}

void write_nifti_labels(const std::filesystem::path& path,
                        VolumeView<Label> labels,
                        const ImageGeometry& geometry,
                        const std::function<void(const std::filesystem::path&)>& complete) {
  std::vector<std::uint8_t> values(labels.values.begin(), labels.values.end());
  const auto negative = std::count_if(
      labels.values.begin(), labels.values.end(), [](Label label) { return label < 0; });
  if (negative > 0) throw DataError(fmt::format("{}: {} labels below 0", path.string(), negative));
  write_image<std::uint8_t>(path, values, labels.shape, geometry, NIFTI_TYPE_UINT8, complete);
}

void write_nifti(const std::filesystem::path& path,
                 VolumeView<float> image,
                 const ImageGeometry& geometry) {
  write_image<float>(path, image.values, image.shape, geometry, NIFTI_TYPE_FLOAT32);
}

std::optional<std::string> nifti_stem(const std::string& name) {
  for (const std::string ending : {".nii.gz", ".nii"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      return name.substr(0, name.size() - ending.size());
    }
  }
  return std::nullopt;
}

double corner_distance_mm(const ImageGeometry& a, const ImageGeometry& b) {
  if (a.shape != b.shape) return std::numeric_limits<double>::infinity();
  // Corners lie half a voxel outside the first and last centre, so that single slices count too.
  const std::array<std::array<double, 2>, 3> ends = {
      {{-0.5, static_cast<double>(a.shape.width) - 0.5},
       {-0.5, static_cast<double>(a.shape.height) - 0.5},
       {-0.5, static_cast<double>(a.shape.depth) - 0.5}}};
  double largest = 0;
  for (unsigned corner = 0; corner < 8; ++corner) {
    const std::array<double, 4> voxel = {
        ends[0][corner & 1], ends[1][(corner >> 1) & 1], ends[2][(corner >> 2) & 1], 1};
    double squared = 0;
    for (std::size_t row = 0; row < 3; ++row) {
      double difference = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        difference += (a.world_from_voxel[row][i] - b.world_from_voxel[row][i]) * voxel[i];
      }
      squared += difference * difference;
    }
    largest = std::max(largest, std::sqrt(squared));
  }
  return largest;
}

}  // namespace regionwise::storage
