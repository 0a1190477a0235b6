#include "training/loss_audit.hpp"

#include <fmt/format.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "maps/map_audit.hpp"
#include "maps/representative_slice.hpp"

namespace regionwise::training {
namespace {

constexpr std::size_t kMostSlices = 8;
constexpr std::int64_t kMostPixels = 1 << 17;  ///< One slice is audited whatever its size.

/// What is wrong with data or loss ends the training, which says why; a disk that cannot be read
/// and an interrupt end it here.
void pass_over(const Error& error) {
  if (error.code() != ExitCode::bad_data && error.code() != ExitCode::usage) throw;
}

/// A slice of a training case, [H, W].
struct Slice {
  std::size_t case_index;
  std::int64_t z;
  std::vector<Label> labels;
};

/// The maps of all region-wise terms.
void collect_maps(const Json& loss, std::vector<Json>& found) {
  if (!loss.is_structured()) return;
  if (loss.is_object() && loss.value("name", Json()) == "region-wise" && loss.contains("map")) {
    found.push_back(loss.at("map"));
    return;
  }
  for (const auto& [key, value] : loss.items()) collect_maps(value, found);
}

Slice read_slice(const storage::DatasetReader& dataset, const maps::SliceChoice& choice) {
  const auto pixels =
      static_cast<std::size_t>(dataset.cases()[choice.case_index].shape.slice_size());
  Slice slice{choice.case_index, choice.slice, std::vector<Label>(pixels)};
  std::vector<float> image(pixels * static_cast<std::size_t>(dataset.channels()));
  dataset.slice(slice.case_index, slice.z, image, slice.labels);
  for (Label& label : slice.labels) label = std::max(label, Label{0});  // as in training
  return slice;
}

/// Of training cases that lie evenly among all.
std::vector<Slice> some_slices(const storage::DatasetReader& dataset) {
  const std::vector<std::size_t> cases = dataset.cases_of("train");
  const std::size_t count = std::min(kMostSlices, cases.size());
  std::vector<Slice> slices;
  std::int64_t pixels = 0;
  for (std::size_t i = 0; i < count && pixels < kMostPixels; ++i) {
    maps::SliceWish wish;
    wish.case_id = dataset.cases()[cases[i * cases.size() / count]].id;
    try {
      slices.push_back(read_slice(dataset, maps::representative_slice(dataset, wish)));
      pixels += std::ssize(slices.back().labels);
    } catch (const Error& error) {
      pass_over(error);  // Such as a case without foreground.
    }
  }
  return slices;
}

maps::MapAudit audit(const Json& map,
                     const std::vector<Slice>& slices,
                     const storage::DatasetReader& dataset,
                     const storage::MapsReader* maps) {
  const int threads = torch::get_num_threads();
  maps::MapAudit sum(dataset.classes());
  for (const Slice& slice : slices) {
    // Which the training sees to. Of a part of the slices nothing is said.
    if (interrupted()) return maps::MapAudit(dataset.classes());
    const storage::CaseInfo& info = dataset.cases()[slice.case_index];
    const Shape3 shape{1, info.shape.height, info.shape.width};
    const maps::LabelBatch batch{slice.labels, 1, shape, dataset.classes(), info.spacing_mm};
    std::vector<float> values;
    if (map.at("name") == "file") {
      if (maps == nullptr) return sum;
      values.resize(slice.labels.size() * static_cast<std::size_t>(dataset.classes()));
      maps->slice(info.id, slice.z, values);
    } else {
      values = maps::MapSpecification(map, "map").compute<float>(batch, threads);
    }
    sum.add(maps::audit_map(batch, values, 0, 0, threads), 0);
  }
  return sum;
}

std::string in_words(const Json& map, const maps::ClassAudit& found, std::size_t slices) {
  const auto name = map.at("name").get<std::string>();
  const std::string of = fmt::format("{} training slice{}", slices, slices == 1 ? "" : "s");
  if (found.unsafe == 0) {
    return fmt::format(
        "map {}: no softmax vector gives a derivative the wrong sign ({})", name, of);
  }
  return fmt::format(
      "map {}: on average {:.2g} % of the softmax vectors of a pixel give a derivative the wrong "
      "sign ({}; audit-maps says more)",
      name,
      100 * found.share_sum / static_cast<double>(found.pixels),
      of);
}

}  // namespace

std::vector<std::string> audit_of_loss(const Json& resolved,
                                       const storage::DatasetReader& dataset,
                                       const storage::MapsReader* maps) {
  std::vector<Json> found;
  collect_maps(resolved, found);
  if (found.empty()) return {};
  const std::vector<Slice> slices = some_slices(dataset);
  std::vector<std::string> lines;
  for (const Json& map : found) {
    try {
      const maps::ClassAudit sum = audit(map, slices, dataset, maps).total();
      if (sum.pixels > 0) lines.push_back(in_words(map, sum, slices.size()));
    } catch (const Error& error) {
      pass_over(error);  // Such as a map that cannot be computed.
    }
  }
  return lines;
}

}  // namespace regionwise::training
