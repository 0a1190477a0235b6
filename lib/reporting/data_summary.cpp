#include "reporting/data_summary.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "core/error.hpp"
#include "reporting/markup.hpp"
#include "storage/dataset_file.hpp"

namespace regionwise::reporting {
namespace {

SplitSummary summarise_split(const storage::DatasetReader& data, const std::string& split) {
  SplitSummary summary;
  std::set<std::string> patients;
  for (const std::size_t index : data.cases_of(split)) {
    const storage::CaseInfo& info = data.cases()[index];
    patients.insert(info.group);
    ++summary.cases;
    summary.slices += info.shape.depth;
  }
  summary.patients = static_cast<std::int64_t>(patients.size());
  return summary;
}

std::vector<double> class_shares(const storage::DatasetReader& data) {
  std::vector<double> voxels(static_cast<std::size_t>(data.classes()), 0);
  for (const storage::CaseInfo& info : data.cases()) {
    const auto depth = static_cast<std::size_t>(info.shape.depth);
    for (std::size_t i = 0; i < info.class_voxels.size(); ++i) {
      voxels[i / depth] += static_cast<double>(info.class_voxels[i]);
    }
  }
  std::vector<double> shares;
  for (std::size_t k = 1; k < voxels.size(); ++k) shares.push_back(voxels[k] / voxels[0]);
  return shares;
}

DataSummary summarise(const storage::DatasetReader& data) {
  const storage::DatasetInfo& info = data.info();
  DataSummary summary;
  summary.file = data.path().string();
  summary.name = info.name;
  summary.channels = info.channels;
  summary.class_names = {info.class_names.begin() + 1, info.class_names.end()};
  summary.class_shares = class_shares(data);
  summary.train = summarise_split(data, "train");
  summary.validation = summarise_split(data, "validation");
  summary.split_hash = data.split_hash();
  summary.licence = info.licence;
  summary.citation = info.citation;
  summary.skipped = static_cast<std::int64_t>(info.skipped.size());
  return summary;
}

/// What tells a prepared data set from others, without its voxels.
std::string identity_of(const storage::DatasetReader& data) {
  const storage::DatasetInfo& info = data.info();
  return info.name + data.split_hash() + info.plan.dump() + info.fingerprint.dump();
}

std::string counts(std::int64_t train, std::int64_t validation) {
  return fmt::format("{}/{}", train, validation);
}

std::string description_of(const DataSummary& data) {
  const bool synthetic = data.name.find("phantom") != std::string::npos;
  return (synthetic ? "SYNTHETIC, " : "") + fmt::format("{}", fmt::join(data.channels, ", "));
}

std::string classes_of(const DataSummary& data) {
  std::vector<std::string> classes;
  for (std::size_t k = 0; k < data.class_names.size(); ++k) {
    classes.push_back(fmt::format("{} {:.2f} %", data.class_names[k], 100 * data.class_shares[k]));
  }
  return fmt::format("{}", fmt::join(classes, ", "));
}

std::string origin_of(const DataSummary& data) {
  std::string text = fmt::format("{}: split {}", data.name, data.split_hash.substr(0, 12));
  if (data.skipped > 0) text += fmt::format(", {} cases left out", data.skipped);
  if (!data.licence.empty()) text += "; " + data.licence;
  if (!data.citation.empty()) text += "; " + data.citation;
  return text.ends_with('.') ? text : text + ".";
}

TextTable text_table(std::span<const DataSummary> data,
                     const std::string& title,
                     const Style& style) {
  TextTable table{
      style.text(title),
      {"Data set", "Description", "Classes", "C", "Train/val images", "Patients", "Slices"},
      3,
      {{}},
      {style.text("C: foreground classes. Percentages: voxels of a class against "
                  "background voxels. Images: volumes.")}};
  for (const DataSummary& one : data) {
    table.blocks.back().push_back({style.text(one.name),
                                   style.text(description_of(one)),
                                   style.text(classes_of(one)),
                                   fmt::format("{}", one.class_names.size()),
                                   counts(one.train.cases, one.validation.cases),
                                   counts(one.train.patients, one.validation.patients),
                                   counts(one.train.slices, one.validation.slices)});
    table.notes.push_back(style.text(origin_of(one)));
  }
  return table;
}

}  // namespace

std::vector<DataSummary> summarise_data(std::span<const std::filesystem::path> files) {
  std::vector<DataSummary> data;
  std::map<std::string, std::filesystem::path> seen;
  for (const auto& file : files) {
    const storage::DatasetReader reader(file);
    const auto [first, is_new] = seen.try_emplace(identity_of(reader), file);
    if (!is_new && std::filesystem::equivalent(first->second, file)) {
      throw DataError(file.string() + ": given twice");
    }
    if (!is_new) {
      throw DataError(fmt::format("{}: holds the same data set as {}; give one of them",
                                  file.string(),
                                  first->second.string()));
    }
    data.push_back(summarise(reader));
  }
  return data;
}

bool is_data_specification(const Json& json, const std::string& where, std::string& title) {
  JsonReader reader(json, where);
  if (!reader.has("kind")) return false;
  if (const auto kind = reader.get<std::string>("kind"); kind != "data") {
    throw UsageError(fmt::format(
        "{}: unknown kind \"{}\" (known: data; none for results)", reader.place("kind"), kind));
  }
  title = reader.get<std::string>("title");
  reader.finish();
  return true;
}

std::string to_markdown(std::span<const DataSummary> data,
                        const std::string& title,
                        const std::string& command) {
  return markdown_table(text_table(data, title, markdown_style()), command);
}

std::string to_latex(std::span<const DataSummary> data,
                     const std::string& title,
                     const std::string& command) {
  return latex_table(text_table(data, title, latex_style()), command);
}

}  // namespace regionwise::reporting
