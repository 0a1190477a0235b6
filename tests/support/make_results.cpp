// Writes a small file of made-up results for the tests of programs that read them.
//
//   make_results metrics FILE RUN SEED DICE
//       8 patients of 2 cases, classes LV and RV, Dice near DICE
//   make_results distances FILE RUN SEED DICE
//       the same without the Dice; below 0.5 it diverged
//   make_results run FILE RUN SEED DICE
//       10 validations that rise to DICE

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "storage/metrics_file.hpp"
#include "storage/run_file.hpp"

using namespace regionwise;

namespace {

void write_metrics(const std::string& file,
                   const std::string& run,
                   std::uint64_t seed,
                   double dice,
                   bool with_dice = true) {
  RandomStream random(seed, {.purpose = Purpose::test});
  storage::MetricsRecord record;
  record.class_names = {"LV", "RV"};
  record.class_shares = {0.0127, 0.0121};
  record.run_name = run;
  record.seed = seed;
  record.dataset_name = "phantom";
  record.split = "validation";
  record.split_hash = "0123456789abcdef";
  record.configuration = Json::object();
  record.metrics = {{"dice", "1", true, {}}, {"hausdorff", "mm", false, {}}};
  for (int i = 0; i < 16; ++i) {
    record.case_ids.push_back("case" + std::to_string(i));
    record.groups.push_back("patient" + std::to_string(i / 2));
    record.spacing_mm.push_back({10, 1.5, 1.5});
    for (int k = 0; k < 2; ++k) {
      // The last case's RV is found by even seeds only.
      const bool missed = i == 15 && k == 1 && seed % 2 == 1;
      const double value = std::clamp(dice + 0.02 * random.normal(), 0.0, 1.0);
      record.metrics[0].values.push_back(missed ? 0 : value);
      record.metrics[1].values.push_back(missed ? std::numeric_limits<double>::quiet_NaN()
                                                : 100 * (1 - value));
      record.reference_voxels.push_back(1000);
      record.predicted_voxels.push_back(missed ? 0 : 1000);
    }
  }
  if (!with_dice) {
    record.metrics.erase(record.metrics.begin());
    if (dice < 0.5) record.outcome = storage::RunOutcome{"diverged", {}, 1, true};
  }
  storage::write_metrics(file, record, {}, {.overwrite = true});
}

void write_run(const std::string& file, const std::string& run, std::uint64_t seed, double dice) {
  RandomStream random(seed, {.purpose = Purpose::test});
  storage::RunRecord record;
  record.name = run;
  record.seed = seed;
  record.dataset_name = "phantom";
  record.split_hash = "0123456789abcdef";
  record.class_names = {"background", "LV", "RV"};
  record.channels = {"MRI"};
  record.plan = {{"patch_size", {32, 32}},
                 {"batch_size", 2},
                 {"strides", {{2, 2}}},
                 {"kernels", {{3, 3}, {3, 3}}},
                 {"base_features", 4},
                 {"max_features", 8}};
  record.configuration = {{"name", run},
                          {"loss", {{"name", "dice"}}},
                          {"epochs", 10},
                          {"iterations-per-epoch", 1},
                          {"plan", record.plan}};
  record.finished = true;
  record.epoch = 10;
  for (int epoch = 1; epoch <= 10; ++epoch) {
    record.validation.column("epoch", "1").values.push_back(epoch);
    for (int k = 0; k < 2; ++k) {
      const double value =
          std::clamp(dice * epoch / (epoch + 1.0) * 1.1 + 0.01 * random.normal(), 0.0, 1.0);
      record.validation.column("dice", "1", {"LV", "RV"}).values.push_back(value);
      // The second class is missed in ten cases, all there are, as long as the Dice is below 0.6.
      const bool missed = k == 1 && value < 0.6;
      record.validation.column("hausdorff", "mm", {"LV", "RV"})
          .values.push_back(missed ? std::nan("") : 100 * (1 - value));
      record.validation.column("misses", "1", {"LV", "RV"}).values.push_back(missed ? 10 : 0);
    }
  }
  record.weights = {{"bias", "float32", {1}, std::vector<std::byte>(sizeof(float))}};
  storage::write_run(file, record, {}, {.overwrite = true});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc == 6 ? argv[1] : "";
  if (kind != "metrics" && kind != "distances" && kind != "run") {
    std::fputs("usage: make_results metrics|distances|run FILE RUN SEED DICE\n", stderr);
    return 2;
  }
  const std::uint64_t seed = std::stoull(argv[4]);
  const double dice = std::stod(argv[5]);
  if (kind == "run") {
    write_run(argv[2], argv[3], seed, dice);
  } else {
    write_metrics(argv[2], argv[3], seed, dice, kind == "metrics");
  }
  return 0;
}
