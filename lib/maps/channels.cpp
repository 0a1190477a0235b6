#include "maps/channels.hpp"

namespace regionwise::maps {

void for_each_channel(const LabelBatch& batch,
                      const MapSettings& settings,
                      std::span<double> map,
                      const std::function<void(const Channel&)>& body) {
  Shape3 image = batch.shape;
  if (!settings.three_dimensional) image.depth = 1;
  const std::size_t pixels = image.size();
  const std::int64_t images = batch.shape.depth / image.depth;
  for (std::int64_t sample = 0; sample < batch.samples; ++sample) {
    for (std::int64_t index = 0; index < images; ++index) {
      const auto labels = batch.labels.subspan((sample * images + index) * pixels, pixels);
      for (std::int64_t k = 0; k < batch.classes; ++k) {
        const std::size_t start = ((sample * batch.classes + k) * images + index) * pixels;
        body({labels, image, static_cast<Label>(k), map.subspan(start, pixels)});
      }
    }
  }
}

}  // namespace regionwise::maps
