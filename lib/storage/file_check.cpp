#include "storage/file_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

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

class Problems {
 public:
  explicit Problems(std::vector<std::string>& lines) : lines_(lines) {}

  void add(std::string line) { lines_.push_back(std::move(line)); }
  void unless(bool holds, const std::function<std::string()>& line) {
    if (!holds) add(line());
  }
  /// What `body` throws is a problem.
  void of(const std::function<void()>& body) {
    try {
      body();
    } catch (const Error& error) {
      // The seal and the readers find the same damage.
      if (std::find(lines_.begin(), lines_.end(), error.what()) == lines_.end()) add(error.what());
    }
  }

 private:
  std::vector<std::string>& lines_;
};

template <class T>
std::ptrdiff_t not_finite(std::span<const T> values) {
  return std::count_if(values.begin(), values.end(), [](T value) { return !std::isfinite(value); });
}

void require_finite(std::span<const float> values, const std::string& object, Problems& problems) {
  const auto count = not_finite(values);
  problems.unless(count == 0, [&] {
    return fmt::format("{}: {} of {} values are not finite", object, count, values.size());
  });
}

/// Labels 0 … K-1 of each slice, counted as class_voxels has them. -1 is in no class.
void check_labels(const DatasetReader& dataset, std::size_t index, Problems& problems) {
  const auto& info = dataset.cases()[index];
  const auto plane = static_cast<std::size_t>(info.shape.height * info.shape.width);
  const auto slices = static_cast<std::size_t>(info.shape.depth);
  const auto classes = static_cast<std::size_t>(dataset.classes());
  dataset.label(index);  // Throws where there is less than the extents promise.
  std::vector<float> image(plane * static_cast<std::size_t>(dataset.channels()));
  std::vector<Label> label(plane);
  std::vector<std::int64_t> found(classes * slices);
  std::int64_t foreign = 0;
  for (std::size_t z = 0; z < slices; ++z) {
    dataset.slice(index, static_cast<std::int64_t>(z), image, label);
    for (const Label value : label) {
      const bool known = value >= -1 && value < dataset.classes();
      foreign += known ? 0 : 1;
      if (known && value >= 0) ++found[static_cast<std::size_t>(value) * slices + z];
    }
  }
  const auto object = fmt::format("/cases/{}/label", info.id);
  problems.unless(foreign == 0,
                  [&] { return fmt::format("{}: {} voxels of no class", object, foreign); });
  problems.unless(found == info.class_voxels, [&] {
    return fmt::format("{}: other numbers of voxels than class_voxels has", object);
  });
}

void check_dataset(const std::filesystem::path& path, Problems& problems) {
  const DatasetReader dataset(path);
  for (std::size_t i = 0; i < dataset.cases().size(); ++i) {
    const auto& info = dataset.cases()[i];
    problems.of([&] {
      require_finite(dataset.image(i), fmt::format("/cases/{}/image", info.id), problems);
    });
    problems.of([&] { check_labels(dataset, i, problems); });
    problems.of([&] {
      const auto label = dataset.source_label(i);
      problems.unless(
          std::all_of(label.values.begin(),
                      label.values.end(),
                      [&](Label value) { return value >= 0 && value < dataset.classes(); }),
          [&] { return fmt::format("/cases/{}: the source's label has other classes", info.id); });
    });
  }
}

void check_maps(const std::filesystem::path& path, Problems& problems) {
  const MapsReader maps(path);
  for (const auto& id : maps.case_ids()) {
    problems.of([&] { require_finite(maps.map(id), fmt::format("/cases/{}/map", id), problems); });
  }
}

template <class T>
std::ptrdiff_t not_finite_in(const NamedArray& array) {
  std::vector<T> values(array.bytes.size() / sizeof(T));
  std::ranges::copy(array.bytes, std::as_writable_bytes(std::span(values)).begin());
  return not_finite<T>(values);
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

void check_history(const HistoryTable& table, const std::string& name, Problems& problems) {
  const auto* epochs = table.find("epoch");
  if (epochs == nullptr) return;
  problems.unless(std::is_sorted(epochs->values.begin(), epochs->values.end()),
                  [&] { return fmt::format("/history/{}: its epochs are not in order", name); });
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
  check_history(run.training, "training", problems);
  check_history(run.validation, "validation", problems);
}

void check_metrics(const std::filesystem::path& path, Problems& problems) {
  const MetricsRecord record = read_metrics(path);
  for (const auto& metric : record.metrics) {
    // A metric is a share of 0 to 1 where more is better, else a distance.
    const double most = metric.higher_is_better ? 1 : HUGE_VAL;
    const auto count = std::count_if(metric.values.begin(), metric.values.end(), [&](double value) {
      return value < 0 || value > most;
    });
    problems.unless(count == 0, [&] {
      return fmt::format("/metrics/{}: {} values out of its range", metric.name, count);
    });
  }
}

void check_content(const std::filesystem::path& path, FileCheck& check, Problems& problems) {
  if (check.format == "regionwise/dataset") return check_dataset(path, problems);
  if (check.format == "regionwise/maps") return check_maps(path, problems);
  if (check.format == "regionwise/run") return check_run(path, check, problems);
  if (check.format == "regionwise/metrics") return check_metrics(path, problems);
  problems.add(check.format.empty() ? "is an HDF5 file of another origin"
                                    : "has an unknown format, " + check.format);
}

/// Without the name of the file, which stands before every message of a reader.
void shorten(std::vector<std::string>& lines, const std::filesystem::path& path) {
  for (auto& line : lines) {
    const std::string before = path.string() + ":";
    if (line.starts_with(before)) line.erase(0, before.size() + (line[before.size()] == ' '));
  }
}

}  // namespace

FileCheck check_file(const std::filesystem::path& path) {
  FileCheck check;
  Problems problems(check.problems);
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
    }
  });
  shorten(check.problems, path);
  return check;
}

}  // namespace regionwise::storage
