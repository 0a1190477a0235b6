#include "training/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace regionwise::training {
namespace {

/// Samples are made from a sampler's patches.
struct SampleMaker {
  std::shared_ptr<const Sampler> sampler;
  AugmentationConfig augmentation;
  std::vector<bool> masked;

  DrawnPatch make(const SamplePosition& position, const Sampler::Note& note) const {
    const auto where =
        fmt::format("epoch {}, iteration {}", position.epoch + 1, position.iteration + 1);
    return with_context(where, [&] {
      DrawnPatch drawn = sampler->draw(position, note);
      drawn.sample = augmented(drawn.sample, *sampler, augmentation, masked, position);
      return drawn;
    });
  }
};

}  // namespace

/// One batch while it is made.
struct Loader::Place {
  std::vector<DrawnPatch> samples;
  Batch batch;
};

Batch assemble(const std::vector<DrawnPatch>& samples) {
  const auto n = std::ssize(samples);
  const TrainingSample& first = samples.front().sample;
  const auto [height, width] = first.shape;
  Batch batch;
  batch.images = torch::empty({n, first.channels, height, width});
  batch.labels = torch::empty({n, height, width}, torch::kInt64);
  if (first.map_channels > 0) batch.maps = torch::empty({n, first.map_channels, height, width});
  float* images = batch.images.data_ptr<float>();
  std::int64_t* labels = batch.labels.data_ptr<std::int64_t>();
  float* maps = first.map_channels > 0 ? batch.maps.data_ptr<float>() : nullptr;
  for (const auto& [origin, sample] : samples) {
    batch.origins.push_back(origin);
    images = std::copy(sample.image.begin(), sample.image.end(), images);
    labels = std::copy(sample.label.begin(), sample.label.end(), labels);
    maps = std::copy(sample.map.begin(), sample.map.end(), maps);
  }
  return batch;
}

std::vector<bool> masked_channels(const planning::Plan& plan, std::int64_t channels) {
  std::vector<bool> masked(static_cast<std::size_t>(channels), plan.normalize_inside_mask);
  for (std::size_t c = 0; c < std::min(masked.size(), plan.normalization.size()); ++c) {
    if (plan.normalization[c] == "CT") masked[c] = false;
  }
  return masked;
}

TrainingSample augmented(const TrainingSample& read,
                         const Sampler& sampler,
                         const AugmentationConfig& augmentation,
                         const std::vector<bool>& masked,
                         const SamplePosition& position,
                         std::vector<AugmentationDraw>* draws) {
  // The purpose of the position is augment's own affair.
  return augment(read,
                 sampler.options().patch,
                 augmentation,
                 masked,
                 sampler.seed(),
                 draw_position(Purpose::sampling, position),
                 draws);
}

int default_loader_threads(const torch::Device& device, int threads) {
  return device.is_cpu() ? 1 : std::clamp(threads, 2, 12);
}

Loader::Loader(const std::shared_ptr<const Sampler>& sampler,
               const AugmentationConfig& augmentation,
               const std::vector<bool>& masked,
               const LoaderOptions& options)
    : places_(std::make_shared<std::vector<Place>>(
          static_cast<std::size_t>(options.ahead),
          Place{.samples = std::vector<DrawnPatch>(
                    static_cast<std::size_t>(sampler->options().batch_size)),
                .batch = {}})),
      pipeline_(
          {.first = options.first,
           .end = options.end,
           .parts = sampler->options().batch_size,
           .threads = options.threads,
           .ahead = options.ahead,
           .patience_minutes = options.patience_minutes,
           .warn = options.warn},
          [places = places_,
           per_epoch = options.iterations_per_epoch,
           maker = SampleMaker{sampler, augmentation, masked}](
              std::int64_t job, std::int64_t part, const JobPipeline::Note& note) {
            auto& samples = (*places)[static_cast<std::size_t>(job) % places->size()].samples;
            samples[static_cast<std::size_t>(part)] =
                maker.make({job / per_epoch, job % per_epoch, part}, note);
          },
          [places = places_](std::int64_t job) {
            Place& place = (*places)[static_cast<std::size_t>(job) % places->size()];
            place.batch = assemble(place.samples);
            for (DrawnPatch& drawn : place.samples) drawn = {};
          }) {}

std::optional<Batch> Loader::next(const std::function<bool()>& cancelled) {
  std::optional<Batch> batch;
  pipeline_.next(
      [&](std::int64_t job) {
        batch = std::move((*places_)[static_cast<std::size_t>(job) % places_->size()].batch);
      },
      cancelled);
  return batch;
}

}  // namespace regionwise::training
