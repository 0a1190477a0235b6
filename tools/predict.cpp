// Segments new images with a trained run, each on its own grid.
//
//   predict run.h5 patient7.nii.gz -o segmentations
//   predict run.h5 t2.nii.gz,t1.nii.gz,t1ce.nii.gz,flair.nii.gz -o segmentations

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/outputs.hpp"
#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "inference/image_cases.hpp"
#include "inference/predict.hpp"
#include "network/device.hpp"
#include "reporting/run_failure.hpp"
#include "storage/run_file.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "predict",
    "Segments NIfTI images with a trained run, which carries its own preprocessing.",
    {"predict run.h5 patient7.nii.gz -o segmentations",
     "predict run.h5 images -o segmentations",
     "predict run.h5 t2.nii.gz,t1.nii.gz,t1ce.nii.gz,flair.nii.gz -o segmentations"},
    "Isensee et al., nnU-Net, Nature Methods 18:203-211, 2021 (inference)"};

struct Options {
  std::filesystem::path run;
  std::vector<std::string> images;
  std::filesystem::path folder;
  std::string device = "auto";
  bool no_mirroring = false;
};

int run(const Options& options, cli::Context& context) {
  const storage::RunRecord run = storage::read_run(options.run, /*with_state=*/false);
  if (const auto outcome = reporting::outcome_of(run); outcome && outcome->failed()) {
    context.log.warn(fmt::format("{}: failed to converge ({}); its segmentations show it",
                                 options.run.string(),
                                 reporting::describe(*outcome)));
  }
  const auto cases = inference::group_images(options.images, run.channels.size());
  cli::Outputs outputs(context.force);
  outputs.reads(options.run);
  for (const std::string& image : options.images) outputs.lists(image);
  network::use_processor(context.threads);
  const inference::PredictOptions predict{!options.no_mirroring,
                                          network::choose_device(options.device, context.log)};
  const auto finished = inference::predictions_of(options.run, options.folder, predict);
  std::vector<std::string> names;
  std::set<std::string> kept;
  for (const sources::CaseFiles& one : cases) {
    outputs.reads(one.images);
    names.push_back(inference::prediction_name(one));
    if (finished.has(names.back(), one.images)) kept.insert(names.back());
  }
  outputs.writes_into(options.folder, names, kept).claim();
  if (!kept.empty()) context.log.info(fmt::format("{} segmentations are there", kept.size()));
  cli::ResultTable table({{"case", ""}, {"file", ""}, {"class", ""}, {"volume", "ml"}});
  inference::predict_images(
      options.run,
      run,
      cases,
      options.folder,
      predict,
      finished,
      [&](const inference::Prediction& done) {
        for (std::size_t k = 0; k < done.volumes_ml.size(); ++k) {
          table.row({done.id, done.file.string(), run.class_names[k + 1], done.volumes_ml[k]});
        }
      },
      context.log);
  table.print(context.json);
  finished.forget(names);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(
      argc, argv, kInfo, {.output = true, .results = true, .threads = true}, [&](CLI::App& app) {
        app.add_option("run", options.run, "Run file")->required();
        app.add_option(
               "images",
               options.images,
               "Images, folders of images, or the channels of one image joined by commas; a/x.nii "
               "and b/x.nii become a_x and b_x")
            ->required();
        app.add_option("-o,--output",
                       options.folder,
                       "Folder for the segmentations, <case>.nii.gz; those made before an "
                       "interruption or an "
                       "image that cannot be used are kept when the same command is run again")
            ->required();
        app.add_flag("--no-mirroring", options.no_mirroring, "Do not average over mirrored inputs");
        app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
            ->capture_default_str();
        return [&](cli::Context& context) { return run(options, context); };
      });
}
