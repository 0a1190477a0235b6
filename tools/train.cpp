// Trains one model with a region-wise or other loss; resumes an unfinished training by itself.
//
//   train --data hearts.h5 --config rectified.json --seed 1 -o run.h5

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/lists.hpp"
#include "cli/outputs.hpp"
#include "cli/results.hpp"
#include "cli/seed.hpp"
#include "cli/tool.hpp"
#include "cli/training_options.hpp"
#include "inference/sign_recorder.hpp"
#include "inference/validation.hpp"
#include "losses/loss.hpp"
#include "network/device.hpp"
#include "reporting/live_history.hpp"
#include "training/loader.hpp"
#include "training/run_output.hpp"
#include "training/trainer.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "train",
    "Trains one model on a dataset file and writes a run file.",
    {"train --data hearts.h5 --config rectified.json --seed 1 -o run.h5",
     "train --data hearts.h5 --config paper.json --config dice.json --set epochs=50 -o run.h5",
     "train --list-losses"},
    ""};

struct Options {
  std::filesystem::path data;
  std::vector<std::filesystem::path> configs;
  std::vector<std::string> settings;
  std::string device = "auto";
  std::optional<int> loader_threads;
  bool no_graphs = false;
  bool list_losses = false;
  bool update = false;
  bool expect_convergence = false;
  training::TrainingJob job;
};

/// Says once that it failed: a warning; with --expect-convergence the program's no.
void report(const training::TrainingResult& result, const Options& options, Log& log) {
  const std::string message =
      options.job.output.string() + ": failed to converge (" + training::describe(result) + ")";
  if (options.expect_convergence) throw Error(ExitCode::check_failed, message);
  log.warn(message + "; the file is marked so");
}

int run(Options& options, cli::Context& context) {
  if (options.list_losses) {
    cli::print_text(losses::describe_losses());
    return 0;
  }
  training::TrainingJob& job = options.job;
  if (options.update && context.force) throw UsageError("--update excludes --force");
  if (options.update) context.force = job.keep_finished = true;
  if (job.data.empty() || job.output.empty() || options.configs.empty()) {
    throw UsageError("--data, --config and -o are needed (see train --help)");
  }
  job.config = training::read_config(options.configs, options.settings);
  job.device = network::choose_device(options.device, context.log);
  job.record_steps = !options.no_graphs;
  job.make_sign_recorder = inference::make_sign_recorder;
  job.loader_threads = options.loader_threads.value_or(
      training::default_loader_threads(job.device, context.threads));
  if (options.no_graphs && job.device.is_cpu()) {
    context.log.info("--no-graphs: steps on a CPU are never recorded");
  }
  network::use_processor(context.threads, job.loader_threads);
  cli::Outputs outputs(context.force);
  outputs.reads(options.configs).reads({job.data, job.maps}).reads(job.replaces);
  outputs.continues(job.output);
  outputs.continues(reporting::live_history_path(job.output));
  for (const auto& checkpoint : training::checkpoints_of(job.output)) outputs.continues(checkpoint);
  outputs.claim();
  storage::Provenance provenance = context.provenance();
  for (const auto& config : options.configs) {
    if (config != "-") provenance.inputs.push_back(config);
  }
  const training::TrainingResult result = training::train(
      job, inference::make_validator, provenance, context.write_options(), context.log);
  if (result.outcome.failed()) report(result, options, context.log);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(
      argc, argv, kInfo, {.output_file = true, .threads = true}, [&](CLI::App& app) {
        training::TrainingJob& job = options.job;
        app.add_option("--data", job.data, "Dataset file");
        app.add_option("--config",
                       options.configs,
                       "Training configuration (JSON); several are merged in order, the later wins")
            ->expected(1)
            ->take_all();
        app.add_option("--set",
                       options.settings,
                       "Replace one setting: KEY=VALUE, such as optimizer.learning-rate=1e-3")
            ->expected(1)
            ->take_all();
        cli::add_seed(app, job.seed, "Seed of every random number")->capture_default_str();
        app.add_option("-o,--output", job.output, "Run file to write");
        app.add_option(
            "--maps", job.maps, "Precomputed maps, for losses whose map is {\"name\": \"file\"}");
        app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
            ->capture_default_str();
        app.add_flag(
            "--no-graphs",
            options.no_graphs,
            "On a GPU, start each step's kernels one by one instead of replaying them as a "
            "CUDA graph; on a CPU there are none");
        cli::add_checkpoint_options(
            app, job.checkpoint_minutes, job.checkpoint_epochs, job.max_iterations);
        cli::add_loader_options(app, options.loader_threads, job.patience_minutes);
        app.add_flag("--expect-convergence",
                     options.expect_convergence,
                     "Exit with 1 where the training failed to converge, also when it did so "
                     "before (see docs/failed-runs.md)");
        app.add_flag("--update",
                     options.update,
                     "As --force, but leave an output that this very training finished before: for "
                     "scripts that train what is not there yet");
        app.add_flag("--stop-failed",
                     job.stop_failed,
                     "End early where a class was lost for failure.stop-after validations");
        app.add_option("--replaces",
                       job.replaces,
                       "Failed runs in whose place this one stands, alike but for the seed");
        cli::add_list(app,
                      "--record-signs",
                      job.sign_epochs,
                      "After these epochs (such as 1,10,50) count the negative entries of the "
                      "region-wise gradient on validation slices");
        app.add_flag("--list-losses", options.list_losses, "Print every loss with its options");
        return [&](cli::Context& context) { return run(options, context); };
      });
}
