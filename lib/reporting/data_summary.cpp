#include "reporting/data_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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

DataSummary summarise(const std::filesystem::path& file) {
  const storage::DatasetReader data(file);
  const storage::DatasetInfo& info = data.info();
  DataSummary summary;
  summary.file = file.string();
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
  for (const auto& file : files) data.push_back(summarise(file));
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
