#include "inference/predict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "inference/evaluate.hpp"
#include "inference/segment.hpp"
#include "planning/adapter.hpp"
#include "planning/conversion.hpp"
#include "planning/crop.hpp"
#include "planning/preprocess.hpp"
#include "planning/resampling.hpp"
#include "storage/nifti.hpp"
#include "storage/orientation.hpp"

namespace regionwise::inference {
namespace {

namespace fs = std::filesystem;

std::string id_of(const fs::path& path) {
  const auto stem = storage::nifti_stem(path.filename().string());
  if (!stem) throw UsageError(path.string() + ": images must be .nii.gz or .nii files");
  return *stem;
}

/// The files of a folder, or the file itself.
std::vector<fs::path> expand(const fs::path& input) {
  if (!fs::exists(input)) throw IoError(input.string() + ": no such file or folder");
  if (!fs::is_directory(input)) return {input};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(input)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') && storage::nifti_stem(name)) files.push_back(entry.path());
  }
  if (files.empty()) throw IoError(input.string() + ": holds no .nii.gz or .nii file");
  std::sort(files.begin(), files.end());
  return files;
}

/// "a_t2, a_t1" as "a": what the names of one case's files share.
std::string common_id(const std::vector<fs::path>& files) {
  std::string shared = id_of(files.front());
  for (const fs::path& file : files) {
    const std::string stem = id_of(file);
    const auto [end, unused] =
        std::mismatch(shared.begin(), shared.end(), stem.begin(), stem.end());
    shared.erase(end, shared.end());
  }
  while (!shared.empty() && (shared.back() == '_' || shared.back() == '-')) shared.pop_back();
  return shared.empty() ? id_of(files.front()) : shared;
}

std::vector<fs::path> split_at_commas(const std::string& text) {
  std::vector<fs::path> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    parts.emplace_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return parts;
}

class Grouping {
 public:
  explicit Grouping(std::size_t channels) : channels_(channels) {}

  void add_joined(const std::vector<fs::path>& files) {
    for (const fs::path& file : files) expand(file);  // each must exist
    for (std::size_t c = 0; c < files.size(); ++c) set(common_id(files), c, files[c]);
  }

  void add(const fs::path& file) {
    static const std::regex channel_file("(.+)_([0-9]{4})");
    const std::string stem = id_of(file);
    std::smatch parts;
    if (std::regex_match(stem, parts, channel_file)) {
      const std::size_t channel = std::stoul(parts[2].str());
      // With one channel only _0000 can be meant as its number: case_0012 is a case.
      if (channel < channels_) return set(parts[1].str(), channel, file);
    }
    set(stem, 0, file);
  }

  std::vector<planning::CaseFiles> cases() const {
    std::vector<planning::CaseFiles> result;
    for (const auto& [id, files] : found_) {
      planning::CaseFiles one{id, id, {}, {}, {}};
      for (const auto& [channel, path] : files) one.images.push_back(path);
      if (one.images.size() != 1 && one.images.size() != channels_) {
        throw UsageError(
            fmt::format("case {}: {} of {} channels were given", id, one.images.size(), channels_));
      }
      result.push_back(std::move(one));
    }
    return result;
  }

 private:
  void set(const std::string& id, std::size_t channel, const fs::path& file) {
    const auto [at, is_new] = found_[id].emplace(channel, file);
    if (is_new) return;
    throw UsageError(fmt::format(
        "{} and {} would both become {}.nii.gz", at->second.string(), file.string(), id));
  }

  std::size_t channels_;
  std::map<std::string, std::map<std::size_t, fs::path>> found_;
};

void refuse_existing(const fs::path& file,
                     const std::vector<planning::CaseFiles>& cases,
                     bool overwrite) {
  if (!fs::exists(file)) return;
  for (const planning::CaseFiles& one : cases) {
    for (const fs::path& image : one.images) {
      if (fs::equivalent(image, file)) {
        throw UsageError(file.string() + ": is an input; give another folder");
      }
    }
  }
  if (!overwrite) throw IoError(file.string() + ": exists already; --force replaces it");
}

/// Takes labels of converted slices back to the image's.
Volume<Label> on_grid(Volume<Label> labels, const Shape3& shape) {
  if (labels.shape == shape) return labels;
  return planning::resample_labels(labels, shape, 0);
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

std::vector<planning::CaseFiles> group_images(const std::vector<std::string>& inputs,
                                              std::size_t channels) {
  Grouping grouping(channels);
  for (const std::string& input : inputs) {
    const auto parts = split_at_commas(input);
    if (parts.size() > 1 && !fs::exists(input)) {
      grouping.add_joined(parts);
    } else {
      for (const fs::path& file : expand(input)) grouping.add(file);
    }
  }
  return grouping.cases();
}

void predict_images(const fs::path& run_path,
                    const std::vector<std::string>& inputs,
                    const fs::path& folder,
                    const PredictOptions& options,
                    const std::function<void(const Prediction&)>& done,
                    Log& log) {
  const storage::RunRecord run = storage::read_run(run_path, /*with_state=*/false);
  network::UNet net = load_network(run, run_path.string());
  net->to(options.device);
  const WindowOptions window = window_of(run, options.mirroring, run_path.string());
  const planning::Plan plan = planning::parse_plan(run.plan, run_path.string() + ":/plan");
  const auto cases = group_images(inputs, run.channels.size());
  for (const planning::CaseFiles& files : cases) {
    refuse_existing(folder / (files.id + ".nii.gz"), cases, options.overwrite);
  }
  fs::create_directories(folder);
  planning::SourceData source;
  source.channels = run.channels;
  Progress progress(log, "images", static_cast<std::int64_t>(cases.size()));
  for (const planning::CaseFiles& files : cases) {
    stop_if_interrupted();
    planning::RawCase raw = planning::read_case(files, source, false, &log);
    const storage::ImageGeometry stored = raw.geometry;
    if (!plan.conversion.empty()) {
      const auto [how, preset] = planning::parse_conversion(plan.conversion, run_path.string());
      raw = planning::convert_slices(std::move(raw), how, preset);
    }
    const storage::ImageGeometry geometry = raw.geometry;
    planning::CroppedCase cropped = planning::crop_to_nonzero(std::move(raw));
    const auto box = cropped.box;
    const planning::Preprocessed volume =
        planning::preprocess(std::move(cropped), plan, planning::MaskSource::image);
    const storage::CaseInfo info = planning::placement(geometry, box, volume, plan);
    Volume<Label> labels = segment(net, volume.image, volume.channels, info, window);
    labels = on_grid(std::move(labels), storage::canonical_geometry(stored).shape);
    Prediction prediction{files.id, folder / (files.id + ".nii.gz"), {}};
    prediction.volumes_ml = volumes_ml(labels,
                                       storage::canonical_geometry(stored).spacing_mm,
                                       static_cast<std::int64_t>(run.class_names.size()));
    export_segmentation(prediction.file, std::move(labels), stored);
    done(prediction);
    progress.advance(1, files.id);
  }
}

}  // namespace regionwise::inference
