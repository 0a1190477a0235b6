// Computes the region-wise maps of whole cases and writes them as one file.
//   compute-maps --map rectified hippocampus.h5 -o maps.h5
// Valverde and Tohka, Region-wise Loss for Biomedical Image Segmentation, 2023, Sec. 3.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "cli/map_options.hpp"
#include "cli/outputs.hpp"
#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/interrupt.hpp"
#include "maps/dataset_maps.hpp"
#include "maps/map.hpp"
#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"

namespace {

using namespace regionwise;

struct Options {
  bool list = false;
  maps::MapOptions map;
  std::string dataset;
  std::string output;
};

std::string described(const OptionDoc& option) {
  return fmt::format("{} (default {}): {}", option.name, option.fallback.dump(), option.meaning);
}

int list_maps(bool as_json) {
  cli::ResultTable table(
      {{"map", ""}, {"safe_signs", ""}, {"formula", ""}, {"options", ""}, {"citation", ""}});
  table.comment("safe_signs: the wrong classes share one value at every pixel");
  for (const OptionDoc& option : maps::map_settings_docs()) {
    table.comment("every map: " + described(option));
  }
  for (const maps::MapEntry& entry : maps::all_maps()) {
    std::vector<std::string> options;
    for (const OptionDoc& option : entry.options) options.push_back(described(option));
    table.row({entry.name,
               entry.safe_signs ? "yes" : "no",
               entry.formula,
               fmt::format("{}", fmt::join(options, "; ")),
               entry.citation});
  }
  table.print(as_json);
  return 0;
}

int run(const Options& options, cli::Context& context) {
  if (options.list) return list_maps(context.json);
  if (options.map.map.empty() || options.dataset.empty() || options.output.empty()) {
    throw UsageError("give a map (--map), a dataset file and an output (-o), or --list");
  }
  cli::Outputs outputs(context.force);
  outputs.reads(options.dataset).writes(options.output).claim();
  const maps::MapSpecification map(options.map.description(), "--map");
  const storage::DatasetReader dataset(options.dataset);
  storage::Provenance provenance = context.provenance();
  provenance.configuration = {{"map", map.resolved()}};
  provenance.inputs = {dataset.as_input()};
  storage::MapsWriter writer(options.output,
                             context.write_options(),
                             map.resolved(),
                             dataset.info().class_names,
                             provenance.inputs.front().hash);
  {
    Progress progress(context.log, "maps", std::ssize(dataset.cases()));
    const auto done = [&](const std::string& id) { progress.advance(id); };
    maps::compute_dataset_maps(dataset, map, context.threads, writer, done, stop_if_interrupted);
  }
  writer.finish(provenance);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const cli::ToolInfo info{
      "compute-maps",
      "Compute the region-wise maps of a dataset's cases, whole slices or volumes",
      {"compute-maps --map rectified phantom.h5 -o maps.h5",
       "compute-maps --map cao --map-option alpha=2 --class-weights 1,2,2,2 phantom.h5 -o maps.h5",
       "compute-maps --list"},
      ""};
  Options options;
  return cli::run_tool(
      argc,
      argv,
      info,
      {.output_file = true, .results = true, .threads = true},
      [&](CLI::App& app) {
        app.add_option(
            "--map", options.map.map, "Name of a map (see --list), or all of it as a JSON object");
        app.add_option("dataset", options.dataset, "The dataset file");
        app.add_option("-o,--output", options.output, "The maps file to write");
        app.add_flag("--list", options.list, "Print the maps with their options and sources");
        cli::declare_map_settings(app, options.map);
        return [&options](cli::Context& context) { return run(options, context); };
      });
}
