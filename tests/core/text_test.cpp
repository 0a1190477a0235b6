#include "core/text.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace regionwise {
namespace {

TEST(Text, IsPlainWithoutControlCharactersInUtf8) {
  for (const char* text : {"", "rectified", "L_{RRW} 'Łódź' \"$(x)`", "§ é \xc2\xa0"}) {
    EXPECT_TRUE(is_plain(text)) << text;
    EXPECT_EQ(plain(text), text);
    EXPECT_EQ(require_plain(text, "x"), text);
  }
  for (const char* text : {"a\tb",
                           "a\nb",
                           "\x1b[2J",
                           "a\x7f",
                           "\xc2\x9b"
                           "31m",
                           "\xff"}) {
    EXPECT_FALSE(is_plain(text)) << text;
  }
  EXPECT_FALSE(is_plain(std::string("a\0b", 3)));
  EXPECT_EQ(plain("a\tb\n\x1b\xc2\x9b\xff"), "a b   \xff");
}

TEST(Text, BecomesReadable) {
  EXPECT_EQ(readable("a\tb\n\x1b\xc2\x9b\xff"), "a b   \xef\xbf\xbd");
  EXPECT_EQ(json_quoted("a\tb\xff\x7f\xc2\x9b\xc3\xa9"),
            "\"a\\tb\xef\xbf\xbd\\u007f\\u009b\xc3\xa9\"");
}

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(first_columns("\xc3\xa9t\xc3\xa9", 0), "");
  EXPECT_EQ(first_columns("\xc3\xa9t\xc3\xa9", 1), "\xc3\xa9");
  EXPECT_EQ(first_columns("\xc3\xa9t\xc3\xa9", 2), "\xc3\xa9t");
  EXPECT_EQ(first_columns("\xc3\xa9t\xc3\xa9", 3), "\xc3\xa9t\xc3\xa9");
  EXPECT_EQ(first_columns("abc", std::string::npos), "abc");
  // U+65E5, two columns wide.
  EXPECT_EQ(first_columns("a\xe6\x97\xa5", 2), "a");
  EXPECT_EQ(first_columns("a\xe6\x97\xa5", 3), "a\xe6\x97\xa5");
  EXPECT_EQ(character_bytes("a\xe6\x97\xa5", 1), 3U);
}

TEST(Text, RefusalIsOneLineThatShowsWhatItRefuses) {
  try {
    require_plain("a\n\x1b[2J\xff", "run.h5:/");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()),
              "run.h5:/: expected UTF-8 without control characters, found "
              "\"a\\n\\u001b[2J\xef\xbf\xbd\"");
  }
}

}  // namespace
}  // namespace regionwise
