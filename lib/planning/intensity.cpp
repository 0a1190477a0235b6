#include "planning/intensity.hpp"

#include <algorithm>
#include <cmath>

namespace regionwise::planning {
namespace {

constexpr std::size_t kKeepEvery = 10;

/// Percentile of sorted values with linear interpolation.
double percentile(const std::vector<float>& sorted, double percent) {
  const double position = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double fraction = position - static_cast<double>(below);
  return sorted[below] + fraction * (static_cast<double>(sorted[above]) - sorted[below]);
}

IntensityStatistics summarise(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  IntensityStatistics result;
  double sum = 0;
  for (const float v : values) sum += v;
  result.mean = sum / n;
  double squares = 0;
  for (const float v : values) squares += (v - result.mean) * (v - result.mean);
  result.sd = std::sqrt(squares / n);
  result.median = percentile(values, 50);
  result.minimum = values.front();
  result.maximum = values.back();
  result.percentile_00_5 = percentile(values, 0.5);
  result.percentile_99_5 = percentile(values, 99.5);
  return result;
}

}  // namespace

Json to_json(const IntensityStatistics& s) {
  return {{"mean", s.mean},
          {"sd", s.sd},
          {"median", s.median},
          {"minimum", s.minimum},
          {"maximum", s.maximum},
          {"percentile_00_5", s.percentile_00_5},
          {"percentile_99_5", s.percentile_99_5}};
}

Json to_json(const std::vector<IntensityStatistics>& channels) {
  Json json = Json::array();
  for (const IntensityStatistics& one : channels) json.push_back(to_json(one));
  return json;
}

IntensityStatistics parse_intensity_statistics(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  IntensityStatistics s;
  s.mean = reader.get<double>("mean");
  s.sd = reader.get<double>("sd");
  s.median = reader.get<double>("median");
  s.minimum = reader.get<double>("minimum");
  s.maximum = reader.get<double>("maximum");
  s.percentile_00_5 = reader.get<double>("percentile_00_5");
  s.percentile_99_5 = reader.get<double>("percentile_99_5");
  reader.finish();
  return s;
}

void IntensityCollector::add(const CroppedCase& one) {
  const std::vector<Label>& labels = one.label.values;
  for (std::size_t c = 0; c < values_.size(); ++c) {
    const float* channel = one.image.data() + c * labels.size();
    std::size_t foreground = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] > 0 && foreground++ % kKeepEvery == 0) values_[c].push_back(channel[i]);
    }
  }
}

std::vector<IntensityStatistics> IntensityCollector::statistics() const {
  std::vector<IntensityStatistics> result;
  for (const std::vector<float>& values : values_) {
    if (!values.empty()) result.push_back(summarise(values));
  }
  return result;
}

}  // namespace regionwise::planning
