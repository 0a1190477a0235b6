#include "listings/sign_listing.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace regionwise::listings {
namespace {

TEST(SignListing, PrintsTheLargestSeedAsItIs) {
  constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max();
  reporting::SignCounts counts;
  counts.class_names = {"background", "LV"};
  counts.map = {{"name", "boundary"}};
  counts.rows = {{.run = "tiny", .seed = kLargest, .epoch = 1, .case_id = "a"}};
  counts.totals = {{"tiny", kLargest, 1, {0, 9}}};
  const std::string text = sign_listing(counts, 1, "gradients a.h5").to_tsv();
  EXPECT_NE(text.find("\ntiny\t18446744073709551615\t1\ta\t"), std::string::npos) << text;
  EXPECT_NE(text.find("tiny\t18446744073709551615\t1\t0\t9\t"), std::string::npos) << text;
}

}  // namespace
}  // namespace regionwise::listings
