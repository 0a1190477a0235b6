#include "inference/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/interrupt.hpp"
#include "network/weights.hpp"
#include "storage/nifti.hpp"
#include "training/config.hpp"

namespace regionwise::inference {
namespace {

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
}

/// Puts a segmentation of the kept part of an image back into the whole image.
Volume<Label> paste(const Volume<Label>& part, const storage::CaseInfo& info) {
  if (part.shape == info.source.shape) return part;
  Volume<Label> whole(info.source.shape, 0);
  for (std::int64_t z = 0; z < part.shape.depth; ++z) {
    for (std::int64_t y = 0; y < part.shape.height; ++y) {
      for (std::int64_t x = 0; x < part.shape.width; ++x) {
        whole.at(z + info.crop_start[0], y + info.crop_start[1], x + info.crop_start[2]) =
            part.at(z, y, x);
      }
    }
  }
  return whole;
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

/// Voxels of each foreground class relative to the background's, over the cases given.
std::vector<double> shares_of_background(const storage::DatasetReader& dataset,
                                         const std::vector<std::size_t>& cases) {
  std::vector<double> voxels(static_cast<std::size_t>(dataset.classes()), 0.0);
  for (const std::size_t index : cases) {
    const storage::CaseInfo& info = dataset.cases()[index];
    for (std::size_t i = 0; i < info.class_voxels.size(); ++i) {
      voxels[i / static_cast<std::size_t>(info.shape.depth)] +=
          static_cast<double>(info.class_voxels[i]);
    }
  }
  std::vector<double> shares;
  for (std::size_t k = 1; k < voxels.size(); ++k) shares.push_back(voxels[k] / voxels[0]);
  return shares;
}

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

void score_cases(network::UNet& net,
                 const storage::DatasetReader& dataset,
                 std::span<const std::size_t> cases,
                 const WindowOptions& window,
                 storage::MetricsRecord& record,
                 const std::function<void(const storage::CaseInfo&, const Volume<Label>&)>& done) {
  for (const std::size_t index : cases) {
    const storage::CaseInfo& info = dataset.cases()[index];
    const Volume<Label> predicted =
        segment(net, dataset.image(index), dataset.channels(), info.shape, window);
    const Volume<Label> reference = dataset.label(index);
    metrics::score_case(
        record, info.id, info.group, predicted.view(), reference.view(), info.spacing_mm);
    done(info, predicted);
  }
}

storage::MetricsRecord evaluate_run(const std::filesystem::path& run_path,
                                    const std::filesystem::path& data_path,
                                    const EvaluateOptions& options,
                                    Log& log) {
  const storage::RunRecord run = storage::read_run(run_path, /*with_state=*/false);
  const storage::DatasetReader dataset(data_path);
  check_fit(run, dataset, run_path.string());
  network::UNet net = load_network(run, run_path.string());
  net->to(options.device);
  const auto config = training::parse_config(run.configuration, run_path.string());
  WindowOptions window;
  window.patch = planning::parse_plan(config.plan, run_path.string()).patch_size;
  window.mirroring = options.mirroring;
  window.bfloat16 = config.precision == training::Precision::bfloat16;

  const std::vector<std::string> foreground(run.class_names.begin() + 1, run.class_names.end());
  storage::MetricsRecord record = metrics::make_record(foreground, options.empty_rule);
  if (!options.export_folder.empty()) std::filesystem::create_directories(options.export_folder);
  const auto cases = cases_of(dataset, options.split);
  Progress progress(log, "case", static_cast<std::int64_t>(cases.size()));
  const auto done = [&](const storage::CaseInfo& info, const Volume<Label>& predicted) {
    stop_if_interrupted();
    if (!options.export_folder.empty()) {
      storage::write_nifti_labels(options.export_folder / (info.id + ".nii.gz"),
                                  paste(predicted, info).view(),
                                  info.source);
    }
    progress.advance(1, info.id);
  };
  score_cases(net, dataset, cases, window, record, done);
  record.class_shares = shares_of_background(dataset, cases);
  record.run_name = run.name;
  record.seed = run.seed;
  record.configuration = run.configuration;
  record.dataset_name = run.dataset_name;
  record.split = options.split;
  record.split_hash = run.split_hash;
  return record;
}

}  // namespace regionwise::inference
