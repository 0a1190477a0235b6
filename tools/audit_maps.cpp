// Is a region-wise map safe to optimise? The exact share of the softmax simplex on which the loss
// would push a wrong class up or the true class down, pixel by pixel.
//   audit-maps --map boundary hippocampus.h5
// Valverde and Tohka, Region-wise Loss for Biomedical Image Segmentation, 2023, Eq. 2, Sec. 3.3.

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/lists.hpp"
#include "cli/map_options.hpp"
#include "cli/tool.hpp"
#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "listings/audit_listing.hpp"
#include "maps/dataset_audit.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "audit-maps",
    "Finds the pixels at which a region-wise loss can push a wrong class up, or the true one down "
    "(Eq. 2): for each pixel the exact share of the softmax simplex on which it does, and the "
    "smallest change of the map that ends it. Exit code 1 where any pixel is unsafe.",
    {"audit-maps maps.h5",
     "audit-maps --map boundary phantom.h5 --by class",
     "audit-maps --map boundary phantom.h5 --worst 20",
     "audit-maps --z 12,4,-3 --class 2"},
    ""};

struct Options {
  std::filesystem::path file;
  std::filesystem::path data;
  maps::MapOptions map;
  std::vector<double> z;
  std::optional<int> true_class;
  listings::AuditLevel level = listings::AuditLevel::image;
  std::int64_t worst = 0;
};

/// One pixel from the command line.
int audit_vector(const Options& options, const cli::Context& context) {
  if (!options.file.empty() || !options.data.empty() || options.map.any()) {
    throw UsageError("--z is a pixel by itself: no file, --data or map goes with it");
  }
  if (!options.true_class) throw UsageError("--z needs the true class (--class 2, from 0)");
  maps::check_map_vector(options.z, *options.true_class, "--z");
  listings::vector_table(options.z, *options.true_class, context).print(context.json);
  return maps::is_safe(options.z, *options.true_class) ? 0 : 1;
}

int print(const maps::DatasetAudit& audit,
          const storage::DatasetReader& dataset,
          const Json& map,
          const Options& options,
          const cli::Context& context) {
  const listings::AuditTables tables(audit, dataset.info(), map, context);
  (options.worst > 0 ? tables.worst() : tables.by(options.level)).print(context.json);
  return audit.whole.total().unsafe > 0 ? static_cast<int>(ExitCode::check_failed) : 0;
}

int run(const Options& options, cli::Context& context) {
  if (!options.z.empty()) return audit_vector(options, context);
  if (options.true_class) throw UsageError("--class is the true class of --z");
  if (options.file.empty()) {
    throw UsageError("give a maps file, a data set with --map, or a pixel with --z");
  }
  const bool computes = !options.map.map.empty();
  if (!computes && options.map.any()) throw UsageError("options of a map need --map");
  if (computes && !options.data.empty()) {
    throw UsageError("--data goes with a maps file; with --map the file is the data set");
  }
  std::unique_ptr<const storage::MapsReader> maps_file;
  if (!computes) maps_file = std::make_unique<const storage::MapsReader>(options.file);
  const storage::DatasetReader dataset(computes               ? options.file
                                       : options.data.empty() ? maps::dataset_of(*maps_file)
                                                              : options.data);
  Progress progress(context.log, "audit", std::ssize(dataset.cases()));
  const maps::AuditOptions how{
      .list = options.worst, .threads = context.threads, .done = [&](const std::string& id) {
        stop_if_interrupted();
        progress.advance(id);
      }};
  if (!computes) {
    const auto audit = maps::audit_maps_file(*maps_file, dataset, how);
    return print(audit, dataset, maps_file->specification(), options, context);
  }
  const maps::MapSpecification map(options.map.description(), "--map");
  const auto audit = maps::audit_named_map(dataset, map, how);
  return print(audit, dataset, map.resolved(), options, context);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const cli::SharedOptions shared{.results = true, .threads = true};
  return cli::run_tool(argc, argv, kInfo, shared, [&](CLI::App& app) {
    app.add_option("file", options.file, "A maps file, or with --map a dataset file");
    app.add_option("--data",
                   options.data,
                   "The data set of a maps file, for its labels (default: where it was)");
    app.add_option("--map",
                   options.map.map,
                   "Computes this map instead: a name (see compute-maps --list), or all of it as "
                   "a JSON object");
    cli::declare_map_settings(app, options.map);
    CLI::Option* z = cli::add_list(
        app, "--z", options.z, "One pixel: its values of a map, class 0 first: 12,4,-3");
    app.add_option("--class", options.true_class, "The true class of --z, from 0");
    CLI::Option* by = listings::declare_audit_level(app, options.level);
    app.add_option("--worst", options.worst, "Lists so many of the worst pixels instead")
        ->check(CLI::Range(1, 1000000))
        ->excludes(by)
        ->excludes(z);
    by->excludes(z);
    return [&](cli::Context& context) { return run(options, context); };
  });
}
