// Scores a trained run on a dataset, or two folders of label maps made by any program.
//   evaluate run.h5 --data hearts.h5 -o metrics.h5

#include <filesystem>
#include <string>
#include <vector>

#include "cli/lists.hpp"
#include "cli/outputs.hpp"
#include "cli/tool.hpp"
#include "core/interrupt.hpp"
#include "inference/evaluate.hpp"
#include "listings/score_listing.hpp"
#include "metrics/pairs.hpp"
#include "network/device.hpp"
#include "reporting/nnunet_summary.hpp"
#include "storage/lineage.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "evaluate",
    "Scores segmentations: Dice, Hausdorff distance, HD95 and ASSD per case and class.",
    {"evaluate run.h5 --data hearts.h5 -o metrics.h5 --export segmentations",
     "evaluate --pairs predictions references --classes RV,M,LV -o metrics.h5",
     "evaluate --summary metrics.h5"},
    ""};

constexpr cli::SharedOptions kShared{.output_file = true, .results = true, .threads = true};

struct Options {
  std::filesystem::path run;
  std::filesystem::path data;
  std::filesystem::path output;
  std::filesystem::path summary;
  std::vector<std::filesystem::path> pairs;
  metrics::FolderOptions folders;
  std::string empty_rule = "nan-drop";
  std::string device = "auto";
  bool no_mirroring = false;
  inference::EvaluateOptions evaluate;
};

storage::MetricsRecord score_pairs(Options& options,
                                   cli::Context& context,
                                   storage::Provenance& provenance) {
  metrics::FolderOptions& folders = options.folders;
  folders.rule = options.evaluate.empty_rule;
  folders.threads = context.threads;
  folders.between_cases = stop_if_interrupted;
  for (const auto& folder : options.pairs)
    provenance.hashed_inputs.push_back({folder, metrics::hash_of_folder(folder)});
  auto record = metrics::score_folders(options.pairs[0], options.pairs[1], folders, context.log);
  provenance.configuration = {{"empty-rule", record.empty_rule}, {"patient", folders.patient}};
  return record;
}

/// The same that was printed when the file was written.
int print_summary(const std::filesystem::path& file, const cli::Context& context) {
  const storage::MetricsRecord record = storage::read_metrics(file);
  listings::score_listing(record, storage::read_lineage(file).command).print(context.json);
  return 0;
}

int run(Options& options, cli::Context& context) {
  const bool pairs = !options.pairs.empty();
  if (!pairs && (options.run.empty() || options.data.empty())) {
    throw UsageError("a run file and --data, or --pairs, are needed (see evaluate --help)");
  }
  options.evaluate.empty_rule = metrics::parse_empty_rule(options.empty_rule);
  options.evaluate.mirroring = !options.no_mirroring;
  if (!pairs) options.evaluate.device = network::choose_device(options.device, context.log);
  cli::Outputs outputs(context.force);
  outputs.reads(options.pairs).reads({options.run, options.data});
  const auto summary = reporting::summary_path(options.output);
  const bool left = reporting::summary_was_left(options.output);
  outputs.writes(options.output);
  left ? outputs.continues(summary) : outputs.writes(summary);
  network::use_processor(context.threads);
  const auto exports = inference::exports_of(options.run, options.data, options.evaluate);
  outputs.writes_into(options.evaluate.export_folder, exports.names, exports.finished).claim();
  storage::Provenance provenance = context.provenance();
  const storage::MetricsRecord record =
      pairs ? score_pairs(options, context, provenance)
            : inference::evaluate_run(
                  options.run, options.data, options.evaluate, exports, provenance, context.log);
  // Where the metrics file is, all is: it comes last.
  reporting::write_nnunet_summary(options.output, record, context.force || left);
  storage::write_metrics(options.output, record, provenance, context.write_options());
  reporting::settle_nnunet_summary(options.output);
  listings::score_listing(record, context.command).print(context.json);
  exports.notes.forget(exports.names);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, kShared, [&](CLI::App& app) {
    app.add_option("run", options.run, "Run file");
    app.add_option("--data", options.data, "Dataset file");
    CLI::Option* pairs = app.add_option(
        "--pairs", options.pairs, "Folders of predicted and of reference label maps");
    pairs->expected(2);
    cli::add_list(
        app, "--classes", options.folders.class_names, "Names of the labels 1, 2, … for --pairs")
        ->needs(pairs);
    app.add_option("--patient",
                   options.folders.patient,
                   "Regular expression whose first group is the patient in the name of an image "
                   "of --pairs, such as '(patient[0-9]+)_.*'; else each image is a patient")
        ->allow_extra_args(false)
        ->needs(pairs);
    CLI::Option* output =
        app.add_option("-o,--output", options.output, "Metrics file to write, with X.summary.json");
    app.add_option("--split", options.evaluate.split, "Cases to score: validation, train or all")
        ->check(CLI::IsMember({"validation", "train", "all"}))
        ->capture_default_str();
    app.add_option("--empty",
                   options.empty_rule,
                   "Rule for empty masks: nan-drop, diagonal, infinite or zero-if-both; by "
                   "nan-drop masks that fill the volume have no distance either")
        ->capture_default_str();
    app.add_flag("--no-mirroring", options.no_mirroring, "Do not average over mirrored inputs");
    app.add_option("--export",
                   options.evaluate.export_folder,
                   "Folder for the segmentations as NIfTI; interrupted, the same command goes on");
    app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
    CLI::Option* summary = app.add_option(
        "--summary", options.summary, "Print again what was printed of this metrics file");
    for (const char* name :
         {"run", "--data", "--split", "--no-mirroring", "--export", "--device"}) {
      pairs->excludes(app.get_option(name));
      summary->excludes(app.get_option(name));
    }
    for (const char* name : {"--pairs", "--output", "--empty"}) {
      summary->excludes(app.get_option(name));
    }
    return [&options, output, summary](cli::Context& context) {
      if (summary->count() > 0) return print_summary(options.summary, context);
      if (output->count() == 0) throw UsageError("--output is required (see evaluate --help)");
      return run(options, context);
    };
  });
}
