#include "cli/training_options.hpp"

#include <fmt/format.h>

namespace regionwise::cli {

CLI::Validator within(double least, double most, const std::string& name) {
  return {[least, most](std::string& text) {
            double value = 0;
            const bool number = CLI::detail::lexical_cast(text, value);
            return number && value >= least && value <= most
                       ? std::string()
                       : fmt::format("{} is not in {} to {}", text, least, most);
          },
          name};
}

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
      ->check(CLI::PositiveNumber);
}

}  // namespace regionwise::cli
