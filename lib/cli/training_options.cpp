#include "cli/training_options.hpp"

#include "cli/numbers.hpp"

namespace regionwise::cli {

void add_loader_options(CLI::App& app, std::optional<int>& threads, double& patience_minutes) {
  app.add_option("--loader-threads",
                 threads,
                 "Threads that make batches ahead; 0: none. They never change the result. By "
                 "default 1; for a GPU as many as --threads, but 2 to 12")
      ->check(CLI::Range(0, 1024));
  app.add_option("--patience",
                 patience_minutes,
                 "Minutes without anything from these threads (a file system hangs) after which "
                 "the training ends resumably, naming the cases they read; each fifth of it "
                 "brings a warning")
      ->check(within(1e-3, 1e6, "POSITIVE"))
      ->capture_default_str();
}

void add_checkpoint_options(CLI::App& app,
                            double& minutes,
                            std::int64_t& epochs,
                            std::int64_t& max_iterations) {
  app.add_option("--checkpoint-minutes", minutes, "Time between checkpoints, minutes")
      ->check(within(0, 1e6, "NONNEGATIVE"))
      ->capture_default_str();
  app.add_option("--checkpoint-epochs", epochs, "Epochs between checkpoints")
      ->check(within(1, 1e6, "POSITIVE"))
      ->capture_default_str();
  app.add_option("--max-iterations",
                 max_iterations,
                 "Stop resumably (exit 75) after so many iterations, for short time slots")
      ->check(within(1, 1e18, "POSITIVE"));
}

}  // namespace regionwise::cli
