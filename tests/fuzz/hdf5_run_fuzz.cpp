// Run files with edits.

#include "fuzz/schema.hpp"
#include "reporting/history.hpp"
#include "reporting/result_check.hpp"
#include "reporting/run_failure.hpp"
#include "reporting/sign_counts.hpp"
#include "storage/records.hpp"

namespace {

using namespace regionwise;

storage::RunRecord make_example() {
  auto run = storage::testing::make_run();
  run.outcome = storage::RunOutcome{};
  run.validation.column("epoch", "1").values = {1, 2};
  run.replaced_seeds = {3, 4};
  storage::SignRecord signs;
  signs.asked = {1, 2};
  signs.map = Json{{"name", "cao"}};
  signs.epochs = {1, 2};
  signs.pixels = {5, 1, 4, 2};
  storage::SignRecord::Slice slice;
  slice.case_id = "a";
  slice.height = 1;
  slice.width = 2;
  slice.labels = {0, 1};
  slice.negatives = {0, 1, 1, 0};
  signs.slices = {slice};
  run.signs = signs;
  return run;
}

void read_all(const std::filesystem::path& path) {
  const auto run = storage::read_run(path);
  for (const auto& array : run.weights) {
    std::int64_t count = array.element_type == "float32" ? 4 : 8;
    for (const auto extent : array.extents) count *= extent;
    testing::must(std::ssize(array.bytes) == count, "an array of another size");
  }
  for (const auto* table : {&run.training, &run.validation}) {
    for (const auto& column : table->columns) {
      const auto width = std::max<std::size_t>(1, column.labels.size());
      testing::must(column.values.size() == static_cast<std::size_t>(table->rows()) * width,
                    "columns of different lengths");
    }
  }
  // As tables, curves and gradients do.
  reporting::outcome_of(run);
  const auto* epochs = run.validation.find("epoch");
  if (epochs != nullptr && !epochs->values.empty() && run.validation.find("dice") != nullptr) {
    reporting::validation_curves(reporting::read_runs({&path, 1}), {});
  }
  if (run.signs && !run.signs->epochs.empty()) reporting::read_sign_counts({&path, 1});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::Scratch scratch;
  static const testing::EditableFile example = [] {
    const auto provenance = storage::testing::make_provenance();
    storage::write_run(scratch / "example.h5", make_example(), provenance, {});
    return testing::EditableFile(scratch / "example.h5");
  }();
  const auto path = scratch / "x.h5";
  testing::read_edited(
      example, path, {data, size}, [&] { read_all(path); }, reporting::check_results);
  return 0;
}
