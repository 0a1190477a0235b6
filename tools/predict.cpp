// Segments new images with a trained run, each on its own grid.
//
//   predict run.h5 patient7.nii.gz -o segmentations
//   predict run.h5 t2.nii.gz,t1.nii.gz,t1ce.nii.gz,flair.nii.gz -o segmentations

#include <filesystem>
#include <string>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "inference/predict.hpp"
#include "network/device.hpp"
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
  inference::PredictOptions predict;
  predict.mirroring = !options.no_mirroring;
  predict.device = network::parse_device(options.device);
  predict.overwrite = context.force;
  network::use_processor(context.threads);
  const auto classes = storage::read_run(options.run, false).class_names;
  cli::ResultTable table({{"case", ""}, {"file", ""}, {"class", ""}, {"volume", "ml"}});
  inference::predict_images(
      options.run,
      options.images,
      options.folder,
      predict,
      [&](const inference::Prediction& done) {
        for (std::size_t k = 0; k < done.volumes_ml.size(); ++k) {
          table.row({done.id, done.file.string(), classes[k + 1], done.volumes_ml[k]});
        }
      },
      context.log);
  table.print(context.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(
      argc,
      argv,
      kInfo,
      {.output_folder = true, .results = true, .threads = true},
      [&](CLI::App& app) {
        app.add_option("run", options.run, "Run file")->required();
        app.add_option("images",
                       options.images,
                       "Images, folders of images, or the channels of one image joined by commas")
            ->required();
        app.add_option("-o,--output", options.folder, "Folder for the segmentations")->required();
        app.add_flag("--no-mirroring", options.no_mirroring, "Do not average over mirrored inputs");
        app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
            ->capture_default_str();
        return [&](cli::Context& context) { return run(options, context); };
      });
}
