// Reads, checks and normalises a data set and writes it as one file with its plan and its split.
//   prepare-data msd --root Task04_Hippocampus -o hippocampus.h5
// Planning: Isensee et al., nnU-Net, Nature Methods 18, 2021.

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "planning/description.hpp"
#include "planning/prepare.hpp"

namespace {

using namespace regionwise;

struct Options {
  std::string data_set;
  std::string description;
  std::string root;
  std::string output;
  std::string plan;
  std::vector<std::string> label_map;
  bool trust_label_grid = false;
  bool skip_bad = false;
  std::int64_t patients = 0;
  std::uint64_t seed = 1;
  bool seed_given = false;
  bool print_plan = false;
  bool estimate = false;
};

planning::Description describe(const Options& options) {
  if (options.description.empty()) {
    if (options.data_set.empty()) {
      throw UsageError(
          "name a data set, or a description with --description (see prepare-data --help)");
    }
    return planning::find_description(options.data_set);
  }
  if (!options.data_set.empty()) {
    throw UsageError("give either the name of a data set or --description, not both");
  }
  return planning::parse_description(read_json(options.description), options.description);
}

/// --root, else what the description's environment variable says.
std::filesystem::path root_of(const Options& options, const planning::Description& description) {
  if (!options.root.empty() || description.environment.empty()) return options.root;
  const char* root = std::getenv(description.environment.c_str());
  return root != nullptr ? root : "";
}

planning::PrepareOptions job_of(const Options& options, const cli::Context& context) {
  planning::PrepareOptions job;
  job.description = describe(options);
  job.root = root_of(options, job.description);
  job.output = options.output;
  job.plan = options.plan;
  cli::refuse_input_as_output(job.output, {options.description, job.root});
  for (const std::string& mapping : options.label_map) {
    job.label_map.insert(planning::parse_label_mapping(mapping));
  }
  if (options.seed_given && job.description.layout != planning::Layout::phantom) {
    throw UsageError("--seed: only phantoms are drawn at random");
  }
  job.trust_label_grid = options.trust_label_grid;
  job.skip_bad = options.skip_bad;
  job.patients = options.patients;
  job.seed = options.seed;
  job.threads = context.threads;
  job.write = context.write_options();
  return job;
}

int print_estimate(const planning::DiskEstimate& estimate, bool as_json) {
  cli::ResultTable table({{"cases", "1"}, {"needed", "bytes"}, {"available", "bytes"}});
  table.comment("needed: an upper limit, from the headers; not compressed");
  table.row({estimate.cases,
             static_cast<std::int64_t>(estimate.bytes),
             static_cast<std::int64_t>(estimate.available_bytes)});
  table.print(as_json);
  return estimate.bytes <= estimate.available_bytes ? 0 : 1;
}

int run(const Options& options, cli::Context& context) {
  const planning::PrepareOptions job = job_of(options, context);
  if (options.estimate) {
    return print_estimate(planning::estimate_disk(job, context.log), context.json);
  }
  if (options.print_plan) {
    const Json plan = planning::to_json(planning::plan_data_set(job, context.log));
    cli::print_text(plan.dump(2) + "\n");
    return 0;
  }
  if (options.output.empty()) throw UsageError("-o is needed (see prepare-data --help)");
  storage::Provenance provenance = context.provenance();
  if (!options.description.empty()) provenance.inputs.emplace_back(options.description);
  const planning::PrepareSummary done = planning::prepare(job, provenance, context.log);
  context.log.info(fmt::format("{}: {} training and {} validation cases, {} left out; patch {}x{}",
                               options.output,
                               done.training_cases,
                               done.validation_cases,
                               done.skipped_cases,
                               done.plan.patch_size[0],
                               done.plan.patch_size[1]));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const cli::ToolInfo info{
      "prepare-data",
      "Make a dataset file: read, check and normalise the images, plan the network, split by "
      "patient",
      {"prepare-data phantom -o phantom.h5",
       "prepare-data msd --root Task04_Hippocampus -o hippocampus.h5",
       "prepare-data --description mine.json --root images --label-map 255=1 -o mine.h5"},
      "Isensee et al., nnU-Net, Nature Methods 18:203-211, 2021 (planning)"};
  Options options;
  return cli::run_tool(
      argc,
      argv,
      info,
      {.output_file = true, .results = true, .threads = true},
      [&](CLI::App& app) {
        app.add_option("dataset", options.data_set, "Name of a description in data_prep/");
        app.add_option("--description", options.description, "A description of one's own (JSON)");
        app.add_option("--root", options.root, "Folder of the images");
        app.add_option("-o,--output", options.output, "The dataset file to write");
        app.add_option("--label-map",
                       options.label_map,
                       "VALUE=CLASS: read this value of the label files as that class")
            ->allow_extra_args(false);
        app.add_flag(
            "--trust-label-grid",
            options.trust_label_grid,
            "Take a label of the image's shape for being on its grid, whatever its header says");
        app.add_flag(
            "--skip-bad", options.skip_bad, "Leave bad cases out and list them in the file");
        app.add_option("--patients",
                       options.patients,
                       "Only the first patients; for phantom how many to draw (20)")
            ->check(CLI::PositiveNumber);
        CLI::Option* seed = app.add_option("--seed", options.seed, "Seed of the phantoms (1)");
        app.add_option(
            "--plan",
            options.plan,
            "Fields of the plan to replace (JSON), or an nnU-Net v2 plans.json (its 2d)");
        app.add_flag("--print-plan",
                     options.print_plan,
                     "Print the plan as JSON and write nothing: edit it for --plan");
        app.add_flag("--estimate",
                     options.estimate,
                     "Print the bytes needed and available, and write nothing; exit 1 if too few");
        return [&options, seed](cli::Context& context) {
          options.seed_given = seed->count() > 0;
          return run(options, context);
        };
      });
}
