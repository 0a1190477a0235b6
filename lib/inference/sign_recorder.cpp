#include "inference/sign_recorder.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "inference/sliding_window.hpp"
#include "inference/validation.hpp"
#include "losses/map_source.hpp"

namespace regionwise::inference {
namespace {

constexpr std::size_t kPictures = 4;

/// The map of the first region-wise term of a resolved loss; null where it has none.
Json region_wise_map(const Json& loss) {
  if (!loss.is_object()) return {};
  if (loss.value("name", "") == "region-wise") return loss.at("map");
  for (const Json& term : loss.value("terms", Json::array())) {
    Json map = region_wise_map(term);
    if (!map.is_null()) return map;
  }
  return {};
}

/// Counts of one slice, [H, W].
using Counts = std::vector<std::uint8_t>;

class SignRecorder {
 public:
  SignRecorder(const storage::DatasetReader& dataset,
               const storage::MapsReader* maps,
               const planning::Plan& plan,
               const training::TrainingConfig& config);

  void record(network::UNet& net, std::int64_t epochs_done, storage::SignRecord& signs) const;

 private:
  torch::Tensor map_of(std::size_t index, std::int64_t z, const torch::Tensor& labels) const;
  void begin(storage::SignRecord& signs) const;
  std::vector<Counts> counts_of(network::UNet& net, std::size_t index) const;

  const storage::DatasetReader& dataset_;
  const storage::MapsReader* maps_;
  std::optional<maps::MapSpecification> specification_;  ///< None: the map is in `maps_`.
  WindowOptions window_;
  std::vector<std::size_t> cases_;
  std::vector<SliceChoice> pictured_;
};

SignRecorder::SignRecorder(const storage::DatasetReader& dataset,
                           const storage::MapsReader* maps,
                           const planning::Plan& plan,
                           const training::TrainingConfig& config)
    : dataset_(dataset),
      maps_(maps),
      window_(validation_window(plan, config)),
      cases_(validation_cases(dataset, config)),
      pictured_(choose_slices(dataset, cases_, kPictures)) {
  const Json map = region_wise_map(config.loss);
  if (map.is_null()) {
    throw UsageError(
        "--record-signs: the loss has no region-wise term, whose map it would take: leave it out");
  }
  if (map.at("name") != "file") specification_.emplace(map, "map");
  window_.mirroring = false;
}

/// [K, H, W] float64; labels: [1, H, W] int64.
torch::Tensor SignRecorder::map_of(std::size_t index,
                                   std::int64_t z,
                                   const torch::Tensor& labels) const {
  const storage::CaseInfo& info = dataset_.cases()[index];
  const std::vector<std::int64_t> sizes{1, dataset_.classes(), info.shape.height, info.shape.width};
  if (specification_) {
    const torch::Tensor like = torch::empty({1}, torch::kFloat64).expand(sizes);
    return losses::compute_map(*specification_, labels, like, {info.spacing_mm})[0].contiguous();
  }
  torch::Tensor map = torch::empty(sizes, torch::kFloat32);
  maps_->slice(info.id, z, std::span(map.data_ptr<float>(), static_cast<std::size_t>(map.numel())));
  return map[0].to(torch::kFloat64);
}

/// Of every slice of a case.
std::vector<Counts> SignRecorder::counts_of(network::UNet& net, std::size_t index) const {
  const Shape3& shape = dataset_.cases()[index].shape;
  const std::int64_t classes = dataset_.classes();
  const std::int64_t pixels = shape.slice_size();
  std::vector<float> image = dataset_.image(index);
  const Volume<Label> label = dataset_.label(index);
  const torch::Tensor slices =
      torch::from_blob(image.data(),
                       {dataset_.channels(), shape.depth, shape.height, shape.width},
                       torch::kFloat32)
          .transpose(0, 1)
          .contiguous();
  const torch::Tensor softmax =
      predict_probabilities(net, slices, window_).to(torch::kFloat32).contiguous();
  std::vector<Counts> counts;
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    const auto first = label.values.begin() + z * pixels;
    const std::vector<std::int64_t> wide(first, first + pixels);
    const torch::Tensor labels = torch::tensor(wide).view({1, shape.height, shape.width});
    const torch::Tensor map = map_of(index, z, labels);
    const double* values = map.data_ptr<double>();
    const float* probabilities = softmax.data_ptr<float>() + z * classes * pixels;
    Counts& of_slice = counts.emplace_back();
    for (std::int64_t i = 0; i < pixels; ++i) {
      of_slice.push_back(static_cast<std::uint8_t>(
          negative_entries(values + i, probabilities + i, classes, pixels)));
    }
  }
  return counts;
}

/// What does not change from epoch to epoch.
void SignRecorder::begin(storage::SignRecord& signs) const {
  signs.map = specification_ ? specification_->resolved() : maps_->specification();
  for (const SliceChoice& choice : pictured_) {
    const storage::CaseInfo& info = dataset_.cases()[choice.case_index];
    const Volume<Label> label = dataset_.label(choice.case_index);
    const auto first = label.values.begin() + choice.slice * info.shape.slice_size();
    signs.slices.push_back({info.id,
                            choice.slice,
                            info.shape.height,
                            info.shape.width,
                            {first, first + info.shape.slice_size()},
                            {}});
  }
}

void SignRecorder::record(network::UNet& net,
                          std::int64_t epochs_done,
                          storage::SignRecord& signs) const {
  std::vector<std::int64_t> pixels(static_cast<std::size_t>(dataset_.classes()), 0);
  std::vector<Counts> pictures(pictured_.size());
  for (const std::size_t index : cases_) {
    const std::vector<Counts> counts = counts_of(net, index);
    for (const Counts& of_slice : counts) {
      for (const std::uint8_t count : of_slice) ++pixels[count];
    }
    for (std::size_t i = 0; i < pictured_.size(); ++i) {
      if (pictured_[i].case_index != index) continue;
      pictures[i] = counts[static_cast<std::size_t>(pictured_[i].slice)];
    }
    stop_if_interrupted();
  }
  if (signs.slices.empty()) begin(signs);
  signs.epochs.push_back(epochs_done);
  signs.pixels.insert(signs.pixels.end(), pixels.begin(), pixels.end());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    auto& negatives = signs.slices[i].negatives;
    negatives.insert(negatives.end(), pictures[i].begin(), pictures[i].end());
  }
}

/// A slice by what it has: foreground classes and pixels.
struct RankedSlice {
  std::int64_t classes = 0;
  std::int64_t pixels = 0;
  SliceChoice choice;
};

std::vector<RankedSlice> ranked_slices(const storage::DatasetReader& dataset,
                                       const std::vector<std::size_t>& cases) {
  std::vector<RankedSlice> slices;
  for (const std::size_t index : cases) {
    const storage::CaseInfo& info = dataset.cases()[index];
    for (std::int64_t z = 0; z < info.shape.depth; ++z) {
      RankedSlice slice{0, 0, {index, z}};
      for (int k = 1; k < dataset.classes(); ++k) {
        const std::int64_t voxels =
            info.class_voxels[static_cast<std::size_t>(k * info.shape.depth + z)];
        slice.classes += voxels > 0 ? 1 : 0;
        slice.pixels += voxels;
      }
      slices.push_back(slice);
    }
  }
  std::stable_sort(slices.begin(), slices.end(), [](const auto& a, const auto& b) {
    return std::tie(a.classes, a.pixels) > std::tie(b.classes, b.pixels);
  });
  return slices;
}

}  // namespace

std::vector<SliceChoice> choose_slices(const storage::DatasetReader& dataset,
                                       const std::vector<std::size_t>& cases,
                                       std::size_t count) {
  std::vector<SliceChoice> chosen;
  std::vector<SliceChoice> further;
  std::set<std::size_t> seen;
  for (const RankedSlice& slice : ranked_slices(dataset, cases)) {
    (seen.insert(slice.choice.case_index).second ? chosen : further).push_back(slice.choice);
  }
  chosen.insert(chosen.end(), further.begin(), further.end());
  chosen.resize(std::min(chosen.size(), count));
  return chosen;
}

int negative_entries(const double* z, const float* y, std::int64_t classes, std::int64_t step) {
  int negative = 0;
  for (std::int64_t k = 0; k < classes; ++k) {
    // Difference by difference, as Eq. 2 stands: equal values of the map cancel exactly.
    double sum = 0;
    for (std::int64_t l = 0; l < classes; ++l) {
      sum += static_cast<double>(y[l * step]) * (z[k * step] - z[l * step]);
    }
    negative += static_cast<double>(y[k * step]) * sum < 0 ? 1 : 0;
  }
  return negative;
}

training::RecordSigns make_sign_recorder(const storage::DatasetReader& dataset,
                                         const storage::MapsReader* maps,
                                         const planning::Plan& plan,
                                         const training::TrainingConfig& config) {
  return [recorder = std::make_shared<const SignRecorder>(dataset, maps, plan, config)](
             network::UNet& net, std::int64_t epochs_done, storage::SignRecord& signs) {
    recorder->record(net, epochs_done, signs);
  };
}

}  // namespace regionwise::inference
