#include "inference/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "inference/segment.hpp"
#include "network/compat.hpp"
#include "network/weights.hpp"
#include "reporting/run_failure.hpp"
#include "storage/complete_file.hpp"
#include "storage/orientation.hpp"
#include "training/config.hpp"

namespace regionwise::inference {
namespace {

namespace fs = std::filesystem;

/// Null where the plan lacks it.
Json field_of(const Json& plan, const char* key) {
  return plan.contains(key) ? plan.at(key) : Json();
}

void check_fit(const storage::RunRecord& run,
               const storage::DatasetReader& dataset,
               const std::string& run_path) {
  if (run.class_names != dataset.info().class_names || run.channels != dataset.info().channels) {
    throw DataError(fmt::format(
        "{}: its classes or channels are not those of {}", run_path, dataset.path().string()));
  }
  if (run.split_hash != dataset.split_hash()) {
    throw DataError(fmt::format("{}: was trained on another split of the cases than {} has",
                                run_path,
                                dataset.path().string()));
  }
  for (const char* key : planning::kImageFields) {
    if (field_of(run.plan, key) == field_of(dataset.info().plan, key)) continue;
    throw DataError(
        fmt::format("{}: was trained on images that were prepared otherwise than those "
                    "of {} ({} of the plan): give the dataset of the training",
                    run_path,
                    dataset.path().string(),
                    key));
  }
}

std::vector<std::size_t> cases_of(const storage::DatasetReader& dataset, const std::string& split) {
  std::vector<std::size_t> cases;
  for (const char* name : {"train", "validation"}) {
    if (split != "all" && split != name) continue;
    const auto part = dataset.cases_of(name);
    cases.insert(cases.end(), part.begin(), part.end());
  }
  if (cases.empty()) {
    throw DataError(
        fmt::format("{}: no case belongs to the split \"{}\"", dataset.path().string(), split));
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

std::string export_name(const storage::CaseInfo& info) {
  return info.id + ".nii.gz";
}

/// What the dataset was made of must never be replaced by segmentations, whatever --force says: it
/// is known by where it lay and, should it have been moved since, by its content.
void refuse_sources(const storage::DatasetReader& dataset,
                    const Exports& exports,
                    const fs::path& folder) {
  std::error_code absent;
  std::set<fs::path> source_folders;
  std::set<std::string> hashes;
  for (const auto& [path, hash] : dataset.info().source_files) {
    source_folders.insert(fs::absolute(path).parent_path());
    hashes.insert(hash);
  }
  const auto refuse = [&](const fs::path& path, const char* what) {
    throw UsageError(fmt::format("{}: {} {} was made of; give another output folder",
                                 path.string(),
                                 what,
                                 dataset.path().string()));
  };
  for (const fs::path& sources : source_folders) {
    if (fs::equivalent(sources, folder, absent)) refuse(folder, "holds images or labels that");
  }
  for (const std::string& name : exports.names) {
    const fs::path file = folder / name;
    if (exports.finished.contains(name) || !fs::is_regular_file(file, absent)) continue;
    if (hashes.contains(hash_file(file))) refuse(file, "is an image or a label that");
  }
}

/// Counts voxels per class.
class ClassCount {
 public:
  explicit ClassCount(int classes) : voxels_(static_cast<std::size_t>(classes), 0.0) {}

  void add(const Volume<Label>& labels) {
    for (const Label label : labels.values) ++voxels_[static_cast<std::size_t>(label)];
  }

  /// Of each foreground class relative to the background's.
  std::vector<double> shares_of_background() const {
    std::vector<double> shares;
    for (std::size_t k = 1; k < voxels_.size(); ++k) shares.push_back(voxels_[k] / voxels_[0]);
    return shares;
  }

 private:
  std::vector<double> voxels_;
};

}  // namespace

network::UNet load_network(const storage::RunRecord& run, const std::string& where) {
  if (!run.finished) {
    throw DataError(
        fmt::format("{}: the run is unfinished (epoch {}): run the same train command again",
                    where,
                    run.epoch));
  }
  const auto config = training::parse_config(run.configuration, where + ":/configuration");
  const auto plan = planning::parse_plan(config.plan, where + ":/configuration:plan");
  network::UNetConfig shape;
  shape.in_channels = static_cast<std::int64_t>(run.channels.size());
  shape.classes = static_cast<std::int64_t>(run.class_names.size());
  shape.strides = plan.strides;
  shape.kernels = plan.kernels;
  shape.base_features = plan.base_features;
  shape.max_features = plan.max_features;
  network::UNet net(shape);
  if (config.precision == training::Precision::float64) net->to(torch::kFloat64);
  network::load_weights(net, run.weights, where + ":/weights");
  return net;
}

WindowOptions window_of(const storage::RunRecord& run, bool mirroring, const std::string& where) {
  const auto config = training::parse_config(run.configuration, where);
  WindowOptions window;
  window.patch = planning::parse_plan(config.plan, where).patch_size;
  window.mirroring = mirroring;
  window.bfloat16 = config.precision == training::Precision::bfloat16;
  window.run = where;
  return window;
}

Volume<Label> segment_case(network::UNet& net,
                           const storage::DatasetReader& dataset,
                           std::size_t index,
                           const WindowOptions& window) {
  return segment(net, dataset.image(index), dataset.channels(), dataset.cases()[index], window);
}

void score_cases(const storage::DatasetReader& dataset,
                 std::span<const std::size_t> cases,
                 const std::function<Volume<Label>(std::size_t index)>& predict,
                 storage::MetricsRecord& record,
                 const std::function<void(ScoredCase)>& done) {
  for (const std::size_t index : cases) {
    const storage::CaseInfo& info = dataset.cases()[index];
    ScoredCase scored{info, predict(index), dataset.source_label(index)};
    metrics::score_case(record,
                        info.id,
                        info.group,
                        scored.predicted.view(),
                        scored.reference.view(),
                        storage::canonical_geometry(info.source).spacing_mm);
    done(std::move(scored));
  }
}

Exports exports_of(const std::filesystem::path& run_path,
                   const std::filesystem::path& data_path,
                   const EvaluateOptions& options) {
  if (options.export_folder.empty()) return {};
  const storage::DatasetReader dataset(data_path);
  Exports exports;
  exports.notes = {options.export_folder,
                   fmt::format("evaluate {} {}",
                               hash_of_segmenter(run_path, options.mirroring, options.device),
                               hash_file(data_path))};
  for (const std::size_t index : cases_of(dataset, options.split)) {
    exports.names.push_back(export_name(dataset.cases()[index]));
    if (exports.notes.has(exports.names.back(), {})) exports.finished.insert(exports.names.back());
  }
  refuse_sources(dataset, exports, options.export_folder);
  return exports;
}

storage::MetricsRecord evaluate_run(const std::filesystem::path& run_path,
                                    const std::filesystem::path& data_path,
                                    const EvaluateOptions& options,
                                    const Exports& exports,
                                    storage::Provenance& provenance,
                                    Log& log) {
  const storage::RunRecord run = storage::read_run(run_path, /*with_state=*/false);
  const storage::DatasetReader dataset(data_path);
  check_fit(run, dataset, run_path.string());
  provenance.inputs = {run_path, dataset.as_input()};
  network::UNet net = load_network(run, run_path.string());
  net->to(options.device);
  WindowOptions window = window_of(run, options.mirroring, run_path.string());

  const std::vector<std::string> foreground(run.class_names.begin() + 1, run.class_names.end());
  storage::MetricsRecord record = metrics::make_record(foreground, options.empty_rule);
  const auto cases = cases_of(dataset, options.split);
  const bool exporting = !exports.names.empty();
  if (exporting) storage::make_folder(options.export_folder);
  if (exporting) window.between = stop_between_segmentations;
  Progress progress(log, "case", static_cast<std::int64_t>(cases.size()));
  ClassCount count(dataset.classes());
  const auto predict = [&](std::size_t index) {
    const storage::CaseInfo& info = dataset.cases()[index];
    const std::string name = export_name(info);
    const auto file = options.export_folder / name;
    if (exports.finished.contains(name)) return read_segmentation(file, info.source);
    Volume<Label> predicted = segment_case(net, dataset, index, window);
    if (exporting) {
      export_segmentation(options.export_folder, name, predicted, info.source, exports.notes, {});
    }
    return predicted;
  };
  score_cases(dataset, cases, predict, record, [&](const ScoredCase& scored) {
    count.add(scored.reference);
    progress.advance(scored.info.id);
    window.between();
  });
  record.class_shares = count.shares_of_background();
  record.mirroring = options.mirroring;
  record.dataset_hash = run.dataset_hash;
  record.maps_hash = run.maps_hash;
  record.run_name = run.name;
  record.seed = run.seed;
  record.configuration = run.configuration;
  record.dataset_name = run.dataset_name;
  record.split = options.split;
  record.split_hash = run.split_hash;
  record.outcome = reporting::outcome_of(run);
  record.replaced_seeds = run.replaced_seeds;
  if (record.outcome->failed()) {
    log.warn(fmt::format("{}: failed to converge ({}); its metrics say so",
                         run_path.string(),
                         reporting::describe(*record.outcome)));
  }
  provenance.device = options.device.str();
  provenance.libtorch = network::libtorch_version();
  provenance.configuration = {{"empty-rule", record.empty_rule},
                              {"mirroring", options.mirroring},
                              {"split", options.split}};
  return record;
}

}  // namespace regionwise::inference
