#include "storage/png.hpp"

#include <gtest/gtest.h>
#include <png.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::bytes_of;
using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;

RgbImage gradient() {
  RgbImage image(5, 7, {});
  for (std::int64_t y = 0; y < 5; ++y) {
    for (std::int64_t x = 0; x < 7; ++x) {
      image.at(y, x) = {static_cast<std::uint8_t>(50 * y), static_cast<std::uint8_t>(30 * x), 9};
    }
  }
  return image;
}

/// The pixels of a PNG file as libpng reads them.
RgbImage read_back(const std::filesystem::path& path) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_file(&png, path.c_str()), 0) << png.message;
  png.format = PNG_FORMAT_RGB;
  RgbImage image(png.height, png.width, {});
  EXPECT_NE(png_image_finish_read(&png, nullptr, image.pixels.data(), 0, nullptr), 0);
  return image;
}

TEST(Png, KeepsEveryPixel) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", gradient(), /*overwrite=*/false);
  const RgbImage found = read_back(folder / "a.png");
  EXPECT_EQ(found.height, 5);
  EXPECT_EQ(found.width, 7);
  EXPECT_EQ(found.pixels, gradient().pixels);
}

TEST(Png, SamePictureSameBytes) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", gradient(), false);
  write_png(folder / "b.png", gradient(), false);
  EXPECT_EQ(bytes_of(folder / "a.png"), bytes_of(folder / "b.png"));
}

TEST(Png, SaysWhatTheSystemSaysWhereThereIsNoRoom) {
  const TemporaryFolder folder;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{16, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string message =
      message_of<IoError>([&] { write_png(folder / "a.png", gradient(), false); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(message.find("a.png: cannot be written: File too large"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(folder / "a.png"));
}

TEST(Png, ReplacesAFileOnlyWhereAsked) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", gradient(), false);
  const std::string before = bytes_of(folder / "a.png");
  const RgbImage black(2, 2, {});
  EXPECT_THROW(write_png(folder / "a.png", black, false), IoError);
  EXPECT_EQ(bytes_of(folder / "a.png"), before);
  write_png(folder / "a.png", black, true);
  EXPECT_EQ(read_back(folder / "a.png").pixels, black.pixels);
  EXPECT_THROW(write_png(folder / "missing" / "a.png", black, false), IoError);
}

}  // namespace
}  // namespace regionwise::storage
