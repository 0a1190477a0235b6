#include "storage/run_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "core/error.hpp"
#include "storage/hdf5_detail.hpp"
#include "storage/schema.hpp"

namespace regionwise::storage {
namespace {

constexpr const char* kRunFormat = "regionwise/run";
constexpr int kRunVersion = 2;  // 1: without /outcome, /replaced_seeds and /signs

using detail::require;

/// Calls visit(T{}) with the T that `element_type` names; false where there is none.
template <class Visit>
bool with_element_type(const std::string& element_type, const Visit& visit) {
  if (element_type == "float32") {
    visit(float{});
  } else if (element_type == "float64") {
    visit(double{});
  } else if (element_type == "int64") {
    visit(std::int64_t{});
  } else {
    return false;
  }
  return true;
}

template <class T>
std::vector<T> values_of(const NamedArray& array) {
  std::vector<T> values(array.bytes.size() / sizeof(T));
  std::ranges::copy(array.bytes, std::as_writable_bytes(std::span(values)).begin());
  return values;
}

void write_array(Hdf5Writer& file, const std::string& dataset, const NamedArray& array) {
  const bool known = with_element_type(array.element_type, [&]<class T>(T) {
    file.write<T>(dataset, array.extents, values_of<T>(array));
  });
  require(known, file, dataset, "float32, float64 or int64, not " + array.element_type);
}

/// Names in a group sort by letters; the attribute `order` keeps the order of the network.
void write_arrays(Hdf5Writer& file,
                  const std::string& group,
                  const std::vector<NamedArray>& arrays) {
  file.group(group);
  std::vector<std::string> order;
  for (const auto& array : arrays) {
    write_array(file, group + "/" + array.name, array);
    order.push_back(array.name);
  }
  file.attribute(group, "order", order);
}

NamedArray read_array(const Hdf5Reader& file, const std::string& group, const std::string& name) {
  const auto dataset = group + "/" + name;
  NamedArray array{name, file.element_type(dataset), file.extents(dataset), {}};
  const bool known = with_element_type(array.element_type, [&]<class T>(T) {
    const auto values = file.read<T>(dataset);
    const auto bytes = std::as_bytes(std::span(values));
    array.bytes.assign(bytes.begin(), bytes.end());
  });
  require(known, file, dataset, "float32, float64 or int64, found " + array.element_type);
  return array;
}

std::vector<NamedArray> read_arrays(const Hdf5Reader& file, const std::string& group) {
  std::vector<NamedArray> arrays;
  for (const auto& name : file.texts_attribute(group, "order")) {
    arrays.push_back(read_array(file, group, name));
  }
  return arrays;
}

void write_table(Hdf5Writer& file, const std::string& group, const HistoryTable& table) {
  file.group(group);
  std::vector<std::string> order;
  for (const auto& column : table.columns) {
    detail::check_name(file, column.name, "column");
    const auto dataset = group + "/" + column.name;
    const auto width = static_cast<std::int64_t>(column.labels.size());
    const auto expected = static_cast<std::size_t>(table.rows() * std::max<std::int64_t>(1, width));
    require(column.values.size() == expected, file, dataset, fmt::format("{} rows", table.rows()));
    const Extents extents = width == 0 ? Extents{table.rows()} : Extents{table.rows(), width};
    file.write<double>(dataset, extents, column.values);
    file.label_axes(
        dataset,
        width == 0 ? std::vector<std::string>{"row"} : std::vector<std::string>{"row", "label"});
    file.attribute(dataset, "unit", column.unit);
    if (width > 0) file.attribute(dataset, "labels", column.labels);
    order.push_back(column.name);
  }
  file.attribute(group, "order", order);
}

HistoryTable read_table(const Hdf5Reader& file, const std::string& group) {
  HistoryTable table;
  for (const auto& name : detail::read_names(file, group, "order")) {
    const std::string dataset = fmt::format("{}/{}", group, name);
    HistoryTable::Column column{name, detail::read_name(file, dataset, "unit"), {}, {}};
    if (file.has_attribute(dataset, "labels"))
      column.labels = detail::read_names(file, dataset, "labels");
    // All columns are as long as the first.
    Extents expected{table.columns.empty() ? -1 : table.rows()};
    if (!column.labels.empty()) expected.push_back(static_cast<std::int64_t>(column.labels.size()));
    column.values = file.read<double>(dataset, expected);
    table.columns.push_back(std::move(column));
  }
  return table;
}

/// Epochs of a history: whole numbers, each once and in order, of a training that got so far. (The
/// row of the epoch in which it diverged is of one that is not done.)
void check_epochs(const Hdf5Reader& file,
                  const std::string& group,
                  const HistoryTable& table,
                  int first,
                  std::int64_t done) {
  const auto* epochs = table.find("epoch");
  if (epochs == nullptr) return;
  const auto most = static_cast<double>(done) + 1;
  double before = first - 1;
  for (const double epoch : epochs->values) {
    require(epoch > before && epoch <= most && epoch == std::floor(epoch),
            file,
            group + "/epoch",
            fmt::format("rising whole numbers from {} to {}, found {}", first, most, epoch));
    before = epoch;
  }
}

/// A share of 0 to 1; NaN where no case has the class.
void check_dice(const Hdf5Reader& file, const HistoryTable& validation) {
  const auto* dice = validation.find("dice");
  if (dice == nullptr) return;
  const auto* cases = validation.find("cases");
  const bool counted = cases != nullptr && cases->values.size() == dice->values.size();
  for (std::size_t i = 0; i < dice->values.size(); ++i) {
    const double value = dice->values[i];
    const bool undefined = std::isnan(value) && !(counted && cases->values[i] > 0);
    require(undefined || (value >= 0 && value <= 1),
            file,
            "/history/validation/dice",
            fmt::format("0 to 1, found {}", value));
  }
}

/// Adam's moments are of their parameters.
void check_optimizer(const Hdf5Reader& file, const RunRecord& record) {
  for (const auto& state : record.optimizer) {
    const auto slash = state.name.rfind('/');
    if (slash == std::string::npos || state.name.substr(slash) == "/step") continue;
    const auto weight =
        std::ranges::find(record.weights, state.name.substr(0, slash), &NamedArray::name);
    const std::string object = "/optimizer/" + state.name;
    require(weight != record.weights.end(), file, object, "a weight that it belongs to");
    require(state.extents == weight->extents,
            file,
            object,
            fmt::format("{} as its weight, found {}",
                        detail::to_string(weight->extents),
                        detail::to_string(state.extents)));
  }
}

void check_signs(const Hdf5Reader& file, const RunRecord& record) {
  if (!record.signs) return;
  const auto classes = std::ssize(record.class_names);
  require(std::ssize(record.signs->pixels) == std::ssize(record.signs->epochs) * classes,
          file,
          "/signs/pixels",
          fmt::format("{} counts at each epoch", classes));
}

}  // namespace

std::int64_t HistoryTable::rows() const {
  if (columns.empty()) return 0;
  const auto& first = columns.front();
  return static_cast<std::int64_t>(first.values.size() /
                                   std::max<std::size_t>(1, first.labels.size()));
}

const HistoryTable::Column* HistoryTable::find(const std::string& name) const {
  const auto found = std::find_if(
      columns.begin(), columns.end(), [&](const Column& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

HistoryTable::Column& HistoryTable::column(const std::string& name,
                                           const std::string& unit,
                                           const std::vector<std::string>& labels) {
  const auto found = std::find_if(
      columns.begin(), columns.end(), [&](const Column& column) { return column.name == name; });
  if (found != columns.end()) return *found;
  return columns.emplace_back(Column{name, unit, labels, {}});
}

void write_run(const std::filesystem::path& path,
               const RunRecord& record,
               const Provenance& provenance,
               WriteOptions options) {
  Hdf5Writer file(path, options);
  file.attribute("/", "name", record.name);
  file.attribute("/", "seed", record.seed);
  file.attribute("/", "dataset_name", record.dataset_name);
  file.attribute("/", "dataset_hash", record.dataset_hash);
  file.attribute("/", "split_hash", record.split_hash);
  file.attribute("/", "maps_hash", record.maps_hash);
  file.attribute("/", "class_names", record.class_names);
  file.attribute("/", "channels", record.channels);
  file.attribute("/", "finished", record.finished);
  file.attribute("/", "epoch", record.epoch);
  file.attribute("/", "iteration", record.iteration);
  detail::write_json(file, "/configuration", record.configuration);
  detail::write_json(file, "/plan", record.plan);
  write_arrays(file, "/weights", record.weights);
  write_arrays(file, "/optimizer", record.optimizer);
  write_arrays(file, "/partial_epoch", record.partial_epoch);
  write_table(file, "/history/training", record.training);
  write_table(file, "/history/validation", record.validation);
  write_outcome(file, record.outcome);
  write_replaced_seeds(file, record.replaced_seeds);
  write_signs(file, record.signs);
  write_header(file, kRunFormat, kRunVersion, provenance);
  file.commit();
}

RunRecord read_run(const std::filesystem::path& path, bool with_state) {
  const Hdf5Reader file(path);
  check_header(file, kRunFormat, kRunVersion);
  RunRecord record;
  record.name = detail::read_name(file, "/", "name");
  record.seed = file.unsigned_attribute("/", "seed");
  record.dataset_name = detail::read_name(file, "/", "dataset_name");
  record.dataset_hash = file.text_attribute("/", "dataset_hash");
  record.split_hash = detail::read_name(file, "/", "split_hash");
  record.maps_hash = file.text_attribute("/", "maps_hash");
  record.class_names = detail::read_names(file, "/", "class_names");
  record.channels = detail::read_names(file, "/", "channels");
  record.finished = file.integer_attribute("/", "finished") != 0;
  record.epoch = file.integer_attribute("/", "epoch");
  record.iteration = file.integer_attribute("/", "iteration");
  require(
      record.epoch >= 0 && record.iteration >= 0, file, "/", "epoch and iteration of at least 0");
  record.configuration = detail::read_json(file, "/configuration");
  record.plan = detail::read_json(file, "/plan");
  record.weights = read_arrays(file, "/weights");
  if (with_state) {
    record.optimizer = read_arrays(file, "/optimizer");
    record.partial_epoch = read_arrays(file, "/partial_epoch");
  }
  record.training = read_table(file, "/history/training");
  record.validation = read_table(file, "/history/validation");
  record.outcome = read_outcome(file);
  record.replaced_seeds = read_replaced_seeds(file);
  record.signs = read_signs(file);
  check_epochs(file, "/history/training", record.training, 1, record.epoch);
  check_epochs(file, "/history/validation", record.validation, 0, record.epoch);
  check_dice(file, record.validation);
  check_optimizer(file, record);
  check_signs(file, record);
  return record;
}

}  // namespace regionwise::storage
