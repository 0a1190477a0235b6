#include "storage/file_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <new>
#include <span>
#include <stdexcept>

#include "core/error.hpp"
#include "storage/dataset_file.hpp"
#include "storage/hdf5.hpp"
#include "storage/lineage.hpp"
#include "storage/maps_file.hpp"
#include "storage/metrics_file.hpp"
#include "storage/provenance.hpp"
#include "storage/run_file.hpp"

namespace regionwise::storage {
namespace {

/// Without the name of the file, which stands before every message of a reader.
std::string shortened(std::string line, const std::filesystem::path& path) {
  const std::string before = path.string() + ":";
  if (line.starts_with(before)) line.erase(0, before.size() + (line[before.size()] == ' '));
  return line;
}

class Problems {
 public:
  Problems(FileCheck& check, const std::filesystem::path& path) : check_(check), path_(path) {}

  void add(const std::string& line) {
    // The seal and the readers find the same damage.
    const std::string text = shortened(line, path_);
    auto& lines = check_.problems;
    if (std::find(lines.begin(), lines.end(), text) == lines.end()) lines.push_back(text);
  }
  void unless(bool holds, const std::function<std::string()>& line) {
    if (!holds) add(line());
  }
  /// What `body` throws is a problem, and the answer is false. Of a file that cannot be read
  /// nothing more is asked.
  bool of(const std::function<void()>& body) {
    if (check_.unreadable) return false;
    try {
      body();
      return true;
    } catch (const Error& error) {
      if (error.code() == ExitCode::retry) throw;
      check_.unreadable = error.code() == ExitCode::io;
      add(error.what());
    } catch (const std::bad_alloc&) {
      check_.unreadable = true;
      add("cannot be read: out of memory");
    } catch (const std::length_error&) {
      check_.unreadable = true;
      add("cannot be read: out of memory");
    }
    return false;
  }

 private:
  FileCheck& check_;
  const std::filesystem::path& path_;
};

/// Numbers that are read at once.
constexpr std::int64_t kValuesAtOnce = std::int64_t{1} << 22;

/// Calls visit(first, values) for each part of a data set, in order: `first` counts the values
/// before it.
template <class T, class Visit>
void in_blocks(const Hdf5Reader& file, const std::string& name, const Visit& visit) {
  if (file.size(name) == 0) return;
  const Extents whole = file.extents(name);
  std::int64_t first = 0;
  std::vector<T> values;
  Extents offset(whole.size(), 0);
  Extents count = whole;
  const std::function<void(std::size_t)> read = [&](std::size_t axis) {
    std::int64_t below = 1;  // of one index of this axis
    for (std::size_t a = axis + 1; a < whole.size(); ++a) below *= whole[a];
    const std::int64_t step = std::max<std::int64_t>(1, kValuesAtOnce / below);
    for (std::int64_t at = 0; at < whole[axis]; at += step) {
      offset[axis] = at;
      count[axis] = std::min(step, whole[axis] - at);
      if (below > kValuesAtOnce) {
        read(axis + 1);
        continue;
      }
      values.resize(static_cast<std::size_t>(count[axis] * below));
      file.read_block<T>(name, offset, count, values);
      visit(first, std::span<const T>(values));
      first += std::ssize(values);
    }
    offset[axis] = 0;
    count[axis] = whole[axis];
  };
  if (!whole.empty()) read(0);
}

template <class T>
std::ptrdiff_t not_finite(std::span<const T> values) {
  return std::count_if(values.begin(), values.end(), [](T value) { return !std::isfinite(value); });
}

void require_finite(const Hdf5Reader& file, const std::string& object, Problems& problems) {
  std::int64_t all = 0;
  std::int64_t count = 0;
  in_blocks<float>(file, object, [&](std::int64_t, std::span<const float> values) {
    all += std::ssize(values);
    count += not_finite(values);
  });
  problems.unless(count == 0, [&] {
    return fmt::format("{}: {} of {} values are not finite", object, count, all);
  });
}

/// Labels 0 … K-1 of each slice, counted as class_voxels has them. -1 is in no class.
void check_labels(const Hdf5Reader& file, const CaseInfo& info, int classes, Problems& problems) {
  const auto object = fmt::format("/cases/{}/label", info.id);
  std::vector<std::int64_t> found(info.class_voxels.size());
  std::int64_t foreign = 0;
  in_blocks<Label>(file, object, [&](std::int64_t first, std::span<const Label> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Label value = values[i];
      const std::int64_t z = (first + static_cast<std::int64_t>(i)) / info.shape.slice_size();
      const bool known = value >= -1 && value < classes;
      foreign += known ? 0 : 1;
      if (known && value >= 0) ++found[static_cast<std::size_t>(value * info.shape.depth + z)];
    }
  });
  problems.unless(foreign == 0,
                  [&] { return fmt::format("{}: {} voxels of no class", object, foreign); });
  problems.unless(found == info.class_voxels, [&] {
    return fmt::format("{}: other numbers of voxels than class_voxels has", object);
  });
}

void check_source_label(const Hdf5Reader& file,
                        const CaseInfo& info,
                        int classes,
                        Problems& problems) {
  if (info.on_source_grid()) return;
  const auto object = fmt::format("/cases/{}/source_label", info.id);
  bool known = true;
  in_blocks<Label>(file, object, [&](std::int64_t, std::span<const Label> values) {
    known = known &&
            std::ranges::all_of(values, [&](Label value) { return value >= 0 && value < classes; });
  });
  problems.unless(known, [&] { return object + ": holds labels of no class"; });
}

/// As a training reads them, which goes past HDF5 where it can.
void read_slices(const DatasetReader& dataset, std::size_t index) {
  const auto& shape = dataset.cases()[index].shape;
  if (shape.slice_size() * dataset.channels() > kValuesAtOnce) return;
  std::vector<float> image(static_cast<std::size_t>(shape.slice_size() * dataset.channels()));
  std::vector<Label> label(static_cast<std::size_t>(shape.slice_size()));
  for (std::int64_t z = 0; z < shape.depth; ++z) dataset.slice(index, z, image, label);
}

/// Whether voxels have places: an affine that takes a volume to a volume.
bool has_volume(const ImageGeometry& geometry) {
  const auto& m = geometry.world_from_voxel;
  const double determinant = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                             m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                             m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
  return std::isfinite(determinant) && determinant != 0;
}

void check_dataset(const std::filesystem::path& path, Problems& problems) {
  const DatasetReader dataset(path);
  const Hdf5Reader file(path);
  for (std::size_t i = 0; i < dataset.cases().size(); ++i) {
    const auto& info = dataset.cases()[i];
    const std::string group = "/cases/" + info.id;
    problems.unless(has_volume(info.source), [&] {
      return group + "/world_from_voxel: expected an affine that has an inverse";
    });
    const bool image = problems.of([&] { require_finite(file, group + "/image", problems); });
    const bool label = problems.of([&] { check_labels(file, info, dataset.classes(), problems); });
    problems.of([&] { check_source_label(file, info, dataset.classes(), problems); });
    // Extents that no bytes stand for may promise any number of slices.
    if (image && label) problems.of([&] { read_slices(dataset, i); });
  }
}

void check_maps(const std::filesystem::path& path, Problems& problems) {
  const MapsReader maps(path);
  const Hdf5Reader file(path);
  const auto classes = std::ssize(maps.class_names());
  for (const auto& id : maps.case_ids()) {
    problems.of([&] {
      require_finite(file, fmt::format("/cases/{}/map", id), problems);  // or what is promised
      const auto shape = maps.shape(id);
      if (shape.slice_size() * classes > kValuesAtOnce) return;
      std::vector<float> slice(static_cast<std::size_t>(shape.slice_size() * classes));
      for (std::int64_t z = 0; z < shape.depth; ++z) maps.slice(id, z, slice);
    });
  }
}

template <class T>
std::ptrdiff_t not_finite_in(const NamedArray& array) {
  std::ptrdiff_t count = 0;
  for (std::size_t at = 0; at + sizeof(T) <= array.bytes.size(); at += sizeof(T)) {
    T value{};
    std::memcpy(&value, array.bytes.data() + at, sizeof value);
    count += std::isfinite(value) ? 0 : 1;
  }
  return count;
}

void check_arrays(const std::vector<NamedArray>& arrays,
                  const std::string& group,
                  Problems& problems) {
  for (const auto& array : arrays) {
    const auto count = array.element_type == "float32"   ? not_finite_in<float>(array)
                       : array.element_type == "float64" ? not_finite_in<double>(array)
                                                         : 0;
    problems.unless(count == 0, [&] {
      return fmt::format("{}/{}: {} values are not finite", group, array.name, count);
    });
  }
}

void check_run(const std::filesystem::path& path, FileCheck& check, Problems& problems) {
  const RunRecord run = read_run(path);
  check.unfinished = !run.finished;
  problems.unless(!run.weights.empty(), [] { return "/weights: empty"; });
  // The weights of a training that diverged are no better than its loss; its mark says so.
  const bool diverged = run.outcome && run.outcome->reason == "diverged";
  if (!diverged) {
    check_arrays(run.weights, "/weights", problems);
    check_arrays(run.optimizer, "/optimizer", problems);
  }
}

void check_content(const std::filesystem::path& path, FileCheck& check, Problems& problems) {
  if (check.format == "regionwise/dataset") return check_dataset(path, problems);
  if (check.format == "regionwise/maps") return check_maps(path, problems);
  if (check.format == "regionwise/run") return check_run(path, check, problems);
  if (check.format == "regionwise/metrics") {
    read_metrics(path);  // which looks at every number
    return;
  }
  problems.add(check.format.empty() ? "is an HDF5 file of another origin"
                                    : "has an unknown format, " + check.format);
}

}  // namespace

FileCheck check_file(const std::filesystem::path& path) {
  FileCheck check;
  Problems problems(check, path);
  problems.of([&] {
    const Hdf5Reader file(path);
    check.sealed = file.seal() != nullptr;
    check.format = format_of(file);
    if (file.has_attribute("/", "format_version")) {
      check.version = file.integer_attribute("/", "format_version");
    }
    if (check.sealed) problems.of([&] { file.seal()->check_all(); });
    problems.of([&] { check_content(path, check, problems); });
    if (!check.format.empty()) {
      problems.of([&] { check.program = read_lineage(path).program; });
      problems.of([&] { check_provenance(file); });
    }
  });
  return check;
}

void add_check(FileCheck& check,
               const std::filesystem::path& path,
               const std::function<void()>& body) {
  Problems(check, path).of(body);
}

}  // namespace regionwise::storage
