#pragma once

#include <string>
#include <vector>

namespace regionwise::statistics::testing {

/// Pairs of values and the group of each, as the tests of groups take them.
struct PairedSample {
  std::vector<double> a;
  std::vector<double> b;
  std::vector<std::string> groups;

  void add(double in_a, double in_b, const std::string& group) {
    a.push_back(in_a);
    b.push_back(in_b);
    groups.push_back(group);
  }
};

}  // namespace regionwise::statistics::testing
