#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <utility>

namespace regionwise::testing {

/// Checks a property with random values; a counterexample, which rc::check alone would only print,
/// fails the test.
template <class Property>
void check_property(Property&& property) {
  EXPECT_TRUE(rc::check(std::forward<Property>(property)));
}

}  // namespace regionwise::testing
