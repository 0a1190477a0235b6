#include "reporting/result_check.hpp"

#include "metrics/metric.hpp"
#include "reporting/history.hpp"
#include "reporting/live_history.hpp"
#include "reporting/run_failure.hpp"
#include "reporting/runs.hpp"
#include "reporting/sign_counts.hpp"

namespace regionwise::reporting {
namespace {

void read_as_run(const std::filesystem::path& path) {
  const RunSource run{path.string(), storage::read_run(path, /*with_state=*/false)};
  static_cast<void>(outcome_of(run.record));
  const auto& validation = run.record.validation;
  const auto* epochs = validation.find("epoch");
  if (epochs != nullptr && !epochs->values.empty()) {
    for (const auto& column : validation.columns) {
      if (metrics::is_metric(column.name)) validation_history(run, column.name);
    }
  }
  if (run.record.signs && !run.record.signs->epochs.empty()) read_sign_counts({&path, 1});
}

void read_as_metrics(const std::filesystem::path& path) {
  const MetricsSource source{path.string(), storage::read_metrics(path)};
  check_comparable({&source, 1});
  average_runs({&source, 1});
  static_cast<void>(outcome_of(source.record));
}

}  // namespace

storage::FileCheck check_live_history(const std::filesystem::path& path) {
  storage::FileCheck check;
  check.format = "regionwise/history";
  storage::add_check(check, path, [&] { read_live_history(path); });
  return check;
}

void check_results(const std::filesystem::path& path, storage::FileCheck& check) {
  storage::add_check(check, path, [&] {
    if (check.format == "regionwise/run") read_as_run(path);
    if (check.format == "regionwise/metrics") read_as_metrics(path);
  });
}

}  // namespace regionwise::reporting
