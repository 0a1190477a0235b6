#include "storage/metrics_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "storage/schema.hpp"

namespace regionwise::storage {
namespace {

constexpr const char* kMetricsFormat = "regionwise/metrics";
constexpr int kMetricsVersion = 2;  // 1: without /outcome and /replaced_seeds

using detail::require;

/// Whether all arrays are of the cases and classes that the record names.
template <class File>
void check_sizes(const File& file, const MetricsRecord& record) {
  const auto cases = record.case_ids.size();
  const auto classes = record.class_names.size();
  const auto per_case = fmt::format("a value for each of {} cases", cases);
  const auto per_class = fmt::format("values for {} cases and {} classes", cases, classes);
  require(record.groups.size() == cases, file, "/groups", per_case);
  require(record.spacing_mm.size() == cases, file, "/spacing_mm", per_case);
  require(record.predicted_voxels.size() == cases * classes, file, "/predicted_voxels", per_class);
  require(record.reference_voxels.size() == cases * classes, file, "/reference_voxels", per_class);
  require(record.class_shares.empty() || record.class_shares.size() == classes,
          file,
          "/class_shares",
          fmt::format("a value for each of {} classes", classes));
  for (const auto& metric : record.metrics) {
    require(metric.values.size() == cases * classes, file, "/metrics/" + metric.name, per_class);
  }
}

/// What a metric may be where the rule for empty masks leaves it undefined; everything else is a
/// number of its range.
bool may_be(double value,
            const MetricsRecord& record,
            const MetricsRecord::Metric& metric,
            std::size_t index) {
  const bool no_prediction = record.predicted_voxels[index] == 0;
  const bool no_reference = record.reference_voxels[index] == 0;
  const bool one_is_empty = no_prediction != no_reference;
  const std::string& rule = record.empty_rule;
  if (metric.higher_is_better) {
    if (std::isnan(value)) return no_prediction && no_reference && rule != "zero-if-both";
    return value >= 0 && value <= 1;
  }
  if (std::isinf(value)) return value > 0 && one_is_empty && rule == "infinite";
  // By nan-drop a mask that fills its volume has no distance either, and volumes are not stored.
  if (std::isnan(value)) return rule == "nan-drop" || (one_is_empty && rule == "zero-if-both");
  return value >= 0;
}

/// Whether the numbers can be those of cases that were scored.
void check_values(const Hdf5Reader& file, const MetricsRecord& record) {
  auto ids = record.case_ids;
  std::sort(ids.begin(), ids.end());
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  require(twice == ids.end(),
          file,
          "/case_ids",
          "each case once, found " + (twice == ids.end() ? "" : *twice + " twice"));
  const std::set<std::string> rules{"nan-drop", "diagonal", "infinite", "zero-if-both"};
  require(rules.contains(record.empty_rule),
          file,
          "/",
          fmt::format("empty_rule to be one of {}", fmt::join(rules, ", ")));
  require(std::ranges::all_of(record.spacing_mm, detail::is_spacing),
          file,
          "/spacing_mm",
          "spacings above 0 mm");
  const auto counts = [](const auto& voxels) {
    return std::ranges::all_of(voxels, [](std::int64_t count) { return count >= 0; });
  };
  require(counts(record.predicted_voxels), file, "/predicted_voxels", "counts of at least 0");
  require(counts(record.reference_voxels), file, "/reference_voxels", "counts of at least 0");
  // Infinite where a reference has no background; NaN where it has nothing of a class either.
  const bool has_background =
      std::ranges::none_of(record.class_shares, [](double share) { return std::isinf(share); });
  require(std::ranges::all_of(
              record.class_shares,
              [&](double share) { return share >= 0 || (std::isnan(share) && !has_background); }),
          file,
          "/class_shares",
          "shares of at least 0");
  for (const auto& metric : record.metrics) {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < metric.values.size(); ++i) {
      wrong += may_be(metric.values[i], record, metric, i) ? 0 : 1;
    }
    require(wrong == 0,
            file,
            "/metrics/" + metric.name,
            fmt::format("values of its range, {} where a mask is empty, found {} others",
                        record.empty_rule,
                        wrong));
  }
}

/// An older program said it in the provenance alone.
std::optional<bool> read_mirroring(const Hdf5Reader& file) {
  constexpr const char* kName = "mirroring";
  constexpr const char* kConfiguration = "/provenance/configuration";
  if (file.has_attribute("/", kName)) return file.integer_attribute("/", kName) != 0;
  if (!file.exists(kConfiguration)) return std::nullopt;
  const Json configuration = detail::read_json(file, kConfiguration);
  if (!configuration.is_object() || !configuration.contains(kName)) return std::nullopt;
  const Json& mirroring = configuration.at(kName);
  return mirroring.is_boolean() ? std::optional(mirroring.get<bool>()) : std::nullopt;
}

void check_names(const std::filesystem::path& path, const MetricsRecord& record) {
  detail::check_plain(path, "/class_names", record.class_names);
  detail::check_plain(path, "/run_name", {record.run_name});
  detail::check_plain(path, "/dataset_name", {record.dataset_name});
  detail::check_plain(path, "/", {record.dataset_hash, record.maps_hash});
  detail::check_plain(path, "/split", {record.split, record.split_hash, record.empty_rule});
  detail::check_plain(path, "/case_ids", record.case_ids);
  detail::check_plain(path, "/groups", record.groups);
  for (const auto& metric : record.metrics) {
    detail::check_plain(path, "/metrics", {metric.name, metric.unit});
  }
}

}  // namespace

const MetricsRecord::Metric& MetricsRecord::metric(const std::string& name) const {
  const auto found = std::find_if(
      metrics.begin(), metrics.end(), [&](const Metric& metric) { return metric.name == name; });
  if (found != metrics.end()) return *found;
  std::vector<std::string> known;
  for (const auto& metric : metrics) known.push_back(metric.name);
  throw DataError(fmt::format("no metric \"{}\" (there are: {})", name, fmt::join(known, ", ")));
}

std::int64_t MetricsRecord::misses(std::size_t class_index) const {
  std::int64_t count = 0;
  for (std::size_t i = class_index; i < reference_voxels.size(); i += class_names.size()) {
    count += reference_voxels[i] > 0 && predicted_voxels[i] == 0;
  }
  return count;
}

void write_metrics(const std::filesystem::path& path,
                   const MetricsRecord& record,
                   const Provenance& provenance,
                   WriteOptions options) {
  Hdf5Writer file(path, options);
  check_sizes(file, record);
  check_names(path, record);
  const auto cases = static_cast<std::int64_t>(record.case_ids.size());
  const auto classes = static_cast<std::int64_t>(record.class_names.size());
  file.attribute("/", "class_names", record.class_names);
  file.attribute("/", "empty_rule", record.empty_rule);
  if (record.mirroring) file.attribute("/", "mirroring", *record.mirroring);
  if (!record.dataset_hash.empty()) file.attribute("/", "dataset_hash", record.dataset_hash);
  if (!record.maps_hash.empty()) file.attribute("/", "maps_hash", record.maps_hash);
  file.attribute("/", "run_name", record.run_name);
  file.attribute("/", "seed", record.seed);
  file.attribute("/", "dataset_name", record.dataset_name);
  file.attribute("/", "split", record.split);
  file.attribute("/", "split_hash", record.split_hash);
  file.write_texts("/case_ids", record.case_ids);
  file.write_texts("/groups", record.groups);
  std::vector<double> spacing;
  for (const auto& axes : record.spacing_mm)
    spacing.insert(spacing.end(), axes.begin(), axes.end());
  file.write<double>("/spacing_mm", {cases, 3}, spacing);
  file.attribute("/spacing_mm", "unit", "mm");
  std::vector<std::string> names;
  file.group("/metrics");
  for (const auto& metric : record.metrics) {
    detail::check_name(file, metric.name, "metric");
    const auto dataset = "/metrics/" + metric.name;
    file.write<double>(dataset, {cases, classes}, metric.values);
    file.label_axes(dataset, {"case", "class"});
    file.attribute(dataset, "unit", metric.unit);
    file.attribute(dataset, "higher_is_better", metric.higher_is_better);
    names.push_back(metric.name);
  }
  file.attribute("/metrics", "order", names);
  for (const auto& [name, values] : {std::pair{"/predicted_voxels", &record.predicted_voxels},
                                     std::pair{"/reference_voxels", &record.reference_voxels}}) {
    file.write<std::int64_t>(name, {cases, classes}, *values);
    file.label_axes(name, {"case", "class"});
  }
  file.write<double>("/class_shares",
                     {static_cast<std::int64_t>(record.class_shares.size())},
                     record.class_shares);
  detail::write_json(file, "/configuration", record.configuration);
  write_outcome(file, record.outcome);
  write_replaced_seeds(file, record.replaced_seeds);
  write_header(file, kMetricsFormat, kMetricsVersion, provenance);
  file.commit();
}

MetricsRecord read_metrics(const std::filesystem::path& path) {
  const Hdf5Reader file(path);
  check_header(file, kMetricsFormat, kMetricsVersion);
  MetricsRecord record;
  record.class_names = file.texts_attribute("/", "class_names");
  record.empty_rule = file.text_attribute("/", "empty_rule");
  record.mirroring = read_mirroring(file);
  if (file.has_attribute("/", "dataset_hash")) {
    record.dataset_hash = file.text_attribute("/", "dataset_hash");
  }
  if (file.has_attribute("/", "maps_hash")) {
    record.maps_hash = file.text_attribute("/", "maps_hash");
  }
  record.run_name = file.text_attribute("/", "run_name");
  record.seed = file.unsigned_attribute("/", "seed");
  record.dataset_name = file.text_attribute("/", "dataset_name");
  record.split = file.text_attribute("/", "split");
  record.split_hash = file.text_attribute("/", "split_hash");
  record.case_ids = file.read_texts("/case_ids");
  record.groups = file.read_texts("/groups");
  const auto cases = static_cast<std::int64_t>(record.case_ids.size());
  const auto classes = static_cast<std::int64_t>(record.class_names.size());
  const auto spacing = file.read<double>("/spacing_mm", {cases, 3});
  for (std::size_t i = 0; i < spacing.size(); i += 3) {
    record.spacing_mm.push_back({spacing[i], spacing[i + 1], spacing[i + 2]});
  }
  for (const auto& name : file.texts_attribute("/metrics", "order")) {
    const auto dataset = "/metrics/" + name;
    record.metrics.push_back({name,
                              file.text_attribute(dataset, "unit"),
                              file.integer_attribute(dataset, "higher_is_better") != 0,
                              file.read<double>(dataset, {cases, classes})});
  }
  record.predicted_voxels = file.read<std::int64_t>("/predicted_voxels", {cases, classes});
  record.reference_voxels = file.read<std::int64_t>("/reference_voxels", {cases, classes});
  record.class_shares = file.read<double>("/class_shares", {-1});
  record.configuration = detail::read_json(file, "/configuration");
  record.outcome = read_outcome(file);
  record.replaced_seeds = read_replaced_seeds(file);
  check_sizes(file, record);
  check_names(path, record);
  check_values(file, record);
  return record;
}

}  // namespace regionwise::storage
