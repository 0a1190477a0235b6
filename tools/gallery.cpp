// Draws what a network is trained with: samples before and after augmentation, and their maps.
//
//   gallery --data hearts.h5 --config rectified.json --map boundary -o gallery.png

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/numbers.hpp"
#include "cli/outputs.hpp"
#include "cli/results.hpp"
#include "cli/seed.hpp"
#include "cli/tool.hpp"
#include "maps/dataset_maps.hpp"
#include "storage/complete_file.hpp"
#include "storage/png.hpp"
#include "training/config.hpp"
#include "training/gallery.hpp"
#include "training/loader.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "gallery",
    "Draws training samples as a network sees them, with their region-wise maps, as one PNG "
    "picture. Prints what belongs beside its rows and columns.",
    {"gallery --data hearts.h5 --config rectified.json -o gallery.png",
     "gallery --data hearts.h5 --config rectified.json --map boundary --count 4 -o gallery.png",
     "gallery --data hearts.h5 --config rectified.json --set augmentation=none -o plain.png"},
    ""};

struct Options {
  std::filesystem::path data;
  std::vector<std::filesystem::path> configs;
  std::vector<std::string> settings;
  std::filesystem::path output;
  std::string map = "rectified";
  std::uint64_t seed = 0;
  training::GalleryOptions gallery;
};

/// What augmentation drew, a line per step and channel that was changed.
cli::ResultTable table_of(const std::vector<training::GalleryDraw>& draws,
                          const cli::Context& context) {
  cli::ResultTable table(
      {{"row", "1"}, {"case", ""}, {"slice", "1"}, {"step", ""}, {"channel", ""}, {"value", "1"}});
  table.comment(context.command);
  table.comment("row: of the picture, from 1; one without a line is unchanged");
  table.comment(
      "value: rotation in degrees, blur and noise as standard deviations (pixels; image units), "
      "mirroring 1, else a factor or exponent");
  for (const auto& [row, case_id, slice, draw] : draws) {
    const std::string channel = draw.channel < 0 ? "all" : std::to_string(draw.channel);
    table.row({row, case_id, slice, draw.step, channel, draw.value});
  }
  return table;
}

int run(const Options& options, cli::Context& context) {
  if (options.data.empty() || options.output.empty() || options.configs.empty()) {
    throw UsageError("--data, --config and -o are needed (see gallery --help)");
  }
  cli::Outputs outputs(context.force);
  const auto draws_path = std::filesystem::path(options.output).replace_extension(".draws.tsv");
  outputs.reads(options.configs).reads(options.data);
  outputs.writes(options.output).writes(draws_path).claim();
  const auto config = training::read_config(options.configs, options.settings);
  const auto dataset = std::make_shared<const storage::DatasetReader>(options.data);
  const planning::Plan plan =
      training::planned(dataset->info().plan, config, "configuration \"" + config.name + "\"");
  const maps::MapSpecification map(maps::parse_map_description(options.map), "--map");
  const training::Sampler sampler(
      dataset,
      nullptr,
      training::sampler_options(plan, config.augmentation, config.foreground_share),
      options.seed);
  const training::Gallery gallery =
      training::draw_gallery(sampler,
                             config.augmentation,
                             training::masked_channels(plan, dataset->channels()),
                             map,
                             options.gallery);
  storage::write_png(options.output, gallery.sheet, context.force);
  storage::write_text(draws_path, table_of(gallery.draws, context).to_tsv(), context.force);

  cli::ResultTable table({{"row", "1"}, {"column", "1"}, {"x", "px"}, {"y", "px"}, {"text", ""}});
  table.comment(context.command);
  table.comment(fmt::format(
      "picture: {} x {} px, from its upper left", gallery.sheet.width, gallery.sheet.height));
  table.comment(
      "row 0: titles of the columns; column 0: case and slice; column 2: what augmentation drew "
      "for the channel shown; last row: bars of colours");
  for (const training::GalleryCaption& caption : gallery.captions) {
    table.row({caption.row, caption.column, caption.x, caption.y, caption.text});
  }
  table.print(context.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, {.output = true, .results = true}, [&](CLI::App& app) {
    app.add_option("--data", options.data, "Dataset file");
    app.add_option("--config",
                   options.configs,
                   "Training configuration (JSON), of which augmentation, sampling and plan are "
                   "used; several are merged in order, the later wins")
        ->expected(1)
        ->take_all();
    app.add_option(
           "--set", options.settings, "Replace one setting: KEY=VALUE, such as augmentation=mirror")
        ->expected(1)
        ->take_all();
    cli::add_seed(app, options.seed, "Seed of the training whose samples are shown")
        ->capture_default_str();
    app.add_option("--count", options.gallery.count, "Samples")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    app.add_option("--channel", options.gallery.channel, "Channel of the images, from 0")
        ->check(cli::within(0, 1e18, "NONNEGATIVE"))
        ->capture_default_str();
    app.add_option("--map", options.map, "Name of a region-wise map, or all of it as a JSON object")
        ->capture_default_str();
    app.add_option("-o,--output",
                   options.output,
                   "PNG picture to write, with X.draws.tsv: what augmentation drew");
    return [&](cli::Context& context) { return run(options, context); };
  });
}
