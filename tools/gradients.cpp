// Gradient fields over the softmax simplex: what the losses do to every possible prediction of a
// pixel (Figures 2 and 4); or the signs that trainings recorded (Figure 3).
//   gradients --z 12,4,-3 >figure2.tsv
// Valverde and Tohka, Region-wise Loss for Biomedical Image Segmentation, 2023, Eq. 2, Sec. 3.4.

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cli/lists.hpp"
#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/error.hpp"
#include "core/text_file.hpp"
#include "listings/gradient_listing.hpp"
#include "listings/sign_listing.hpp"
#include "maps/gradient.hpp"
#include "maps/sign_audit.hpp"
#include "reporting/sign_counts.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "gradients",
    "Prints the gradient of a loss by the logits of one pixel for many softmax vectors: a "
    "triangular grid over the simplex of three classes, or the vectors of a table. Columns y1, g1 "
    "… are those of class 0 and on. Of run files: what train --record-signs counted.",
    {"gradients --z 12,4,-3",
     "gradients model-1.run.h5 model-2.run.h5 --slices 2",
     "gradients --cross-entropy --class 0 --points 101",
     "gradients --z 3,1,4,-2 --softmax predictions.tsv"},
    ""};

struct Options {
  std::vector<std::filesystem::path> runs;
  std::int64_t slices = 4;
  std::vector<double> z;
  bool cross_entropy = false;
  std::optional<int> true_class;
  int points = 61;
  std::string softmax;
};

int class_count(const Options& options) {
  if (options.z.empty() != options.cross_entropy) {
    throw UsageError("give the pixel's values of the map (--z 12,4,-3) or --cross-entropy");
  }
  if (!options.cross_entropy) {
    if (options.true_class) {
      throw UsageError("--class is for --cross-entropy: Eq. 2 knows the true class by --z only");
    }
    maps::check_map_vector(options.z, 0, "--z");
    return static_cast<int>(options.z.size());
  }
  if (!options.true_class) throw UsageError("--cross-entropy needs the true class (--class 0)");
  return 3;
}

/// The vectors to print, [n, classes]; without --z a table says how many classes there are.
std::vector<double> softmax_vectors(const Options& options, int classes) {
  if (options.softmax.empty()) {
    if (classes == 3) return maps::triangular_grid(options.points);
    throw UsageError(fmt::format(
        "the grid is of three classes, --z has {}: give the softmax vectors with --softmax",
        classes));
  }
  std::istringstream file = open_text_file(options.softmax);
  return maps::read_softmax(
      file, options.softmax == "-" ? "standard input" : options.softmax, classes);
}

int run(const Options& options, const cli::Context& context) {
  if (!options.runs.empty()) {
    const auto counts = reporting::read_sign_counts(options.runs);
    listings::sign_listing(counts, options.slices, context.command).print(context.json);
    return 0;
  }
  const int classes = class_count(options);
  const int true_class = options.true_class.value_or(0);
  if (true_class < 0 || true_class >= classes) {
    throw UsageError(fmt::format("--class {}: is none of 0 to {}", true_class, classes - 1));
  }
  const std::vector<double> vectors = softmax_vectors(options, classes);
  const listings::PixelLoss loss{options.z, true_class};
  listings::gradient_listing(loss, classes, vectors, context.command).print(context.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, {.results = true}, [&](CLI::App& app) {
    CLI::Option* runs =
        app.add_option("runs", options.runs, "Run files of trainings that recorded signs");
    app.add_option("--slices", options.slices, "Most slices of them to print, 0 to 4")
        ->check(CLI::Range(0, 4))
        ->capture_default_str()
        ->needs(runs);
    cli::add_list(app, "--z", options.z, "The pixel's values of a map, class 0 first: 12,4,-3")
        ->excludes(runs);
    app.add_flag("--cross-entropy", options.cross_entropy, "Cross entropy instead, of 3 classes")
        ->excludes(runs);
    app.add_option("--class", options.true_class, "The true class, from 0, for --cross-entropy")
        ->excludes(runs);
    CLI::Option* points =
        app.add_option("--points", options.points, "Points along each edge of the grid, 2 to 2001")
            ->capture_default_str()
            ->excludes(runs);
    app.add_option("--softmax",
                   options.softmax,
                   "Softmax vectors to use instead of the grid: a table, one a line; - is stdin")
        ->excludes(points)
        ->excludes(runs);
    return [&](cli::Context& context) { return run(options, context); };
  });
}
