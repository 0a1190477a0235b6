#include "maps/dataset_maps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "core/error.hpp"

namespace regionwise::maps {
namespace {

/// Pixels of a map between two calls of `between`: work enough for many threads, yet soon done.
constexpr std::int64_t kBlockPixels = 1 << 20;

/// Slices of a map that do not depend on one another. The reference's rule for absent classes
/// reaches from one slice into the next.
bool by_slices(const MapSettings& settings) {
  return !settings.three_dimensional && settings.empty_class == EdgeRule::standard;
}

/// The map of one case, [K, D, H, W]; errors begin with `where`.
std::vector<float> map_of_case(const MapSpecification& specification,
                               const LabelBatch& whole,
                               const std::string& where,
                               int threads,
                               const BetweenSteps& between) {
  const auto map_of = [&](const LabelBatch& labels) {
    return with_context(where, [&] { return specification.compute<float>(labels, threads); });
  };
  const std::int64_t plane = whole.shape.slice_size();
  const std::int64_t depth = whole.shape.depth;
  const std::int64_t slices =
      by_slices(specification.settings()) ? std::max<std::int64_t>(1, kBlockPixels / plane) : depth;
  if (slices >= depth) {
    between();
    return map_of(whole);
  }
  std::vector<float> map(static_cast<std::size_t>(whole.classes * whole.shape.size()));
  for (std::int64_t first = 0; first < depth; first += slices) {
    between();
    LabelBatch block = whole;
    block.shape.depth = std::min(slices, depth - first);
    const std::int64_t pixels = block.shape.size();
    block.labels = whole.labels.subspan(first * plane, pixels);
    const std::vector<float> part = map_of(block);
    for (std::int64_t k = 0; k < whole.classes; ++k) {
      std::copy_n(part.data() + k * pixels, pixels, map.data() + (k * depth + first) * plane);
    }
  }
  return map;
}

}  // namespace

void compute_dataset_maps(const storage::DatasetReader& dataset,
                          const MapSpecification& specification,
                          int threads,
                          storage::MapsWriter& writer,
                          const std::function<void(const std::string&)>& done,
                          const BetweenSteps& between) {
  for (std::size_t index = 0; index < dataset.cases().size(); ++index) {
    const storage::CaseInfo& info = dataset.cases()[index];
    const Volume<Label> label = dataset.label(index);
    const LabelBatch batch{label.values, 1, label.shape, dataset.classes(), info.spacing_mm};
    const auto where = fmt::format("{}:/cases/{}", dataset.path().string(), info.id);
    const auto map = map_of_case(specification, batch, where, threads, between);
    check_finite(map, specification, label.shape, where);
    writer.add(info.id, label.shape, map);
    done(info.id);
  }
}

void check_finite(std::span<const float> map,
                  const MapSpecification& specification,
                  const Shape3& shape,
                  const std::string& where) {
  const auto bad = std::find_if(map.begin(), map.end(), [](float v) { return !std::isfinite(v); });
  if (bad == map.end()) return;
  const std::int64_t index = bad - map.begin();
  throw DataError(
      fmt::format("{}: the map {} is {} for class {} at voxel ({}, {}, {}), counted in "
                  "slices, rows and columns: give other options of the map",
                  where,
                  specification.resolved().dump(),
                  *bad,
                  index / shape.size(),
                  index % shape.size() / shape.slice_size(),
                  index % shape.slice_size() / shape.width,
                  index % shape.width));
}

Json parse_map_description(const std::string& text) {
  if (text.starts_with('{')) return parse_json(text, "--map");
  return {{"name", parse_json_or_text(text, "--map")}};
}

void set_map_option(Json& description, const std::string& assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError(fmt::format("--map-option {}: expected KEY=VALUE", assignment));
  }
  const std::string where = fmt::format("--map-option {}", assignment.substr(0, equals));
  parse_json_or_text(assignment, where);  // The key, too, is UTF-8.
  description[assignment.substr(0, equals)] =
      parse_json_or_text(assignment.substr(equals + 1), where);
}

}  // namespace regionwise::maps
