#include "training/sampler.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace regionwise::training {
namespace {

std::int64_t floor_half(std::int64_t value) {
  return value >= 0 ? value / 2 : -((-value + 1) / 2);
}

/// Copies the overlap of a patch that begins at (y, x) from one plane of a slice.
template <class T, class U>
void copy_overlap(const T* plane,
                  std::int64_t height,
                  std::int64_t width,
                  const PatchOrigin& origin,
                  std::array<std::int64_t, 2> patch,
                  U* destination) {
  const std::int64_t x_begin = std::max<std::int64_t>(0, -origin.x);
  const std::int64_t x_end = std::min(patch[1], width - origin.x);
  for (std::int64_t row = 0; row < patch[0]; ++row) {
    const std::int64_t y = origin.y + row;
    if (y < 0 || y >= height || x_begin >= x_end) continue;
    const T* source = plane + y * width + origin.x;
    std::copy(source + x_begin, source + x_end, destination + row * patch[1] + x_begin);
  }
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

Sampler::Sampler(const storage::DatasetReader& dataset,
                 const storage::MapsReader* maps,
                 const planning::Plan& plan,
                 double foreground_share,
                 bool mirror,
                 std::uint64_t seed)
    : dataset_(dataset),
      maps_(maps),
      plan_(plan),
      foreground_share_(foreground_share),
      mirror_(mirror),
      seed_(seed),
      cases_(dataset.cases_of("train")) {
  if (cases_.empty()) {
    throw DataError(dataset.path().string() + ": no case belongs to the split \"train\"");
  }
}

Batch Sampler::draw(std::int64_t epoch, std::int64_t iteration) const {
  const std::int64_t n = plan_.batch_size;
  const auto [height, width] = plan_.patch_size;
  Batch batch;
  batch.images = torch::zeros({n, dataset_.channels(), height, width});
  batch.labels = torch::zeros({n, height, width}, torch::kInt64);
  if (maps_ != nullptr) batch.maps = torch::zeros({n, dataset_.classes(), height, width});
  const std::int64_t first_forced = first_forced_sample(n, foreground_share_);
  for (std::int64_t sample = 0; sample < n; ++sample) {
    DrawPosition position{.purpose = Purpose::sampling,
                          .epoch = static_cast<std::uint32_t>(epoch),
                          .iteration = static_cast<std::uint32_t>(iteration),
                          .sample = static_cast<std::uint32_t>(sample)};
    RandomStream random(seed_, position);
    const PatchOrigin origin = draw_origin(random, sample >= first_forced);
    read_patch(origin, sample, batch);
    batch.origins.push_back(origin);
    position.purpose = Purpose::mirroring;
    RandomStream mirroring(seed_, position);
    if (mirror_) mirror(mirroring, sample, batch);
  }
  return batch;
}

PatchOrigin Sampler::draw_origin(RandomStream& random, bool forced) const {
  PatchOrigin origin;
  origin.case_index =
      cases_[static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(cases_.size())))];
  const storage::CaseInfo& info = dataset_.cases()[origin.case_index];
  const auto [patch_height, patch_width] = plan_.patch_size;
  const CornerRange rows = corner_range(info.shape.height, patch_height, patch_height);
  const CornerRange columns = corner_range(info.shape.width, patch_width, patch_width);

  std::vector<std::int64_t> present;  // foreground classes of this case
  const auto voxels = [&](std::int64_t k, std::int64_t z) {
    return info.class_voxels[static_cast<std::size_t>(k * info.shape.depth + z)];
  };
  for (std::int64_t k = 1; forced && k < dataset_.classes(); ++k) {
    for (std::int64_t z = 0; z < info.shape.depth; ++z) {
      if (voxels(k, z) == 0) continue;
      present.push_back(k);
      break;
    }
  }
  if (present.empty()) {
    origin.slice = random.integer(info.shape.depth);
    origin.y = rows.low + random.integer(rows.high - rows.low + 1);
    origin.x = columns.low + random.integer(columns.high - columns.low + 1);
    return origin;
  }
  const std::int64_t k =
      present[static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(present.size())))];
  std::vector<std::int64_t> slices;
  for (std::int64_t z = 0; z < info.shape.depth; ++z) {
    if (voxels(k, z) > 0) slices.push_back(z);
  }
  origin.slice =
      slices[static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(slices.size())))];
  std::int64_t skip = random.integer(voxels(k, origin.slice));
  std::vector<float> image(static_cast<std::size_t>(dataset_.channels() * info.shape.slice_size()));
  std::vector<Label> label(static_cast<std::size_t>(info.shape.slice_size()));
  dataset_.slice(origin.case_index, origin.slice, image, label);
  std::int64_t pixel = 0;
  while (label[static_cast<std::size_t>(pixel)] != k || skip-- > 0) ++pixel;
  // No upper limit: the patch may reach beyond the image (spec §4.3).
  origin.y = std::max(rows.low, pixel / info.shape.width - patch_height / 2);
  origin.x = std::max(columns.low, pixel % info.shape.width - patch_width / 2);
  return origin;
}

void Sampler::read_patch(const PatchOrigin& origin, std::int64_t sample, Batch& batch) const {
  const storage::CaseInfo& info = dataset_.cases()[origin.case_index];
  const std::int64_t height = info.shape.height;
  const std::int64_t width = info.shape.width;
  const std::int64_t patch = plan_.patch_size[0] * plan_.patch_size[1];
  std::vector<float> image(static_cast<std::size_t>(dataset_.channels() * height * width));
  std::vector<Label> label(static_cast<std::size_t>(height * width));
  dataset_.slice(origin.case_index, origin.slice, image, label);
  float* images = batch.images.data_ptr<float>() + sample * dataset_.channels() * patch;
  for (std::int64_t c = 0; c < dataset_.channels(); ++c) {
    copy_overlap(image.data() + c * height * width,
                 height,
                 width,
                 origin,
                 plan_.patch_size,
                 images + c * patch);
  }
  std::int64_t* labels = batch.labels.data_ptr<std::int64_t>() + sample * patch;
  copy_overlap(label.data(), height, width, origin, plan_.patch_size, labels);
  if (maps_ == nullptr) return;
  std::vector<float> map(static_cast<std::size_t>(dataset_.classes() * height * width));
  maps_->slice(info.id, origin.slice, map);
  float* maps = batch.maps.data_ptr<float>() + sample * dataset_.classes() * patch;
  for (std::int64_t k = 0; k < dataset_.classes(); ++k) {
    copy_overlap(
        map.data() + k * height * width, height, width, origin, plan_.patch_size, maps + k * patch);
  }
}

void Sampler::mirror(RandomStream& random, std::int64_t sample, Batch& batch) const {
  std::vector<std::int64_t> from_the_end;
  if (random.chance(0.5)) from_the_end.push_back(-2);
  if (random.chance(0.5)) from_the_end.push_back(-1);
  if (from_the_end.empty()) return;
  for (torch::Tensor* tensor : {&batch.images, &batch.labels, &batch.maps}) {
    if (!tensor->defined()) continue;
    torch::Tensor item = tensor->select(0, sample);
    item.copy_(item.flip(from_the_end));
  }
}

}  // namespace regionwise::training
