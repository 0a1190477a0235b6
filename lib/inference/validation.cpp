#include "inference/validation.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "inference/evaluate.hpp"
#include "statistics/distribution.hpp"

namespace regionwise::inference {
namespace {

/// Means over cases of one metric, per class.
std::vector<double> class_means(const storage::MetricsRecord& record, const std::string& name) {
  const std::size_t classes = record.class_names.size();
  const auto& values = record.metric(name).values;
  std::vector<double> means;
  for (std::size_t k = 0; k < classes; ++k) {
    std::vector<double> of_class;
    for (std::size_t i = k; i < values.size(); i += classes) of_class.push_back(values[i]);
    means.push_back(statistics::summarise(of_class).mean);
  }
  return means;
}

/// Cases that have each class.
std::vector<double> cases_with(const storage::MetricsRecord& record) {
  std::vector<double> cases(record.class_names.size(), 0);
  for (std::size_t i = 0; i < record.reference_voxels.size(); ++i) {
    cases[i % cases.size()] += record.reference_voxels[i] > 0 ? 1 : 0;
  }
  return cases;
}

}  // namespace

std::vector<std::size_t> validation_cases(const storage::DatasetReader& dataset,
                                          const training::TrainingConfig& config) {
  std::vector<std::size_t> cases = dataset.cases_of("validation");
  if (cases.empty()) {
    throw DataError(dataset.path().string() +
                    ": no case belongs to the split \"validation\": prepare it from two or more "
                    "patients, or name who validates with prepare-data --splits");
  }
  if (config.validation_cases > 0) {
    cases.resize(std::min(cases.size(), static_cast<std::size_t>(config.validation_cases)));
  }
  return cases;
}

WindowOptions validation_window(const planning::Plan& plan,
                                const training::TrainingConfig& config) {
  WindowOptions options;
  options.refuse_not_finite = false;  // of a training that diverged, too, the rest is to be known
  options.patch = plan.patch_size;
  options.mirroring = config.validation_mirroring;
  options.bfloat16 = config.precision == training::Precision::bfloat16;
  return options;
}

training::Validate make_validator(const storage::DatasetReader& dataset,
                                  const planning::Plan& plan,
                                  const training::TrainingConfig& config) {
  const std::vector<std::size_t> cases = validation_cases(dataset, config);
  const WindowOptions options = validation_window(plan, config);
  std::vector<std::string> metric_names{"dice"};
  if (config.validation_hausdorff) metric_names.emplace_back("hausdorff");

  return [&dataset, cases, options, metric_names](network::UNet& net) {
    const std::vector<std::string> foreground(dataset.info().class_names.begin() + 1,
                                              dataset.info().class_names.end());
    storage::MetricsRecord record =
        metrics::make_record(foreground, metrics::EmptyRule::nan_drop, metric_names);
    const auto predict = [&](std::size_t index) {
      return segment_case(net, dataset, index, options);
    };
    score_cases(dataset, cases, predict, record, [](const ScoredCase&) {
      stop_if_interrupted();  // the training then saves itself
    });
    training::ValidationResult result;
    result.dice = class_means(record, "dice");
    if (metric_names.size() > 1) result.hausdorff_mm = class_means(record, "hausdorff");
    for (std::size_t k = 0; k < foreground.size(); ++k) {
      result.misses.push_back(static_cast<double>(record.misses(k)));
    }
    result.cases = cases_with(record);
    return result;
  };
}

}  // namespace regionwise::inference
