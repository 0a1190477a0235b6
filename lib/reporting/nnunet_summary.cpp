#include "reporting/nnunet_summary.hpp"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "statistics/distribution.hpp"
#include "storage/complete_file.hpp"
#include "storage/finished_outputs.hpp"

namespace regionwise::reporting {
namespace {

Json summary_number(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return "inf";
  return value;
}

/// nnU-Net's names where it has one.
std::string key_of(const std::string& metric) {
  static const std::map<std::string, std::string> names{{"dice", "Dice"},
                                                        {"hausdorff", "HD (mm)"},
                                                        {"hausdorff95", "HD95 (mm)"},
                                                        {"assd", "ASSD (mm)"}};
  const auto known = names.find(metric);
  return known != names.end() ? known->second : metric;
}

using Values = std::vector<std::pair<std::string, double>>;

/// Everything about one case and class.
Values values_of(const storage::MetricsRecord& record, std::size_t index) {
  const auto predicted = static_cast<double>(record.predicted_voxels[index]);
  const auto reference = static_cast<double>(record.reference_voxels[index]);
  Values values;
  double dice = std::nan("");
  for (const auto& metric : record.metrics) {
    if (metric.name == "dice") dice = metric.values[index];
    values.emplace_back(key_of(metric.name), metric.values[index]);
  }
  // 2 TP = Dice (predicted + reference), in whole voxels.
  const double sum = predicted + reference;
  const double common = sum > 0 && !std::isnan(dice) ? std::round(dice * sum / 2) : 0;
  values.emplace_back("IoU", sum > common ? common / (sum - common) : std::nan(""));
  values.emplace_back("TP", common);
  values.emplace_back("FP", predicted - common);
  values.emplace_back("FN", reference - common);
  values.emplace_back("n_pred", predicted);
  values.emplace_back("n_ref", reference);
  return values;
}

Json to_object(const Values& values) {
  Json object = Json::object();
  for (const auto& [key, value] : values) object[key] = summary_number(value);
  return object;
}

storage::FinishedOutputs notes_beside(const std::filesystem::path& metrics) {
  return {metrics.parent_path(), "evaluate"};
}

std::string name_of_summary(const std::filesystem::path& metrics) {
  return summary_path(metrics).filename().string();
}

}  // namespace

Json nnunet_summary(const storage::MetricsRecord& record) {
  const std::size_t classes = record.class_names.size();
  Json per_case = Json::array();
  std::vector<std::vector<Values>> of_class(classes);
  for (std::size_t c = 0; c < record.case_ids.size(); ++c) {
    Json metrics = Json::object();
    for (std::size_t k = 0; k < classes; ++k) {
      of_class[k].push_back(values_of(record, c * classes + k));
      metrics[std::to_string(k + 1)] = to_object(of_class[k].back());
    }
    per_case.push_back({{"case", record.case_ids[c]}, {"metrics", std::move(metrics)}});
  }
  Json mean = Json::object();
  std::map<std::string, std::vector<double>> over_classes;
  std::vector<std::string> keys;
  for (std::size_t k = 0; k < classes; ++k) {
    Json& one = mean[std::to_string(k + 1)];
    one["class"] = record.class_names[k];
    Json undefined = Json::object();
    for (std::size_t v = 0; !of_class[k].empty() && v < of_class[k].front().size(); ++v) {
      const std::string& key = of_class[k].front()[v].first;
      std::vector<double> values;
      for (const Values& of_case : of_class[k]) values.push_back(of_case[v].second);
      const statistics::Summary summary = statistics::summarise(values);
      one[key] = summary_number(summary.mean);
      if (summary.missing > 0) undefined[key] = summary.missing;
      if (k == 0) keys.push_back(key);
      over_classes[key].push_back(summary.mean);
    }
    one["missed"] = record.misses(k);
    one["undefined"] = undefined;
  }
  Json foreground = Json::object();
  Json undefined = Json::object();  // classes without any value
  for (const std::string& key : keys) {
    const statistics::Summary summary = statistics::summarise(over_classes[key]);
    foreground[key] = summary_number(summary.mean);
    if (summary.missing > 0) undefined[key] = summary.missing;
  }
  std::int64_t missed = 0;
  for (std::size_t k = 0; k < classes; ++k) missed += record.misses(k);
  foreground["missed"] = missed;
  foreground["undefined"] = undefined;
  return {{"foreground_mean", foreground},
          {"mean", mean},
          {"empty_rule", record.empty_rule},
          {"metric_per_case", per_case}};
}

std::filesystem::path summary_path(const std::filesystem::path& metrics) {
  std::filesystem::path path = metrics;
  return path.replace_extension(".summary.json");
}

bool summary_was_left(const std::filesystem::path& metrics) {
  return notes_beside(metrics).has(name_of_summary(metrics), {});
}

void write_nnunet_summary(const std::filesystem::path& metrics,
                          const storage::MetricsRecord& record,
                          bool overwrite) {
  const std::string text =
      nnunet_summary(record).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  notes_beside(metrics).announce(name_of_summary(metrics), {}, hash_text(text));
  storage::write_text(summary_path(metrics), text, overwrite);
}

void settle_nnunet_summary(const std::filesystem::path& metrics) {
  notes_beside(metrics).forget(std::vector{name_of_summary(metrics)});
}

}  // namespace regionwise::reporting
