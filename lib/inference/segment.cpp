#include "inference/segment.hpp"

#include <fmt/format.h>
#include <torch/utils.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/interrupt.hpp"
#include "core/version.hpp"
#include "network/compat.hpp"
#include "preprocessing/restore.hpp"
#include "storage/nifti.hpp"
#include "storage/orientation.hpp"

namespace regionwise::inference {
namespace {

/// The largest of values that are no numbers would be any class: refused, and the weight named that
/// is none, if one is.
void refuse_not_finite(const torch::Tensor& probabilities,
                       network::UNet& net,
                       const std::string& id,
                       const std::string& run) {
  if (torch::isfinite(probabilities).all().item<bool>()) return;
  std::string cause = "its weights, or the image's values, are too large";
  for (const auto& parameter : net->named_parameters()) {
    if (torch::isfinite(parameter.value()).all().item<bool>()) continue;
    cause = fmt::format("weight {} is not finite", parameter.key());
    break;
  }
  throw DataError(fmt::format("case {}: the network of {} yields values that are not finite: {}",
                              id,
                              run.empty() ? "the run" : run,
                              cause));
}

}  // namespace

Volume<Label> segment(network::UNet& net,
                      std::span<const float> image,
                      std::int64_t channels,
                      const storage::CaseInfo& info,
                      const WindowOptions& options) {
  const Shape3& shape = info.shape;
  // Read-only, whatever from_blob takes.
  const torch::Tensor volume = torch::from_blob(const_cast<float*>(image.data()),
                                                {channels, shape.depth, shape.height, shape.width},
                                                torch::kFloat32);
  const std::int64_t classes = net->config().classes;
  const auto plane = static_cast<std::size_t>(classes * shape.slice_size());
  preprocessing::Restorer restorer(info, classes);
  for (std::int64_t first = 0; first < shape.depth; first += options.batch) {
    const std::int64_t last = std::min(first + options.batch, shape.depth);
    const torch::Tensor slices = volume.slice(1, first, last).transpose(0, 1).contiguous();
    const torch::Tensor probabilities =
        predict_probabilities(net, slices, options).to(torch::kFloat32).contiguous();
    if (options.refuse_not_finite) {
      refuse_not_finite(probabilities, net, info.id, options.run);
    }
    const float* values = probabilities.data_ptr<float>();
    for (std::int64_t z = first; z < last; ++z) {
      const auto offset = static_cast<std::size_t>(z - first) * plane;
      restorer.add_slice(z, std::span<const float>(values + offset, plane));
    }
  }
  return std::move(restorer).finish();
}

void export_segmentation(const std::filesystem::path& folder,
                         const std::string& name,
                         Volume<Label> segmentation,
                         const storage::ImageGeometry& source,
                         const storage::FinishedOutputs& finished,
                         std::span<const std::filesystem::path> inputs) {
  const Volume<Label> stored =
      storage::to_stored(std::move(segmentation), source.shape, storage::orientation_of(source));
  // A signal must not part the file from its note.
  storage::write_nifti_labels(
      folder / name, stored.view(), source, [&](const std::filesystem::path& temporary) {
        finished.announce(name, inputs, hash_file(temporary, go_on));
      });
}

Volume<Label> read_segmentation(const std::filesystem::path& path,
                                const storage::ImageGeometry& source) {
  const storage::NiftiLabels stored = storage::read_nifti_labels(path);
  Volume<Label> labels(stored.labels.shape);
  std::transform(stored.labels.values.begin(),
                 stored.labels.values.end(),
                 labels.values.begin(),
                 [](std::int32_t value) { return static_cast<Label>(value); });
  return storage::to_canonical(std::move(labels), storage::orientation_of(source));
}

std::string hash_of_segmenter(const std::filesystem::path& run_path,
                              bool mirroring,
                              const torch::Device& device) {
  return hash_text(fmt::format("{} mirroring {} device {} threads {} build {} {} {}",
                               hash_file(run_path),
                               mirroring,
                               device.str(),
                               torch::get_num_threads(),
                               commit(),
                               compiler(),
                               network::libtorch_version()));
}

void stop_between_segmentations() {
  if (!interrupted()) return;
  throw RetryError(
      "interrupted, the segmentations made so far are kept: run the same command again to go on");
}

}  // namespace regionwise::inference
