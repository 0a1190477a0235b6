#include "training/sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "planning/loader_patch.hpp"

namespace regionwise::training {
namespace {

std::int64_t floor_half(std::int64_t value) {
  return value >= 0 ? value / 2 : -((-value + 1) / 2);
}

template <class T>
const T& one_of(const std::vector<T>& values, RandomStream& random) {
  return values[static_cast<std::size_t>(random.integer(std::ssize(values)))];
}

std::int64_t between(const CornerRange& range, RandomStream& random) {
  return range.low + random.integer(range.high - range.low + 1);
}

std::int64_t voxels_of(const storage::CaseInfo& info, int k, std::int64_t z) {
  return info.class_voxels[static_cast<std::size_t>(k * info.shape.depth + z)];
}

std::vector<std::int64_t> slices_with(const storage::CaseInfo& info, int k) {
  std::vector<std::int64_t> slices;
  for (std::int64_t z = 0; z < info.shape.depth; ++z) {
    if (voxels_of(info, k, z) > 0) slices.push_back(z);
  }
  return slices;
}

std::vector<int> foreground_classes(const storage::CaseInfo& info, int classes) {
  std::vector<int> present;
  for (int k = 1; k < classes; ++k) {
    if (!slices_with(info, k).empty()) present.push_back(k);
  }
  return present;
}

/// Index of the n-th pixel of class k.
std::int64_t find_pixel(const std::vector<Label>& label, int k, std::int64_t n) {
  for (std::size_t pixel = 0; pixel < label.size(); ++pixel) {
    if (label[pixel] == k && n-- == 0) return static_cast<std::int64_t>(pixel);
  }
  throw DataError(fmt::format("class_voxels counts more pixels of class {} than there are", k));
}

/// The patch that begins at `origin` in each plane of a slice [planes, H, W]; `fill` where it
/// reaches beyond.
template <class T>
std::vector<T> cut_patch(const std::vector<T>& planes,
                         const Shape3& shape,
                         const PatchOrigin& origin,
                         const Shape2& size,
                         T fill) {
  const std::int64_t count = std::ssize(planes) / shape.slice_size();
  std::vector<T> patch(static_cast<std::size_t>(count * size.size()), fill);
  const std::int64_t y_begin = std::max<std::int64_t>(0, -origin.y);
  const std::int64_t y_end = std::min(size.height, shape.height - origin.y);
  const std::int64_t x_begin = std::max<std::int64_t>(0, -origin.x);
  const std::int64_t x_end = std::min(size.width, shape.width - origin.x);
  if (x_begin >= x_end) return patch;
  for (std::int64_t plane = 0; plane < count; ++plane) {
    for (std::int64_t y = y_begin; y < y_end; ++y) {
      const auto source =
          planes.begin() + plane * shape.slice_size() + (origin.y + y) * shape.width + origin.x;
      std::copy(source + x_begin,
                source + x_end,
                patch.begin() + (plane * size.height + y) * size.width + x_begin);
    }
  }
  return patch;
}

}  // namespace

std::int64_t first_forced_sample(std::int64_t batch_size, double foreground_share) {
  // Python's round(): half to even.
  return static_cast<std::int64_t>(
      std::nearbyint(static_cast<double>(batch_size) * (1.0 - foreground_share)));
}

CornerRange corner_range(std::int64_t size, std::int64_t loader, std::int64_t patch) {
  std::int64_t need = loader - patch;
  if (need + size < loader) need = loader - size;
  return {floor_half(-need), size + need / 2 + need % 2 - loader};
}

DrawPosition draw_position(Purpose purpose, const SamplePosition& position) {
  return {.purpose = purpose,
          .epoch = static_cast<std::uint32_t>(position.epoch),
          .iteration = static_cast<std::uint32_t>(position.iteration),
          .sample = static_cast<std::uint32_t>(position.sample)};
}

SamplerOptions sampler_options(const planning::Plan& plan,
                               const AugmentationConfig& augmentation,
                               double foreground_share) {
  const auto read = augmentation.any_spatial() ? planning::loader_patch_size(
                                                     plan.patch_size, augmentation.rotation.degrees)
                                               : plan.patch_size;
  return {.read = {read[0], read[1]},
          .patch = {plan.patch_size[0], plan.patch_size[1]},
          .batch_size = plan.batch_size,
          .foreground_share = foreground_share};
}

Sampler::Sampler(std::shared_ptr<const storage::DatasetReader> dataset,
                 std::shared_ptr<const storage::MapsReader> maps,
                 const SamplerOptions& options,
                 std::uint64_t seed)
    : dataset_(std::move(dataset)),
      maps_(std::move(maps)),
      options_(options),
      seed_(seed),
      cases_(dataset_->cases_of("train")) {
  if (cases_.empty()) {
    throw DataError(dataset_->path().string() + ": no case belongs to the split \"train\"");
  }
}

std::string Sampler::describe(const PatchOrigin& origin) const {
  return fmt::format("{} slice {}", dataset_->cases()[origin.case_index].id, origin.slice);
}

DrawnPatch Sampler::draw(const SamplePosition& position, const Note& note) const {
  RandomStream random(seed_, draw_position(Purpose::sampling, position));
  DrawnPatch drawn;
  drawn.origin.case_index = one_of(cases_, random);
  const storage::CaseInfo& info = dataset_->cases()[drawn.origin.case_index];
  int forced_class = 0;
  if (position.sample >= first_forced_sample(options_.batch_size, options_.foreground_share)) {
    const auto present = foreground_classes(info, dataset_->classes());
    if (!present.empty()) forced_class = one_of(present, random);
  }
  drawn.origin.slice = forced_class > 0 ? one_of(slices_with(info, forced_class), random)
                                        : random.integer(info.shape.depth);
  note(describe(drawn.origin));
  with_context(describe(drawn.origin), [&] { read(drawn, forced_class, random); });
  return drawn;
}

/// Reads the slice, draws the corner (around a pixel of `forced_class` where that is not 0) and
/// cuts the patch.
void Sampler::read(DrawnPatch& drawn, int forced_class, RandomStream& random) const {
  PatchOrigin& origin = drawn.origin;
  const storage::CaseInfo& info = dataset_->cases()[origin.case_index];
  const Shape3& shape = info.shape;
  const auto planes = [&](int count) {
    return static_cast<std::size_t>(count * shape.slice_size());
  };
  std::vector<float> image(planes(dataset_->channels()));
  std::vector<Label> label(planes(1));
  dataset_->slice(origin.case_index, origin.slice, image, label);

  const Shape2& size = options_.read;
  const CornerRange rows = corner_range(shape.height, size.height, options_.patch.height);
  const CornerRange columns = corner_range(shape.width, size.width, options_.patch.width);
  if (forced_class > 0) {
    const std::int64_t count = voxels_of(info, forced_class, origin.slice);
    const std::int64_t pixel = find_pixel(label, forced_class, random.integer(count));
    // No upper limit: the patch may reach beyond the image (spec §4.3).
    origin.y = std::max(rows.low, pixel / shape.width - size.height / 2);
    origin.x = std::max(columns.low, pixel % shape.width - size.width / 2);
  } else {
    origin.y = between(rows, random);
    origin.x = between(columns, random);
  }
  TrainingSample& sample = drawn.sample;
  sample.channels = dataset_->channels();
  sample.shape = size;
  sample.image = cut_patch(image, shape, origin, size, 0.0F);
  sample.label = cut_patch(label, shape, origin, size, Label{-1});
  if (maps_ == nullptr) return;
  std::vector<float> map(planes(dataset_->classes()));
  maps_->slice(info.id, origin.slice, map);
  sample.map_channels = dataset_->classes();
  sample.map = cut_patch(map, shape, origin, size, 0.0F);
}

}  // namespace regionwise::training
