#include "storage/png.hpp"

#include <fmt/format.h>
#include <png.h>

#include <cerrno>
#include <string>

#include "core/error.hpp"
#include "storage/complete_file.hpp"

namespace regionwise::storage {

void write_png(const std::filesystem::path& path, const RgbImage& image, bool overwrite) {
  CompleteFile file(path, overwrite);
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  errno = 0;
  const int written = png_image_write_to_file(&png,
                                              file.temporary().c_str(),
                                              /*convert_to_8_bit=*/0,
                                              image.pixels.data(),
                                              /*row_stride=*/0,
                                              /*colormap=*/nullptr);
  if (written == 0) {
    // libpng knows of a "Write Error" only.
    const int error = errno;
    const std::string cause = error != 0 ? describe_errno(error) : png.message;
    throw IoError(fmt::format("{}: cannot be written: {}", path.string(), cause), error);
  }
  file.commit();
}

}  // namespace regionwise::storage
