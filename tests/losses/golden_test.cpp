#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

#include "core/error.hpp"
#include "examples.hpp"
#include "losses/loss.hpp"
#include "storage/hdf5.hpp"
#include "support/golden.hpp"

namespace regionwise::testing {
namespace {

using losses::Loss;
using losses::LossInput;
using storage::Hdf5Reader;

/// The description of a loss that the reference calls `class_name`, such as RWGradualDiceLoss.
Json describe(const std::string& class_name, int dimensions, bool quirks) {
  static const std::regex pattern("(Boundary|RW)?(Equal|Gradual)?(Dice|CE|Focal)?Loss");
  static const std::map<std::string, std::string> names = {
      {"Dice", "dice"}, {"CE", "cross-entropy"}, {"Focal", "focal"}};
  std::smatch parts;
  if (!std::regex_match(class_name, parts, pattern)) {
    throw DataError(class_name + ": a loss that this test does not know");
  }
  const Json region = {{"name", "region-wise"},
                       {"map",
                        {{"name", parts[1] == "RW" ? "rectified" : "boundary"},
                         {"dimensions", dimensions},
                         {"reference-quirks", quirks}}}};
  if (!parts[3].matched) return region;
  const Json other = {{"name", names.at(parts[3])}};
  if (!parts[1].matched) return other;
  // BoundaryDiceLoss, without a word between, is gradual too.
  Json weights = {{"kind", "equal"}};
  if (parts[2] != "Equal") {
    weights = {{"kind", "gradual"}, {"start", 1}, {"end", 0}, {"epochs", 100}, {"floor", 0.01}};
  }
  return {{"name", "sum"}, {"terms", {other, region}}, {"weights", weights}};
}

struct Tolerance {
  double value;          ///< Relative.
  double gradient;       ///< Absolute.
  double gradient_part;  ///< Of the largest gradient; the wider of the two holds.
};

class GoldenLosses : public ::testing::Test {
 protected:
  torch::Tensor read(const std::string& dataset) const {
    const auto extents = file_.extents(dataset);
    if (file_.element_type(dataset) == "float32") {
      return torch::tensor(file_.read<float>(dataset), torch::kFloat64).view(extents);
    }
    if (file_.element_type(dataset) == "uint8") {
      return torch::tensor(file_.read<std::uint8_t>(dataset), torch::kInt64).view(extents);
    }
    return torch::tensor(file_.read<double>(dataset), torch::kFloat64).view(extents);
  }

  LossInput input_of_case(const std::string& name, torch::ScalarType type) const {
    return input_of(read(name + "/logits").to(type), read(name + "/labels"));
  }

  /// The groups of a case and loss that hold a value: itself, or one per epoch.
  std::vector<std::pair<std::string, double>> epochs_of(const std::string& group) const {
    if (file_.exists(group + "/value")) return {{group, 0}};
    std::vector<std::pair<std::string, double>> found;
    for (const std::string& child : file_.children(group)) {
      found.emplace_back(group + "/" + child, std::stod(child.substr(child.find('_') + 1)));
    }
    return found;
  }

  /// Calls check(loss, group, input) for every value of the file.
  template <class Check>
  void for_every_value(torch::ScalarType type, bool quirks, Check&& check) {
    int checked = 0;
    for (const std::string& name : file_.children("/")) {
      LossInput input = input_of_case(name, type);
      const int dimensions = static_cast<int>(input.labels.dim()) - 1;
      for (const std::string& child : file_.children(name)) {
        if (child == "logits" || child == "labels" || child == "present") continue;
        const auto loss = losses::make_loss(describe(child, dimensions, quirks), "golden");
        for (const auto& [group, epoch] : epochs_of(name + "/" + child)) {
          SCOPED_TRACE(group);
          input.epoch = epoch;
          check(*loss, group, input);
          ++checked;
        }
      }
    }
    EXPECT_GT(checked, 0);
  }

  void expect_parity(const Loss& loss,
                     const LossInput& input,
                     const std::string& group,
                     const std::string& prefix,
                     const Tolerance& tolerance) const {
    const double expected = file_.read<double>(group + "/" + prefix + "value").front();
    EXPECT_NEAR(value_of(loss, input), expected, tolerance.value * std::abs(expected));
    if (!file_.exists(group + "/" + prefix + "grad")) return;
    const torch::Tensor gradient = read(group + "/" + prefix + "grad");
    const double allowed =
        std::max(tolerance.gradient, tolerance.gradient_part * largest(gradient));
    EXPECT_LE(largest(gradient_of(loss, input).to(torch::kFloat64) - gradient), allowed);
  }

  /// Gradients of combinations are stored in single precision.
  Tolerance double_tolerance(const std::string& group) const {
    const bool stored_single =
        file_.exists(group + "/grad") && file_.element_type(group + "/grad") == "float32";
    return {1e-10, 1e-11, stored_single ? 1e-6 : 0};
  }

  const Hdf5Reader file_{golden_file("losses.h5")};
};

TEST_F(GoldenLosses, AgreeInDoublePrecision) {
  for_every_value(torch::kFloat64,
                  false,
                  [&](const Loss& loss, const std::string& group, const LossInput& input) {
                    expect_parity(loss, input, group, "", double_tolerance(group));
                  });
}

TEST_F(GoldenLosses, AgreeInSinglePrecision) {
  for_every_value(torch::kFloat32,
                  false,
                  [&](const Loss& loss, const std::string& group, const LossInput& input) {
                    expect_parity(loss, input, group, "", {1e-5, 0, 1e-6});
                  });
}

TEST_F(GoldenLosses, ReproduceTheReferencesQuirks) {
  for_every_value(torch::kFloat64,
                  true,
                  [&](const Loss& loss, const std::string& group, const LossInput& input) {
                    if (file_.has_attribute(group, "ref_error")) {
                      EXPECT_THROW(loss(input), DataError);
                    } else {
                      const bool same = file_.integer_attribute(group, "ref_ok") == 1;
                      expect_parity(
                          loss, input, group, same ? "" : "ref_", double_tolerance(group));
                    }
                  });
}

TEST_F(GoldenLosses, HaveTheReferencesAlphaInEveryEpoch) {
  for_every_value(torch::kFloat64,
                  false,
                  [&](const Loss& loss, const std::string& group, const LossInput& input) {
                    if (!file_.has_attribute(group, "alpha")) return;
                    EXPECT_NEAR(
                        loss.alpha(input.epoch), file_.real_attribute(group, "alpha"), 1e-15);
                  });
}

}  // namespace
}  // namespace regionwise::testing
