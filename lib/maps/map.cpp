#include "maps/map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

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

/// Whole numbers given for real options become real, so that equal maps have equal descriptions.
void make_reals_real(Json& options, const std::vector<OptionDoc>& docs) {
  for (const OptionDoc& doc : docs) {
    if (doc.fallback.is_number_float()) options[doc.name] = options.at(doc.name).get<double>();
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

/// How a batch falls into parts that do not depend on one another: slices, samples, or, since the
/// reference's rule for absent classes reaches from one image into the next, the whole.
struct Parts {
  std::int64_t samples = 1;     ///< Of each part.
  std::int64_t per_sample = 1;  ///< 1, or the number of slices.
  Shape3 shape;                 ///< Of each sample of a part.
  std::int64_t count = 1;

  Parts(const LabelBatch& batch, const MapSettings& settings) : shape(batch.shape) {
    if (settings.empty_class == EdgeRule::reference) {
      samples = batch.samples;
      return;
    }
    if (!settings.three_dimensional) std::swap(per_sample, shape.depth);
    count = batch.samples * per_sample;
  }

  LabelBatch part(const LabelBatch& batch, std::int64_t index) const {
    LabelBatch part = batch;
    const std::int64_t size = samples * shape.size();
    part.labels = batch.labels.subspan(index * size, size);
    part.samples = samples;
    part.shape = shape;
    return part;
  }

  /// Where the channel of a class of a part's sample begins in the batch's map.
  std::int64_t channel_start(std::int64_t index,
                             std::int64_t sample,
                             std::int64_t k,
                             int classes) const {
    const std::int64_t channel = (index / per_sample * samples + sample) * classes + k;
    return (channel * per_sample + index % per_sample) * shape.size();
  }
};

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
  make_reals_real(options, docs);
  expand_quirks(options, description, where);
  settings_ = parse_settings(options, where);
  options["class-weights"] = settings_.class_weights;
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
  const Parts parts(batch, settings_);
  const std::int64_t pixels = parts.shape.size();
  std::vector<T> map(batch.labels.size() * static_cast<std::size_t>(batch.classes));
  parallel_for(parts.count, threads, [&](std::int64_t index) {
    std::vector<double> values(parts.samples * batch.classes * pixels);
    map_->compute(parts.part(batch, index), settings_, values);
    auto value = values.begin();
    for (std::int64_t sample = 0; sample < parts.samples; ++sample) {
      for (std::int64_t k = 0; k < batch.classes; ++k, value += pixels) {
        const double weight = settings_.class_weights.empty() ? 1 : settings_.class_weights[k];
        std::transform(value,
                       value + pixels,
                       map.begin() + parts.channel_start(index, sample, k, batch.classes),
                       [weight](double z) { return static_cast<T>(weight * z); });
      }
    }
  });
  return map;
}

template std::vector<float> MapSpecification::compute(const LabelBatch&, int) const;
template std::vector<double> MapSpecification::compute(const LabelBatch&, int) const;

}  // namespace regionwise::maps
