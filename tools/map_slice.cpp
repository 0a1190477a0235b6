// One slice of a data set as numbers: a class of its labels and of its region-wise maps (Figure 1).
//   map-slice --map active-contour --map boundary --map rectified hippocampus.h5 >figure1.tsv
// Valverde and Tohka, Region-wise Loss for Biomedical Image Segmentation, 2023, Fig. 1.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/error.hpp"
#include "maps/dataset_maps.hpp"
#include "maps/map.hpp"
#include "maps/representative_slice.hpp"
#include "storage/dataset_file.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "map-slice",
    "Prints a class's channel of region-wise maps in one slice, a pixel a line. Without a choice "
    "it is the slice of the most foreground classes, then pixels, and its largest foreground "
    "class.",
    {"map-slice --map boundary phantom.h5",
     "map-slice --map boundary --map rectified --class LV phantom.h5",
     "map-slice --map '{\"name\":\"boundary\",\"unit\":\"mm\"}' --case patient001_ED --slice 4 "
     "phantom.h5"},
    ""};

struct Options {
  std::string dataset;
  std::vector<std::string> maps;
  maps::SliceWish wish;
};

std::vector<maps::MapSpecification> described(const std::vector<std::string>& texts) {
  std::vector<maps::MapSpecification> result;
  result.reserve(texts.size());
  for (const std::string& text : texts) {
    result.emplace_back(maps::parse_map_description(text), "--map");
  }
  return result;
}

int run(const Options& options, const cli::Context& context) {
  const std::vector<maps::MapSpecification> described_maps = described(options.maps);
  const storage::DatasetReader dataset(options.dataset);
  const maps::SliceChoice choice = maps::representative_slice(dataset, options.wish);
  const storage::CaseInfo& info = dataset.cases()[choice.case_index];
  const Volume<Label> label = dataset.label(choice.case_index);
  const maps::LabelBatch batch{label.values, 1, label.shape, dataset.classes(), info.spacing_mm};

  std::vector<cli::ResultTable::Column> columns = {{"y", "px"}, {"x", "px"}, {"label", "1"}};
  std::vector<std::vector<float>> channels;  // of whole cases
  for (const maps::MapSpecification& map : described_maps) {
    columns.push_back({map.entry().name, ""});
    channels.push_back(map.compute<float>(batch, context.threads));
    maps::check_finite(channels.back(),
                       map,
                       label.shape,
                       fmt::format("{}:/cases/{}", dataset.path().string(), info.id));
  }
  cli::ResultTable table(columns);
  table.comment(context.command);
  table.comment(fmt::format("data set: {}; case: {}; slice: {}; class: {}",
                            dataset.info().name,
                            info.id,
                            choice.slice,
                            dataset.info().class_names[static_cast<std::size_t>(choice.label)]));
  table.comment("label: 1 where the pixel is of the class, else 0");
  for (const maps::MapSpecification& map : described_maps) {
    table.comment(fmt::format("map: {}", map.resolved().dump()));
  }
  const std::int64_t size = label.shape.slice_size();
  for (std::int64_t i = choice.slice * size; i < (choice.slice + 1) * size; ++i) {
    std::vector<cli::Cell> row = {i / label.shape.width % label.shape.height,
                                  i % label.shape.width,
                                  std::int64_t{label.values[i] == choice.label}};
    for (const std::vector<float>& map : channels) {
      row.emplace_back(static_cast<double>(map[choice.label * label.shape.size() + i]));
    }
    table.row(std::move(row));
  }
  table.print(context.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const cli::SharedOptions shared{.results = true, .threads = true};
  return cli::run_tool(argc, argv, kInfo, shared, [&](CLI::App& app) {
    app.add_option("dataset", options.dataset, "The dataset file")->required();
    app.add_option(
           "--map",
           options.maps,
           "A map: a name (see compute-maps --list), or all of it as a JSON object; several "
           "are columns side by side")
        ->required()
        ->allow_extra_args(false);
    app.add_option("--case", options.wish.case_id, "The case");
    app.add_option("--slice", options.wish.slice, "The slice of the case, from 0");
    app.add_option("--class", options.wish.class_name, "The class");
    return [&](cli::Context& context) { return run(options, context); };
  });
}
