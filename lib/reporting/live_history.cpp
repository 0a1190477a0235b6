#include "reporting/live_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "storage/complete_file.hpp"

namespace regionwise::reporting {
namespace {

using storage::HistoryTable;

const std::string kEpoch = "epoch";
const std::string kEnding = ".history.jsonl";

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

double number_or_nan(const Json& value) {
  return value.is_number() ? value.get<double>() : std::nan("");
}

/// One row of a table, without its epoch: {"loss": 1.5, "dice": {"LV": 0.5, "RV": 0.4}}.
Json row_of(const HistoryTable& table, std::size_t row) {
  Json json = Json::object();
  for (const auto& column : table.columns) {
    if (column.name == kEpoch) continue;
    if (column.labels.empty()) {
      json[column.name] = number_or_null(column.values.at(row));
      continue;
    }
    Json& values = json[column.name] = Json::object();
    for (std::size_t k = 0; k < column.labels.size(); ++k) {
      values[column.labels[k]] = number_or_null(column.values.at(row * column.labels.size() + k));
    }
  }
  return json;
}

/// The unit that the run file has for a column.
std::string unit_of(const std::string& column) {
  return column == "hausdorff" ? "mm" : "1";
}

void add_row(HistoryTable& table, double epoch, const Json& row) {
  table.column(kEpoch, "1").values.push_back(epoch);
  for (const auto& [name, value] : row.items()) {
    require_plain(name, "a column");
    std::vector<std::string> labels;
    std::vector<double> values;
    if (value.is_object()) {
      for (const auto& [label, one] : value.items()) {
        labels.push_back(require_plain(label, "a label of column " + name));
        values.push_back(number_or_nan(one));
      }
    } else {
      values.push_back(number_or_nan(value));
    }
    auto& column = table.column(name, unit_of(name), labels);
    column.values.insert(column.values.end(), values.begin(), values.end());
  }
  for (const auto& column : table.columns) {
    const auto width = std::max<std::size_t>(1, column.labels.size());
    if (column.values.size() != static_cast<std::size_t>(table.rows()) * width)
      throw DataError(fmt::format("column {} is not as in the lines before", column.name));
  }
}

std::vector<double> epochs_of(const HistoryTable& table) {
  const auto* column = table.find(kEpoch);
  return column != nullptr ? column->values : std::vector<double>();
}

LiveHistory read_head(const std::string& line, const std::string& where) {
  const Json json = parse_json(line, where);
  JsonReader reader(json, where);
  const auto name = [&](const char* key) {
    return require_plain(reader.get<std::string>(key), reader.place(key));
  };
  LiveHistory history;
  history.record.name = name("run");
  history.record.seed = reader.get<std::uint64_t>("seed");
  history.epochs = reader.get<std::int64_t>("epochs");
  if (history.epochs < 1) {
    throw DataError(
        fmt::format("{}: expected at least 1, found {}", reader.place("epochs"), history.epochs));
  }
  history.record.dataset_name = name("dataset");
  history.record.split_hash = name("split_hash");
  history.record.class_names = reader.get<std::vector<std::string>>("classes");
  for (const auto& one : history.record.class_names) require_plain(one, reader.place("classes"));
  reader.finish();
  return history;
}

void read_epoch(const std::string& line, const std::string& where, LiveHistory& history) {
  storage::RunRecord& record = history.record;
  const Json json = parse_json(line, where);
  JsonReader reader(json, where);
  const std::int64_t before = record.epoch;
  record.epoch = reader.get<std::int64_t>(kEpoch);
  if (record.epoch <= before) {
    throw DataError(fmt::format(
        "{}: expected more than {}, found {}", reader.place(kEpoch), before, record.epoch));
  }
  if (record.epoch > history.epochs) {
    throw DataError(fmt::format(
        "{}: found {}, of a training of {}", reader.place(kEpoch), record.epoch, history.epochs));
  }
  const auto add = [&](storage::HistoryTable& table, const std::string& key) {
    const Json& row = reader.member(key);
    with_context(where, [&] { add_row(table, static_cast<double>(record.epoch), row); });
  };
  add(record.training, "training");
  if (reader.has("validation")) add(record.validation, "validation");
  reader.finish();
}

}  // namespace

std::filesystem::path live_history_path(const std::filesystem::path& output) {
  return output.string() + kEnding;
}

bool is_live_history(const std::filesystem::path& file) {
  return file.string().ends_with(kEnding);
}

void write_live_history(const std::filesystem::path& file,
                        const storage::RunRecord& record,
                        std::int64_t epochs) {
  std::string text = Json{{"run", record.name},
                          {"seed", record.seed},
                          {"epochs", epochs},
                          {"dataset", record.dataset_name},
                          {"split_hash", record.split_hash},
                          {"classes", record.class_names}}
                         .dump() +
                     "\n";
  const std::vector<double> validated = epochs_of(record.validation);
  std::size_t next = 0;
  const std::vector<double> trained = epochs_of(record.training);
  for (std::size_t row = 0; row < trained.size(); ++row) {
    Json line = {{kEpoch, static_cast<std::int64_t>(trained[row])},
                 {"training", row_of(record.training, row)}};
    if (next < validated.size() && validated[next] == trained[row]) {
      line["validation"] = row_of(record.validation, next++);
    }
    text += line.dump() + "\n";
  }
  storage::write_text(file, text, true);
}

LiveHistory read_live_history(const std::filesystem::path& file) {
  std::istringstream input = open_text_file(file);
  try {
    std::string line;
    if (!std::getline(input, line)) throw DataError("is empty");
    LiveHistory history = read_head(line, "line 1");
    for (int number = 2; std::getline(input, line); ++number) {
      read_epoch(line, fmt::format("line {}", number), history);
    }
    history.record.finished = history.record.epoch >= history.epochs;
    return history;
  } catch (const Error& error) {
    throw DataError(
        fmt::format("{}: {}: not the history of a training", file.string(), error.what()));
  }
}

}  // namespace regionwise::reporting
