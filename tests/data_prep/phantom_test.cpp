#include <gtest/gtest.h>

#include "sources/description.hpp"

namespace regionwise::sources {
namespace {

TEST(PhantomDescription, NamesTheClassesThatAreDrawn) {
  const Description d = find_description("phantom");
  EXPECT_EQ(d.layout, Layout::phantom);
  EXPECT_EQ(d.classes, (std::vector<std::string>{"background", "RV", "M", "LV"}));
  EXPECT_EQ(d.channels.size(), 1U);
  EXPECT_NE(d.citation.find("synthetic"), std::string::npos);
}

}  // namespace
}  // namespace regionwise::sources
