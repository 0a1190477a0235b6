#include "maps/map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "maps_index.inc"

namespace regionwise::maps {
namespace {

const MapEntry& find_map(const std::string& name, const std::string& where) {
  std::string known;
  for (const MapEntry& entry : all_maps()) {
    if (entry.name == name) return entry;
    known += (known.empty() ? "" : ", ") + entry.name;
  }
  throw UsageError(fmt::format("{}: unknown map \"{}\"; known maps: {}", where, name, known));
}

/// The one of two words that `options[key]` is: false for the first, true for the second.
bool second_of(const Json& options,
               const std::string& key,
               const Json& first,
               const Json& second,
               const std::string& where) {
  const Json& value = options.at(key);
  if (value != first && value != second) {
    throw UsageError(fmt::format("{}.{}: expected {} or {}, found {}",
                                 where,
                                 key,
                                 first.dump(),
                                 second.dump(),
                                 value.dump()));
  }
  return value == second;
}

std::vector<double> class_weights(const Json& given, const std::string& where) {
  std::vector<double> weights;
  for (const Json& weight : given) {
    if (!weight.is_number() || !(weight.get<double>() >= 0)) {
      throw UsageError(
          fmt::format("{}.class-weights: expected numbers that are not negative, found {}",
                      where,
                      weight.dump()));
    }
    weights.push_back(weight.get<double>());
  }
  return weights;
}

/// Lets "reference-quirks" stand for both rules; a rule given beside it must not say otherwise.
void expand_quirks(Json& options, const Json& given, const std::string& where) {
  if (!options.at("reference-quirks").get<bool>()) return;
  for (const char* rule : {"empty-class", "full-class"}) {
    if (given.contains(rule) && given.at(rule) != "reference") {
      throw UsageError(fmt::format(
          "{}.{}: {} contradicts reference-quirks", where, rule, given.at(rule).dump()));
    }
    options[rule] = "reference";
  }
}

MapSettings parse_settings(const Json& options, const std::string& where) {
  const auto rule = [&](const char* key) {
    return second_of(options, key, "standard", "reference", where) ? EdgeRule::reference
                                                                   : EdgeRule::standard;
  };
  return {.three_dimensional = second_of(options, "dimensions", 2, 3, where),
          .millimetres = second_of(options, "unit", "pixel", "mm", where),
          .empty_class = rule("empty-class"),
          .full_class = rule("full-class"),
          .class_weights = class_weights(options.at("class-weights"), where)};
}

/// Multiplies each class's channel of `map` [samples, K, voxels] by its weight; none: all 1.
template <class T>
void write_weighted(std::span<const double> map,
                    std::span<const double> weights,
                    int classes,
                    std::int64_t voxels,
                    std::span<T> out) {
  for (std::size_t i = 0; i < map.size(); i += static_cast<std::size_t>(voxels)) {
    const std::size_t k = i / static_cast<std::size_t>(voxels) % static_cast<std::size_t>(classes);
    const double weight = weights.empty() ? 1 : weights[k];
    const auto channel = map.subspan(i, static_cast<std::size_t>(voxels));
    std::transform(channel.begin(),
                   channel.end(),
                   out.begin() + static_cast<std::ptrdiff_t>(i),
                   [weight](double z) { return static_cast<T>(weight * z); });
  }
}

}  // namespace

const std::vector<MapEntry>& all_maps() {
  static const std::vector<MapEntry> entries = indexed_entries();
  return entries;
}

const std::vector<OptionDoc>& map_settings_docs() {
  static const std::vector<OptionDoc> docs = {
      {"class-weights", Json::array(), "One factor per class, background first; empty: all 1"},
      {"unit", "pixel", "Unit of distances: pixel or mm"},
      {"dimensions", 2, "2: each slice on its own; 3: whole volumes"},
      {"empty-class",
       "standard",
       "A class that no pixel has: standard or reference (as the published code)"},
      {"full-class", "standard", "A class that every pixel has: standard or reference"},
      {"reference-quirks", false, "Both rules as in the published code"},
  };
  return docs;
}

MapSpecification::MapSpecification(const Json& description, const std::string& where) {
  JsonReader reader(description, where);
  entry_ = &find_map(reader.get<std::string>("name"), where);
  std::vector<OptionDoc> docs = entry_->options;
  docs.insert(docs.end(), map_settings_docs().begin(), map_settings_docs().end());
  Json options = resolve_options(docs, description, where);
  expand_quirks(options, description, where);
  settings_ = parse_settings(options, where);
  map_ = with_context(where, [&] { return entry_->make(options); });
  resolved_ = Json::object({{"name", entry_->name}});
  resolved_.update(options);
}

void MapSpecification::check(const LabelBatch& batch) const {
  assert(std::ssize(batch.labels) == batch.samples * batch.shape.size());
  const std::size_t weights = settings_.class_weights.size();
  if (weights != 0 && weights != static_cast<std::size_t>(batch.classes)) {
    throw UsageError(fmt::format("{}: {} class-weights for {} classes (background included)",
                                 entry_->name,
                                 weights,
                                 batch.classes));
  }
  for (const Label label : batch.labels) {
    if (label < 0 || label >= batch.classes) {
      throw DataError(fmt::format("label {} is outside 0 to {}", label, batch.classes - 1));
    }
  }
  for (const double step : batch.spacing_mm) {
    if (settings_.millimetres && !(std::isfinite(step) && step > 0)) {
      throw DataError(fmt::format("a voxel spacing of {} mm", step));
    }
  }
}

template <class T>
std::vector<T> MapSpecification::compute(const LabelBatch& batch, int threads) const {
  check(batch);
  // The reference's rule for absent classes reaches from one sample into the next.
  const bool together = settings_.empty_class == EdgeRule::reference;
  const std::int64_t parts = together ? 1 : batch.samples;
  const std::int64_t samples = together ? batch.samples : 1;
  const std::int64_t voxels = batch.shape.size();
  const auto part_labels = static_cast<std::size_t>(samples * voxels);
  const std::size_t part_size = part_labels * static_cast<std::size_t>(batch.classes);
  std::vector<T> map(part_size * static_cast<std::size_t>(parts));
  parallel_for(parts, threads, [&](std::int64_t index) {
    const auto part = static_cast<std::size_t>(index);
    LabelBatch sub_batch = batch;
    sub_batch.samples = samples;
    sub_batch.labels = batch.labels.subspan(part * part_labels, part_labels);
    std::vector<double> values(part_size);
    map_->compute(sub_batch, settings_, values);
    write_weighted<T>(values,
                      settings_.class_weights,
                      batch.classes,
                      voxels,
                      std::span(map).subspan(part * part_size, part_size));
  });
  return map;
}

template std::vector<float> MapSpecification::compute(const LabelBatch&, int) const;
template std::vector<double> MapSpecification::compute(const LabelBatch&, int) const;

}  // namespace regionwise::maps
