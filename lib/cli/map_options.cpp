#include "cli/map_options.hpp"

#include "cli/lists.hpp"

namespace regionwise::cli {

void declare_map_settings(CLI::App& app, maps::MapOptions& options) {
  app.add_option("--map-option", options.map_options, "KEY=VALUE: an option of the map")
      ->allow_extra_args(false);
  add_list(app,
           "--class-weights",
           options.class_weights,
           "Factors of the classes, background first: 1,2,2");
  app.add_option("--unit", options.unit, "Unit of distances: pixel (the default) or mm");
  app.add_option(
      "--dimensions", options.dimensions, "2: each slice on its own (the default); 3: volumes");
  app.add_option(
      "--empty-class", options.empty_class, "A class absent from an image: standard or reference");
  app.add_option(
      "--full-class", options.full_class, "A class that fills it: standard or reference");
  app.add_flag("--reference-quirks", options.reference_quirks, "Both as the published code does");
}

}  // namespace regionwise::cli
