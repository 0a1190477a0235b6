#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace regionwise::storage {

using Rgb = std::array<std::uint8_t, 3>;  ///< Red, green, blue of sRGB.

/// A picture, rows from top to bottom.
struct RgbImage {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<Rgb> pixels;  ///< [height, width]

  RgbImage() = default;
  RgbImage(std::int64_t h, std::int64_t w, Rgb fill)
      : height(h), width(w), pixels(static_cast<std::size_t>(h * w), fill) {}
  Rgb& at(std::int64_t y, std::int64_t x) {
    return pixels[static_cast<std::size_t>(y * width + x)];
  }
  const Rgb& at(std::int64_t y, std::int64_t x) const {
    return pixels[static_cast<std::size_t>(y * width + x)];
  }
};

/// Writes a PNG file of 8 bits a channel, complete or not at all; the same picture is the same
/// bytes. IoError where it cannot be written, or exists and `overwrite` is false.
void write_png(const std::filesystem::path& path, const RgbImage& image, bool overwrite);

}  // namespace regionwise::storage
