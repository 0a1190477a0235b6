#include "inference/predict.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "inference/evaluate.hpp"
#include "inference/segment.hpp"
#include "planning/crop.hpp"
#include "preprocessing/preprocess.hpp"
#include "preprocessing/resampling.hpp"
#include "sources/case_reader.hpp"
#include "sources/conversion.hpp"
#include "storage/orientation.hpp"

namespace regionwise::inference {
namespace {

namespace fs = std::filesystem;

void refuse_bad(const sources::Remarks& problems, Log& log) {
  if (problems.empty()) return;
  if (problems.size() == 1) throw DataError(problems.front().second);
  for (const auto& [id, reason] : problems) log.finding(reason);
  throw DataError(fmt::format("{} images cannot be used, named above: mend them, or leave them out",
                              problems.size()));
}

/// Takes labels of converted slices back to the image's.
Volume<Label> on_grid(Volume<Label> labels, const Shape3& shape) {
  if (labels.shape == shape) return labels;
  return preprocessing::resample_labels(labels, shape, 0);
}

std::vector<double> volumes_ml(const Volume<Label>& labels,
                               const Spacing3& spacing_mm,
                               std::int64_t classes) {
  std::vector<double> volumes(static_cast<std::size_t>(classes - 1), 0.0);
  const double voxel_ml = spacing_mm[0] * spacing_mm[1] * spacing_mm[2] * 1e-3;
  for (const Label label : labels.values) {
    if (label > 0) volumes[static_cast<std::size_t>(label - 1)] += voxel_ml;
  }
  return volumes;
}

}  // namespace

std::string prediction_name(const sources::CaseFiles& files) {
  return files.id + ".nii.gz";
}

void predict_images(const fs::path& run_path,
                    const storage::RunRecord& run,
                    const std::vector<sources::CaseFiles>& cases,
                    const fs::path& folder,
                    const PredictOptions& options,
                    const std::function<void(const Prediction&)>& done,
                    Log& log) {
  network::UNet net = load_network(run, run_path.string());
  net->to(options.device);
  const WindowOptions window = window_of(run, options.mirroring, run_path.string());
  const planning::Plan plan = planning::parse_plan(run.plan, run_path.string() + ":/plan");
  sources::SourceData source;
  source.channels = run.channels;
  source.cases = cases;
  source.remedies = {
      "give the channels in this order, as one file with four axes, as files joined by commas, or "
      "as files named case_0000, case_0001 …,",
      "or leave the image out"};
  sources::check_headers(source, false);
  refuse_bad(source.problems, log);
  fs::create_directories(folder);
  Progress progress(log, "images", static_cast<std::int64_t>(cases.size()));
  for (const sources::CaseFiles& files : cases) {
    stop_if_interrupted();
    sources::RawCase raw = sources::read_case(files, source, false, &log);
    const storage::ImageGeometry stored = raw.geometry;
    if (!plan.conversion.empty()) {
      const auto [how, preset] = sources::parse_conversion(plan.conversion, run_path.string());
      raw = sources::convert_slices(std::move(raw), how, preset);
    }
    const storage::ImageGeometry geometry = raw.geometry;
    planning::CroppedCase cropped = planning::crop_to_nonzero(std::move(raw));
    const auto box = cropped.box;
    const preprocessing::Preprocessed volume =
        preprocessing::preprocess(std::move(cropped), plan, preprocessing::MaskSource::image);
    const storage::CaseInfo info = preprocessing::placement(geometry, box, volume, plan);
    Volume<Label> labels = segment(net, volume.image, volume.channels, info, window);
    labels = on_grid(std::move(labels), storage::canonical_geometry(stored).shape);
    Prediction prediction{files.id, folder / prediction_name(files), {}};
    prediction.volumes_ml = volumes_ml(labels,
                                       storage::canonical_geometry(stored).spacing_mm,
                                       static_cast<std::int64_t>(run.class_names.size()));
    export_segmentation(prediction.file, std::move(labels), stored);
    done(prediction);
    progress.advance(1, files.id);
  }
}

}  // namespace regionwise::inference
