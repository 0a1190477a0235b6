// Metrics files with edits. The example names a run file as its input, so that it has a history.

#include "fuzz/schema.hpp"
#include "reporting/result_check.hpp"
#include "reporting/run_failure.hpp"
#include "reporting/runs.hpp"
#include "storage/records.hpp"

namespace {

using namespace regionwise;

void write_example(const testing::Scratch& scratch) {
  auto provenance = storage::testing::make_provenance();
  storage::write_run(scratch / "run.h5", storage::testing::make_run(), provenance, {});
  provenance.inputs = {scratch / "run.h5"};
  auto record = storage::testing::make_metrics();
  record.outcome = storage::RunOutcome{};
  record.replaced_seeds = {3};
  storage::write_metrics(scratch / "example.h5", record, provenance, {});
}

void read_all(const std::filesystem::path& path) {
  const auto record = storage::read_metrics(path);
  const auto values = record.case_ids.size() * record.class_names.size();
  for (const auto& metric : record.metrics) {
    testing::must(metric.values.size() == values, "a metric of another size");
  }
  for (std::size_t k = 0; k < record.class_names.size(); ++k) record.misses(k);
  // As tables and tests do.
  const auto sources = reporting::read_sources({&path, 1});
  reporting::check_comparable(sources);
  reporting::average_runs(sources);
  reporting::outcome_of(record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::Scratch scratch;
  static const testing::EditableFile example = [] {
    write_example(scratch);
    return testing::EditableFile(scratch / "example.h5");
  }();
  const auto path = scratch / "x.h5";
  testing::read_edited(
      example, path, {data, size}, [&] { read_all(path); }, reporting::check_results);
  return 0;
}
