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

/// Options that came after files and unfinished trainings without them: descriptions have them
/// where they are not at their defaults, so that the same map is still described alike.
void leave_out_newer(Json& options, const std::vector<OptionDoc>& docs) {
  for (const OptionDoc& doc : docs) {
    if (doc.name == "inside-offset" && options.at(doc.name) == doc.fallback) {
      options.erase(doc.name);
    }
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

/// Pixels that are worth a thread of their own, which takes some 20 µs to start.
constexpr std::int64_t kPixelsPerThread = 1 << 14;

/// The first label that is none of 0 … classes-1; null if there is none.
const Label* first_outside(std::span<const Label> labels, int classes) {
  // The largest by one quick pass: negative ones are large without their sign.
  std::uint8_t largest = 0;
  for (const Label label : labels) largest = std::max(largest, static_cast<std::uint8_t>(label));
  if (largest < classes) return nullptr;
  return std::to_address(std::find_if(
      labels.begin(), labels.end(), [&](Label label) { return label < 0 || label >= classes; }));
}

/// How a batch falls into parts that do not depend on one another: some samples each, or some
/// slices of one sample. Since the reference's rule for absent classes reaches from one image into
/// the next, it leaves the batch whole.
class Parts {
 public:
  /// `grain`: images per part, at most.
  Parts(const LabelBatch& batch, const MapSettings& settings, std::int64_t grain)
      : batch_(batch),
        whole_(settings.empty_class == EdgeRule::reference),
        slices_(!whole_ && !settings.three_dimensional && batch.shape.depth > 1),
        image_size_(slices_ ? batch.shape.slice_size() : batch.shape.size()),
        images_(slices_ ? batch.shape.depth : batch.samples),
        grain_(whole_ ? images_ : std::min(grain, images_)) {}

  std::int64_t count() const {
    if (batch_.labels.empty()) return 0;
    return (slices_ ? batch_.samples : 1) * per_sample();
  }

  LabelBatch labels(std::int64_t part) const {
    LabelBatch result = batch_;
    (slices_ ? result.shape.depth : result.samples) = std::min(grain_, images_ - first(part));
    if (slices_) result.samples = 1;
    const std::int64_t start = sample(part) * batch_.shape.size() + first(part) * image_size_;
    result.labels = batch_.labels.subspan(start, result.samples * result.shape.size());
    return result;
  }

  template <class T>
  MapView<T> map(std::int64_t part, const MapView<T>& map) const {
    T* start = slices_ ? map.channel(sample(part), 0) + first(part) * image_size_
                       : map.channel(first(part), 0);
    return {start, map.sample_step, map.channel_step};
  }

 private:
  /// Parts per sample where they are slices of one, else parts per batch.
  std::int64_t per_sample() const { return (images_ + grain_ - 1) / grain_; }
  std::int64_t sample(std::int64_t part) const { return part / per_sample(); }
  std::int64_t first(std::int64_t part) const { return part % per_sample() * grain_; }

  const LabelBatch& batch_;
  bool whole_;
  bool slices_;
  std::int64_t image_size_;
  std::int64_t images_;  ///< Of a sample where parts are slices of one, else of the batch.
  std::int64_t grain_;
};

}  // namespace

bool RegionMap::compute_weighted(const LabelBatch&,
                                 const MapSettings&,
                                 const MapView<float>&) const {
  return false;
}

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
  leave_out_newer(options, docs);
  resolved_ = Json::object({{"name", entry_->name}});
  resolved_.update(options);
}

void MapSpecification::check_classes(int classes) const {
  const std::size_t weights = settings_.class_weights.size();
  if (weights == 0 || weights == static_cast<std::size_t>(classes)) return;
  throw UsageError(fmt::format(
      "{}: {} class-weights for {} classes (background included)", entry_->name, weights, classes));
}

void MapSpecification::check(const LabelBatch& batch) const {
  assert(std::ssize(batch.labels) == batch.samples * batch.shape.size());
  check_classes(batch.classes);
  const Label* wrong = first_outside(batch.labels, batch.classes);
  if (wrong != nullptr) {
    throw DataError(fmt::format("label {} is outside 0 to {}", *wrong, batch.classes - 1));
  }
  for (const double step : batch.spacing_mm) {
    if (settings_.millimetres && !(std::isfinite(step) && step > 0)) {
      throw DataError(fmt::format("a voxel spacing of {} mm", step));
    }
  }
}

template <class T>
void MapSpecification::compute_part(const LabelBatch& part, const MapView<T>& map) const {
  if constexpr (std::is_same_v<T, float>) {
    if (map_->compute_weighted(part, settings_, map)) return;
  }
  std::vector<double> exact;
  const Parts images(part, settings_, 1);
  for (std::int64_t index = 0; index < images.count(); ++index) {
    const LabelBatch image = images.labels(index);
    const MapView<T> place = images.map(index, map);
    const std::int64_t pixels = image.shape.size();
    exact.resize(static_cast<std::size_t>(image.samples * image.classes * pixels));
    map_->compute(image, settings_, exact);
    const double* value = exact.data();
    for (std::int64_t sample = 0; sample < image.samples; ++sample) {
      for (std::int64_t k = 0; k < image.classes; ++k, value += pixels) {
        const double weight = settings_.class_weights.empty() ? 1 : settings_.class_weights[k];
        std::transform(value, value + pixels, place.channel(sample, k), [weight](double z) {
          return static_cast<T>(weight * z);
        });
      }
    }
  }
}

int MapSpecification::threads_for(const LabelBatch& batch, int threads) {
  const std::int64_t worthwhile = std::ssize(batch.labels) / kPixelsPerThread;
  return static_cast<int>(std::clamp<std::int64_t>(worthwhile, 1, std::max(1, threads)));
}

template <class T>
void MapSpecification::compute(const LabelBatch& batch, int threads, std::span<T> map) const {
  check(batch);
  const std::int64_t channel = batch.shape.size();
  const MapView<T> place{map.data(), batch.classes * channel, channel};
  assert(std::ssize(map) == batch.samples * place.sample_step);
  threads = threads_for(batch, threads);
  const std::int64_t images = batch.samples * (settings_.three_dimensional ? 1 : batch.shape.depth);
  // Several parts for each thread, which then end at much the same time.
  const std::int64_t grain =
      threads == 1 ? images : std::max<std::int64_t>(1, images / (std::int64_t{4} * threads));
  const Parts parts(batch, settings_, grain);
  parallel_for(parts.count(), threads, [&](std::int64_t index) {
    compute_part(parts.labels(index), parts.map(index, place));
  });
}

template <class T>
std::vector<T> MapSpecification::compute(const LabelBatch& batch, int threads) const {
  std::vector<T> map(batch.labels.size() * static_cast<std::size_t>(batch.classes));
  compute(batch, threads, std::span(map));
  return map;
}

template std::vector<float> MapSpecification::compute(const LabelBatch&, int) const;
template std::vector<double> MapSpecification::compute(const LabelBatch&, int) const;
template void MapSpecification::compute(const LabelBatch&, int, std::span<float>) const;
template void MapSpecification::compute(const LabelBatch&, int, std::span<double>) const;

}  // namespace regionwise::maps
