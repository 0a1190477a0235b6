#include "geometry/kernel_name.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace regionwise::geometry {
namespace {

TEST(KernelName, ReadsBack) {
  EXPECT_EQ(to_string(Kernel::cubic_bspline), "cubic-b-spline");
  for (const Kernel kernel : {Kernel::catmull_rom, Kernel::cubic_bspline}) {
    EXPECT_EQ(parse_cubic_kernel(to_string(kernel), "plan"), kernel);
  }
}

TEST(KernelName, RefusalNamesThePlaceAndWhatMayStandThere) {
  for (const std::string name : {"cubic-bspline", "linear", ""}) {
    try {
      parse_cubic_kernel(name, "c.json:kernel");
      FAIL() << name;
    } catch (const UsageError& error) {
      EXPECT_EQ(error.what(),
                "c.json:kernel: expected catmull-rom or cubic-b-spline, found " + name);
    }
  }
}

}  // namespace
}  // namespace regionwise::geometry
