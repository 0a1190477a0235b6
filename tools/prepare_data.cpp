// Reads, checks and normalises a data set and writes it as one file with its plan and its split.
//   prepare-data msd --root Task04_Hippocampus -o hippocampus.h5

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/numbers.hpp"
#include "cli/outputs.hpp"
#include "cli/results.hpp"
#include "cli/seed.hpp"
#include "cli/tool.hpp"
#include "preprocessing/prepare.hpp"
#include "sources/description.hpp"

namespace {

using namespace regionwise;

struct Options {
  std::string data_set;
  std::string description;
  std::vector<std::string> label_map;
  std::string preset = "paper";
  bool print_plan = false;
  bool estimate = false;
  preprocessing::PrepareOptions job;
};

/// Fills in what the options say by name.
void complete(Options& options, bool seed_given, const cli::Context& context) {
  preprocessing::PrepareOptions& job = options.job;
  sources::SourceOptions& source = job.source;
  source.description = sources::choose_description(options.data_set, options.description);
  if (source.root.empty() && !source.description.environment.empty()) {
    const char* root = std::getenv(source.description.environment.c_str());
    source.root = root != nullptr ? root : "";
  }
  for (const std::string& mapping : options.label_map) {
    source.label_map.insert(sources::parse_label_mapping(mapping));
  }
  if (seed_given && source.description.layout != sources::Layout::phantom) {
    throw UsageError("--seed: only phantoms are drawn at random");
  }
  source.preset = sources::parse_conversion_preset(options.preset);
  source.threads = context.threads;
  job.write = context.write_options();
}

int print_estimate(const preprocessing::DiskEstimate& estimate, bool as_json) {
  cli::ResultTable table({{"cases", "1"}, {"needed", "bytes"}, {"available", "bytes"}});
  table.comment(
      "needed: at most, from the headers: not cropped, labels also on the source's grid, HDF5's "
      "tables; not compressed");
  table.row({estimate.cases,
             static_cast<std::int64_t>(estimate.bytes),
             static_cast<std::int64_t>(estimate.available_bytes)});
  table.print(as_json);
  return estimate.bytes <= estimate.available_bytes ? 0 : 1;
}

int run(const Options& options, cli::Context& context) {
  const preprocessing::PrepareOptions& job = options.job;
  if (options.estimate) {
    return print_estimate(preprocessing::estimate_disk(job, context.log), context.json);
  }
  if (options.print_plan) {
    cli::print_text(to_json(preprocessing::plan_data_set(job, context.log)).dump(2) + "\n");
    return 0;
  }
  if (job.output.empty()) throw UsageError("-o is needed (see prepare-data --help)");
  cli::Outputs outputs(context.force);
  outputs.reads({options.description, job.source.root, job.plan, job.source.splits})
      .writes(job.output)
      .claim();
  storage::Provenance provenance = context.provenance();
  if (!options.description.empty()) {
    provenance.hashed_inputs.push_back({options.description, job.source.description.file_hash});
  }
  const preprocessing::PrepareSummary done = preprocessing::prepare(job, provenance, context.log);
  context.log.info(job.output.string() + ": " + preprocessing::describe(done));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const cli::ToolInfo info{
      "prepare-data",
      "Make a dataset file: read, check and normalise images, plan the network, split by patient",
      {"prepare-data phantom -o phantom.h5",
       "prepare-data msd --root Task04_Hippocampus -o hippocampus.h5",
       "prepare-data --description mine.json --root images --label-map 255=1 -o mine.h5"},
      "Isensee et al., nnU-Net, Nature Methods 18:203-211, 2021 (planning)"};
  Options options;
  const cli::SharedOptions shared{.output_file = true, .results = true, .threads = true};
  return cli::run_tool(argc, argv, info, shared, [&](CLI::App& app) {
    preprocessing::PrepareOptions& job = options.job;
    sources::SourceOptions& source = job.source;
    app.add_option("dataset", options.data_set, "Name of a description in data_prep/");
    app.add_option("--description", options.description, "A description of one's own (JSON)");
    app.add_option("--root", source.root, "Folder of the images");
    app.add_option("-o,--output", job.output, "The dataset file to write");
    app.add_option("--label-map",
                   options.label_map,
                   "VALUE=CLASS: read this value of the label files as that class")
        ->allow_extra_args(false);
    app.add_flag(
        "--trust-label-grid",
        source.trust_label_grid,
        "Take a label of the image's shape for being on its grid, whatever its header says");
    app.add_flag("--skip-bad", job.skip_bad, "Leave bad cases out and list them in the file");
    app.add_flag("--skip-errata",
                 source.skip_errata,
                 "Leave out, and list, the cases that the description knows to be wrong");
    app.add_option("--splits",
                   source.splits,
                   "Who trains and who validates: {\"train\": [ids], \"validation\": [ids]}, or "
                   "nnU-Net's splits_final.json with --fold");
    app.add_option("--fold", source.fold, "Which of several splits, from 0");
    app.add_option("--preset",
                   options.preset,
                   "Whose conversion of slices (kits19): paper, or authors as the published script")
        ->capture_default_str();
    app.add_option("--plan",
                   job.plan,
                   "Fields of the plan to replace (JSON), or an nnU-Net v2 plans.json (its 2d)");
    app.add_option("--patients",
                   source.patients,
                   "Only the first patients; for phantom how many to draw (20)")
        ->check(cli::within(1, 1e6, "POSITIVE"));
    CLI::Option* seed = cli::add_seed(app, source.seed, "Seed of the phantoms (1)");
    CLI::Option* print =
        app.add_flag("--print-plan",
                     options.print_plan,
                     "Print the plan as JSON and write nothing: edit it for --plan");
    app.add_flag("--estimate",
                 options.estimate,
                 "Print the bytes that suffice without --compress, and those available, and write "
                 "nothing; exit 1 if there are fewer (cropped images may fit all the same)")
        ->excludes(print);
    return [&options, seed](cli::Context& context) {
      complete(options, seed->count() > 0, context);
      return run(options, context);
    };
  });
}
