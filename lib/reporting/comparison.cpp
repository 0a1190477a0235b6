#include "reporting/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <istream>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "core/text_file.hpp"
#include "reporting/run_failure.hpp"
#include "statistics/corrections.hpp"
#include "statistics/distribution.hpp"

namespace regionwise::reporting {
namespace {

constexpr const char* kHeader = "case\tgroup\ta\tb";

Comparison compare_values(const PairedSample& sample, const ComparisonOptions& options) {
  const std::vector<std::string>& groups = options.by_case ? sample.cases : sample.groups;
  Comparison comparison;
  comparison.test =
      statistics::paired_permutation_test(sample.a, sample.b, groups, options.permutation);
  if (comparison.test.pairs == 0) {
    throw DataError(
        fmt::format("none of the {} cases has a value on both sides, so there is nothing to test",
                    sample.cases.size()));
  }
  std::vector<double> kept_a;
  std::vector<double> kept_b;
  for (std::size_t i = 0; i < sample.a.size(); ++i) {
    if (std::isnan(sample.a[i]) || std::isnan(sample.b[i])) continue;
    kept_a.push_back(sample.a[i]);
    kept_b.push_back(sample.b[i]);
  }
  comparison.mean_a = statistics::summarise(kept_a).mean;
  comparison.mean_b = statistics::summarise(kept_b).mean;
  comparison.effect = statistics::clustered_effect(sample.a, sample.b, groups, options.bootstrap);
  return comparison;
}

void correct(std::vector<Comparison>& comparisons) {
  std::vector<double> p_values;
  for (const Comparison& one : comparisons) p_values.push_back(one.test.p_value);
  const std::vector<double> holm = statistics::holm(p_values);
  const std::vector<double> bh = statistics::benjamini_hochberg(p_values);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    comparisons[i].p_holm = holm[i];
    comparisons[i].p_bh = bh[i];
  }
}

std::string list_of(std::span<const MetricsSource> sources) {
  std::string list;
  for (const auto& source : sources) list += (list.empty() ? "" : ", ") + source.file;
  return list;
}

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t end = line.find(separator);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

double parse_number(std::string_view text, const std::string& where) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::isinf(value)) {
    throw DataError(fmt::format("{}: \"{}\" is not a number (undefined: nan)", where, text));
  }
  return value;
}

/// The next line without its end, LF or CRLF.
bool next_line(std::istream& input, std::string& line, std::int64_t& number) {
  if (!std::getline(input, line)) return false;
  ++number;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

/// Skips comments; leaves `number` at the header's line.
void read_header(std::istream& input, const std::string& where, std::int64_t& number) {
  std::string line;
  while (next_line(input, line, number)) {
    if (line == kHeader || line == std::string("# ") + kHeader) return;
    if (!line.starts_with('#')) break;
  }
  throw DataError(fmt::format("{}: line {}: expected the tab-separated header: case, group, a, b",
                              where,
                              std::max<std::int64_t>(number, 1)));
}

}  // namespace

void ComparisonOptions::check() const {
  check_given_once(metrics, "metric");
  check_given_once(classes, "class");
  permutation.check();
  bootstrap.check();
}

std::vector<Comparison> compare(const AveragedRuns& a,
                                const AveragedRuns& b,
                                const ComparisonOptions& options) {
  options.check();
  std::vector<std::string> metrics = options.metrics;
  if (metrics.empty()) {
    for (const auto& metric : a.metrics) metrics.push_back(metric.name);
  }
  std::vector<Comparison> comparisons;
  for (const std::string& class_name : options.classes.empty() ? a.class_names : options.classes) {
    const std::size_t k = a.class_index(class_name);
    for (const std::string& name : metrics) {
      const PairedSample sample{
          a.case_ids, a.groups, a.values_of(a.metric(name), k), b.values_of(b.metric(name), k)};
      Comparison comparison = with_context(fmt::format("{} of class {}", name, class_name),
                                           [&] { return compare_values(sample, options); });
      comparison.class_name = class_name;
      comparison.metric = name;
      comparison.unit = a.metric(name).unit;
      comparison.partial_a = a.metric(name).partial[k];
      comparison.partial_b = b.metric(name).partial[k];
      comparison.misses_a = a.misses[k];
      comparison.misses_b = b.misses[k];
      comparisons.push_back(std::move(comparison));
    }
  }
  correct(comparisons);
  return comparisons;
}

std::vector<MetricsSource> Sides::all() const {
  std::vector<MetricsSource> sources = a;
  sources.insert(sources.end(), b.begin(), b.end());
  return sources;
}

Sides read_sides(std::span<const std::filesystem::path> a,
                 std::span<const std::filesystem::path> b) {
  Sides sides{read_sources(a), read_sources(b)};
  const std::vector<MetricsSource> all = sides.all();
  check_distinct(all);
  check_comparable(all);
  return sides;
}

std::vector<Comparison> compare_sides(const Sides& sides, const ComparisonOptions& options) {
  return with_context(fmt::format("{} against {}", list_of(sides.a), list_of(sides.b)), [&] {
    return compare(average_runs(sides.a), average_runs(sides.b), options);
  });
}

std::vector<std::string> describe_failures(const Sides& sides) {
  // One name may stand on both sides.
  const bool one_name = sides.a.front().record.run_name == sides.b.front().record.run_name;
  std::vector<JudgedRun> judged;
  const auto add = [&](const std::vector<MetricsSource>& side, const char* which) {
    for (const auto& [file, record] : side) {
      const std::string name = record.run_name + (one_name ? which : "");
      judged.push_back({name, record.seed, outcome_of(record)});
    }
  };
  add(sides.a, " (a)");
  add(sides.b, " (b)");
  return describe_failures(judged);
}

PairedSample read_pairs(std::istream& input, const std::string& where) {
  PairedSample sample;
  std::set<std::string> seen;
  std::int64_t number = 0;
  read_header(input, where, number);
  std::string line;
  while (next_line(input, line, number)) {
    if (line.starts_with('#')) continue;
    const std::string place = fmt::format("{}: line {}", where, number);
    const auto fields = split(line, '\t');
    if (fields.size() != 4) {
      throw DataError(
          fmt::format("{}: expected 4 tab-separated cells, found {}", place, fields.size()));
    }
    if (fields[0].empty() || fields[1].empty()) {
      throw DataError(
          fmt::format("{}: the {} has no name", place, fields[0].empty() ? "case" : "group"));
    }
    sample.cases.emplace_back(fields[0]);
    sample.groups.emplace_back(fields[1]);
    if (!seen.insert(sample.cases.back()).second) {
      throw DataError(fmt::format("{}: case {} stands twice", place, fields[0]));
    }
    sample.a.push_back(parse_number(fields[2], place));
    sample.b.push_back(parse_number(fields[3], place));
  }
  if (sample.cases.empty()) throw DataError(where + ": no case below the header");
  return sample;
}

PairedSample read_pairs(const std::filesystem::path& file) {
  std::istringstream input = open_text_file(file);
  return read_pairs(input, pairs_name(file));
}

std::string pairs_name(const std::filesystem::path& file) {
  return file == "-" ? "standard input" : file.string();
}

Comparison compare_pairs(const PairedSample& sample, const ComparisonOptions& options) {
  options.check();
  Comparison comparison = compare_values(sample, options);
  comparison.class_name = comparison.metric = comparison.unit = "-";
  comparison.p_holm = comparison.p_bh = comparison.test.p_value;
  return comparison;
}

}  // namespace regionwise::reporting
