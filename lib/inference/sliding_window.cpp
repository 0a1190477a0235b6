#include "inference/sliding_window.hpp"

#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "geometry/gaussian.hpp"
#include "network/compat.hpp"

namespace regionwise::inference {
namespace {

/// A unit impulse at the centre of an axis after the filter; zero beyond the axis.
std::vector<double> filtered_impulse(std::int64_t length) {
  const std::vector<double> taps = geometry::gaussian_taps(static_cast<double>(length) / 8);
  std::vector<double> response;
  for (std::int64_t i = 0; i < length; ++i) {
    const auto offset = static_cast<std::size_t>(std::abs(i - length / 2));
    response.push_back(offset < taps.size() ? taps[offset] : 0);
  }
  return response;
}

torch::Tensor softmax_of(network::UNet& net,
                         const torch::Tensor& tiles,
                         const WindowOptions& options) {
  options.between();
  const network::AutocastGuard autocast(options.bfloat16, tiles.device());
  torch::Tensor logits = net->forward(tiles, 1).front();
  if (logits.scalar_type() == torch::kBFloat16) logits = logits.to(torch::kFloat32);
  return torch::softmax(logits, 1);
}

torch::Tensor predict_tiles(network::UNet& net,
                            const torch::Tensor& tiles,
                            const WindowOptions& options) {
  torch::Tensor sum = softmax_of(net, tiles, options);
  if (!options.mirroring) return sum;
  const std::vector<std::vector<std::int64_t>> mirrorings{{3}, {2}, {2, 3}};
  for (const auto& axes : mirrorings) {
    sum = sum + softmax_of(net, tiles.flip(axes), options).flip(axes);
  }
  return sum / 4.0;
}

}  // namespace

std::vector<std::int64_t> tile_positions(std::int64_t size, std::int64_t patch) {
  if (size <= patch) return {0};
  const std::int64_t steps =
      static_cast<std::int64_t>(
          std::ceil(static_cast<double>(size - patch) / (static_cast<double>(patch) * 0.5))) +
      1;
  std::vector<std::int64_t> positions;
  for (std::int64_t k = 0; k < steps; ++k) {
    positions.push_back(static_cast<std::int64_t>(
        std::nearbyint(static_cast<double>(k * (size - patch)) / static_cast<double>(steps - 1))));
  }
  return positions;
}

torch::Tensor gaussian_importance(std::array<std::int64_t, 2> patch) {
  const std::vector<double> rows = filtered_impulse(patch[0]);
  const std::vector<double> columns = filtered_impulse(patch[1]);
  torch::Tensor map =
      torch::outer(torch::tensor(rows, torch::kFloat64), torch::tensor(columns, torch::kFloat64));
  map = (map / map.max()).to(torch::kFloat32);
  return torch::where(map > 0, map, map.masked_select(map > 0).min());
}

torch::Tensor predict_probabilities(network::UNet& net,
                                    const torch::Tensor& slices,
                                    const WindowOptions& options) {
  const torch::NoGradGuard no_grad;
  net->eval();
  const torch::Tensor weight_like = net->parameters().front();
  const std::int64_t height = slices.size(2);
  const std::int64_t width = slices.size(3);
  const std::int64_t pad_y = std::max<std::int64_t>(0, options.patch[0] - height);
  const std::int64_t pad_x = std::max<std::int64_t>(0, options.patch[1] - width);
  const torch::Tensor padded =
      torch::constant_pad_nd(slices, {pad_x / 2, pad_x - pad_x / 2, pad_y / 2, pad_y - pad_y / 2});
  const auto rows = tile_positions(padded.size(2), options.patch[0]);
  const auto columns = tile_positions(padded.size(3), options.patch[1]);
  const bool one_tile = rows.size() == 1 && columns.size() == 1;
  const torch::Tensor importance = one_tile ? torch::ones({options.patch[0], options.patch[1]})
                                            : gaussian_importance(options.patch);
  const torch::Tensor weight = importance.to(weight_like.options());

  std::vector<torch::Tensor> predicted;
  for (std::int64_t first = 0; first < slices.size(0); first += options.batch) {
    const std::int64_t count = std::min(options.batch, slices.size(0) - first);
    const torch::Tensor images = padded.slice(0, first, first + count).to(weight_like.options());
    torch::Tensor sum;
    const torch::Tensor weights =
        torch::zeros({padded.size(2), padded.size(3)}, weight_like.options());
    for (const std::int64_t y : rows) {
      for (const std::int64_t x : columns) {
        const auto window = [&, y, x](const torch::Tensor& tensor) {
          return tensor.slice(-2, y, y + options.patch[0]).slice(-1, x, x + options.patch[1]);
        };
        const torch::Tensor tile = predict_tiles(net, window(images), options);
        if (!sum.defined()) {
          sum = torch::zeros({count, tile.size(1), padded.size(2), padded.size(3)},
                             weight_like.options());
        }
        window(sum).add_(tile * weight);
        window(weights).add_(weight);
      }
    }
    predicted.push_back((sum / weights)
                            .slice(2, pad_y / 2, pad_y / 2 + height)
                            .slice(3, pad_x / 2, pad_x / 2 + width)
                            .to(torch::kCPU));
  }
  return torch::cat(predicted, 0);
}

}  // namespace regionwise::inference
