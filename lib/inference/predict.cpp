#include "inference/predict.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "inference/evaluate.hpp"
#include "inference/segment.hpp"
#include "planning/crop.hpp"
#include "preprocessing/preprocess.hpp"
#include "preprocessing/resampling.hpp"
#include "sources/case_reader.hpp"
#include "sources/conversion.hpp"
#include "storage/complete_file.hpp"
#include "storage/nifti.hpp"
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

/// Of slices that are converted first the spacing is known only then.
void refuse_bad_spacing(const std::vector<sources::CaseFiles>& cases,
                        const planning::Plan& plan,
                        Log& log) {
  if (!plan.conversion.empty()) return;
  sources::Remarks problems;
  for (const sources::CaseFiles& files : cases) {
    const fs::path& image = files.images.front();
    const Spacing3 spacing_mm =
        storage::canonical_geometry(storage::read_nifti_geometry(image)).spacing_mm;
    const std::string problem = preprocessing::spacing_problem(spacing_mm, plan);
    if (!problem.empty()) problems.emplace_back(files.id, image.string() + ": " + problem);
  }
  refuse_bad(problems, log);
}

/// Takes labels of converted slices back to the image's.
Volume<Label> on_grid(Volume<Label> labels, const Shape3& shape) {
  if (labels.shape == shape) return labels;
  return preprocessing::resample_labels(labels, shape, 0, stop_between_segmentations);
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

/// Segments one image as its run prepared those that it was trained on; on its canonical grid.
Volume<Label> segment_image(network::UNet& net,
                            sources::RawCase raw,
                            const planning::Plan& plan,
                            const WindowOptions& window,
                            const std::string& run,
                            const std::string& id) {
  const Shape3 shape = storage::canonical_geometry(raw.geometry).shape;
  if (!plan.conversion.empty()) {
    const auto [how, preset] = sources::parse_conversion(plan.conversion, run);
    raw = sources::convert_slices(raw, how, preset);
  }
  const storage::ImageGeometry geometry = raw.geometry;
  planning::CroppedCase cropped = planning::crop_to_nonzero(std::move(raw));
  const auto box = cropped.box;
  const preprocessing::Preprocessed volume = preprocessing::preprocess(
      std::move(cropped), plan, preprocessing::MaskSource::image, stop_between_segmentations);
  storage::CaseInfo info = preprocessing::placement(geometry, box, volume, plan);
  info.id = id;
  return on_grid(segment(net, volume.image, volume.channels, info, window), shape);
}

}  // namespace

std::string prediction_name(const sources::CaseFiles& files) {
  return files.id + ".nii.gz";
}

storage::FinishedOutputs predictions_of(const fs::path& run_path,
                                        const fs::path& folder,
                                        const PredictOptions& options) {
  return {folder, "predict " + hash_of_segmenter(run_path, options.mirroring, options.device)};
}

void predict_images(const fs::path& run_path,
                    const storage::RunRecord& run,
                    const std::vector<sources::CaseFiles>& cases,
                    const fs::path& folder,
                    const PredictOptions& options,
                    const storage::FinishedOutputs& finished,
                    const std::function<void(const Prediction&)>& done,
                    Log& log) {
  network::UNet net = load_network(run, run_path.string());
  net->to(options.device);
  WindowOptions window = window_of(run, options.mirroring, run_path.string());
  window.between = stop_between_segmentations;
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
  refuse_bad_spacing(source.cases, plan, log);
  storage::make_folder(folder);
  Progress progress(log, "images", static_cast<std::int64_t>(cases.size()));
  for (const sources::CaseFiles& files : cases) {
    stop_between_segmentations();
    Prediction prediction{files.id, folder / prediction_name(files), {}};
    // The case's geometry is its first image's.
    storage::ImageGeometry stored = storage::read_nifti_geometry(files.images.front());
    Volume<Label> labels;
    if (finished.has(prediction_name(files), files.images)) {
      labels = read_segmentation(prediction.file, stored);
    } else {
      labels = segment_image(net,
                             sources::read_case(files, source, false, &log),
                             plan,
                             window,
                             run_path.string(),
                             files.id);
      export_segmentation(folder, prediction_name(files), labels, stored, finished, files.images);
    }
    prediction.volumes_ml = volumes_ml(labels,
                                       storage::canonical_geometry(stored).spacing_mm,
                                       static_cast<std::int64_t>(run.class_names.size()));
    done(prediction);
    progress.advance(files.id);
  }
}

}  // namespace regionwise::inference
