#include "core/text_file.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/json.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise {
namespace {

using testing::message_of;
using testing::TemporaryFolder;
using testing::write_bytes;

TEST(TextFile, IsReadToItsLimitAndNoFurther) {
  const TemporaryFolder folder;
  const std::string text(100000, 'x');
  write_bytes(folder / "a.txt", text);
  EXPECT_EQ(read_text_file(folder / "a.txt", text.size()), text);
  EXPECT_NE(message_of<DataError>([&] {
              read_text_file(folder / "a.txt", text.size() - 1);
            }).find("a.txt: is longer than 99999 bytes"),
            std::string::npos);
}

TEST(TextFile, OfOtherKindsIsRefused) {
  const TemporaryFolder folder;
  // As what has no end.
  EXPECT_EQ(message_of<DataError>([] { read_text_file("/dev/zero"); }),
            "/dev/zero: is no text file: it holds a NUL byte (save text as UTF-8)");
  EXPECT_THROW(read_json("/dev/zero"), DataError);
  {
    // JSON takes many times its bytes: what is no history or table ends earlier.
    write_bytes(folder / "a.json", "{}" + std::string(std::size_t{16} << 20, ' '));
    EXPECT_NE(message_of<DataError>([&] { read_json(folder / "a.json"); }).find("16777216 bytes"),
              std::string::npos);
    EXPECT_NE(message_of<DataError>([&] { read_json_and_hash(folder / "a.json"); }).find("longer"),
              std::string::npos);
  }
  EXPECT_THROW(read_text_file(folder.path()), IoError);
  EXPECT_THROW(read_text_file(folder / "none"), IoError);
}

TEST(TextFile, MayBeginWithAByteOrderMark) {
  const TemporaryFolder folder;
  const std::string json = "\xef\xbb\xbf{\"a\": 1}";
  write_bytes(folder / "a.json", json);
  const auto file = read_json_and_hash(folder / "a.json");
  EXPECT_EQ(file.json, Json({{"a", 1}}));
  EXPECT_EQ(file.hash, hash_file(folder / "a.json")) << "of its bytes as they are";
  EXPECT_EQ(read_json(folder / "a.json"), file.json);
  EXPECT_EQ(open_text_file(folder / "a.json").str(), "{\"a\": 1}");
  EXPECT_EQ(without_byte_order_mark("\xef\xbb"), "\xef\xbb");
}

}  // namespace
}  // namespace regionwise
