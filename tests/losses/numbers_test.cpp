// Every loss with every map, where numbers are hard: logits of ±1e4, equal ones, batches of a
// single class, 2 to 16 classes, patches of one pixel. Values and gradients are compared with the
// formulas as written down here in long double, in which exp(−1e4) is still a number.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "examples.hpp"
#include "losses/map_source.hpp"

namespace regionwise::testing {
namespace {

using losses::LossInput;
using Real = long double;

/// Numbers [N, K, H, W].
struct Field {
  std::int64_t samples;
  std::int64_t classes;
  std::int64_t height;
  std::int64_t width;
  std::vector<Real> values;

  explicit Field(const torch::Tensor& tensor)
      : samples(tensor.size(0)),
        classes(tensor.size(1)),
        height(tensor.size(2)),
        width(tensor.size(3)) {
    const torch::Tensor exact = tensor.detach().to(torch::kFloat64).contiguous();
    const double* first = exact.data_ptr<double>();
    values.assign(first, first + exact.numel());
  }
  static Field zeros_like(const Field& other) {
    Field field = other;
    std::fill(field.values.begin(), field.values.end(), Real{0});
    return field;
  }

  std::int64_t pixels() const { return height * width; }
  Real& at(std::int64_t n, std::int64_t k, std::int64_t i) {
    return values[static_cast<std::size_t>((n * classes + k) * pixels() + i)];
  }
  Real at(std::int64_t n, std::int64_t k, std::int64_t i) const {
    return const_cast<Field&>(*this).at(n, k, i);
  }
  template <class Visit>
  void each(const Visit& visit) const {
    for (std::int64_t n = 0; n < samples; ++n) {
      for (std::int64_t k = 0; k < classes; ++k) {
        for (std::int64_t i = 0; i < pixels(); ++i) visit(n, k, i);
      }
    }
  }
  Real count() const { return static_cast<Real>(values.size()); }
  Real count_of_pixels() const { return static_cast<Real>(samples * pixels()); }
};

/// A loss and its derivative by the probabilities (or, in the end, by the logits).
struct Derived {
  Real value = 0;
  Field slope;
};

Field softmax(const Field& logits) {
  Field p = logits;
  for (std::int64_t n = 0; n < p.samples; ++n) {
    for (std::int64_t i = 0; i < p.pixels(); ++i) {
      Real largest = p.at(n, 0, i);
      for (std::int64_t k = 1; k < p.classes; ++k) largest = std::max(largest, p.at(n, k, i));
      Real sum = 0;
      for (std::int64_t k = 0; k < p.classes; ++k) {
        sum += p.at(n, k, i) = std::exp(p.at(n, k, i) - largest);
      }
      for (std::int64_t k = 0; k < p.classes; ++k) p.at(n, k, i) /= sum;
    }
  }
  return p;
}

/// From the derivative by the probabilities to that by the logits.
Derived by_logits(Derived loss, const Field& p) {
  for (std::int64_t n = 0; n < p.samples; ++n) {
    for (std::int64_t i = 0; i < p.pixels(); ++i) {
      Real mean = 0;
      for (std::int64_t k = 0; k < p.classes; ++k) mean += p.at(n, k, i) * loss.slope.at(n, k, i);
      for (std::int64_t k = 0; k < p.classes; ++k) {
        loss.slope.at(n, k, i) = p.at(n, k, i) * (loss.slope.at(n, k, i) - mean);
      }
    }
  }
  return loss;
}

constexpr Real kTiny = 1e-15L;

/// −mean over pixels of Σ_k weight y log(p + 1e-15).
Derived weighted_logarithm(const Field& p, const Field& y, const Field& weight) {
  Derived loss{0, Field::zeros_like(p)};
  p.each([&](auto n, auto k, auto i) {
    const Real w = weight.at(n, k, i) * y.at(n, k, i) / p.count_of_pixels();
    loss.value -= w * std::log(p.at(n, k, i) + kTiny);
    loss.slope.at(n, k, i) = -w / (p.at(n, k, i) + kTiny);
  });
  return loss;
}

Derived focal(const Field& p, const Field& y) {
  Derived loss{0, Field::zeros_like(p)};
  p.each([&](auto n, auto k, auto i) {
    const Real rest = 1 - p.at(n, k, i) + kTiny;
    const Real some = p.at(n, k, i) + kTiny;
    const Real w = y.at(n, k, i) / p.count_of_pixels();
    loss.value -= w * rest * rest * std::log(some);
    loss.slope.at(n, k, i) = w * (2 * rest * std::log(some) - rest * rest / some);
  });
  return loss;
}

Derived dice(const Field& p, const Field& y) {
  Derived loss{1, Field::zeros_like(p)};
  const Real parts = static_cast<Real>(p.samples * p.classes);
  for (std::int64_t n = 0; n < p.samples; ++n) {
    for (std::int64_t k = 0; k < p.classes; ++k) {
      Real overlap = 0;
      Real sum = 1e-6L;
      for (std::int64_t i = 0; i < p.pixels(); ++i) {
        overlap += 2 * p.at(n, k, i) * y.at(n, k, i);
        sum += p.at(n, k, i) + y.at(n, k, i);
      }
      loss.value -= overlap / sum / parts;
      for (std::int64_t i = 0; i < p.pixels(); ++i) {
        loss.slope.at(n, k, i) = -(2 * y.at(n, k, i) / sum - overlap / (sum * sum)) / parts;
      }
    }
  }
  return loss;
}

/// mean p z
Derived region_wise(const Field& p, const Field& z) {
  Derived loss{0, Field::zeros_like(p)};
  p.each([&](auto n, auto k, auto i) {
    loss.value += p.at(n, k, i) * z.at(n, k, i) / p.count();
    loss.slope.at(n, k, i) = z.at(n, k, i) / p.count();
  });
  return loss;
}

/// mean (p − y)² w
Derived weighted_square(const Field& p, const Field& y, const Field& w) {
  Derived loss{0, Field::zeros_like(p)};
  p.each([&](auto n, auto k, auto i) {
    const Real error = p.at(n, k, i) - y.at(n, k, i);
    loss.value += error * error * w.at(n, k, i) / p.count();
    loss.slope.at(n, k, i) = 2 * error * w.at(n, k, i) / p.count();
  });
  return loss;
}

Derived active_contour(const Field& p, const Field& y) {
  Field wrong = y;
  for (Real& value : wrong.values) value = 1 - value;
  Derived loss = region_wise(p, wrong);
  const Real foreground = p.count_of_pixels() * static_cast<Real>(p.classes - 1);
  p.each([&](auto n, auto k, auto i) {
    if (k == 0) return;
    const std::int64_t below = i + p.width < p.pixels() ? i + p.width : i;
    const std::int64_t right = i % p.width + 1 < p.width ? i + 1 : i;
    const Real dy = p.at(n, k, below) - p.at(n, k, i);
    const Real dx = p.at(n, k, right) - p.at(n, k, i);
    const Real length = std::sqrt(dy * dy + dx * dx + 1e-8L);
    loss.value += length / foreground;
    loss.slope.at(n, k, below) += dy / length / foreground;
    loss.slope.at(n, k, right) += dx / length / foreground;
    loss.slope.at(n, k, i) -= (dy + dx) / length / foreground;
  });
  return loss;
}

Derived sum_of(Derived a, const Derived& b) {
  a.value += b.value;
  for (std::size_t i = 0; i < a.slope.values.size(); ++i) a.slope.values[i] += b.slope.values[i];
  return a;
}

Field map_field(const Json& map, const torch::Tensor& labels, const torch::Tensor& logits) {
  return Field(losses::compute_map(
      maps::MapSpecification(map, "map"), labels, logits.to(torch::kFloat64), {}));
}

Field squared_distances(const torch::Tensor& labels, const torch::Tensor& logits) {
  Field distances = map_field({{"name", "boundary"}}, labels, logits);
  for (Real& value : distances.values) value *= value;
  return distances;
}

/// The losses of the suite by their formulas, with default options; none for one that is not here.
std::optional<Derived> reference(const Json& loss, const LossInput& input) {
  const auto name = loss.at("name").get<std::string>();
  const Field y(losses::one_hot(input.labels, input.logits));
  const Field p = softmax(Field(input.logits));
  const auto of_map = [&](const char* fallback) {
    return map_field(loss.value("map", Json{{"name", fallback}}), input.labels, input.logits);
  };
  if (name == "cross-entropy") {
    Field ones = y;
    std::fill(ones.values.begin(), ones.values.end(), Real{1});
    return by_logits(weighted_logarithm(p, y, ones), p);
  }
  if (name == "pixel-wise-cross-entropy") {
    Field z = of_map("rectified");
    for (Real& value : z.values) value = std::abs(value);
    return by_logits(weighted_logarithm(p, y, z), p);
  }
  if (name == "focal") return by_logits(focal(p, y), p);
  if (name == "dice") return by_logits(dice(p, y), p);
  if (name == "active-contour") return by_logits(active_contour(p, y), p);
  if (name == "region-wise") return by_logits(region_wise(p, of_map("rectified")), p);
  if (name == "hausdorff") {
    Field w = squared_distances(input.labels, input.logits);
    const Field of_prediction = squared_distances(input.logits.argmax(1), input.logits);
    for (std::size_t i = 0; i < w.values.size(); ++i) w.values[i] += of_prediction.values[i];
    return by_logits(weighted_square(p, y, w), p);
  }
  if (name == "sum") return by_logits(sum_of(dice(p, y), region_wise(p, of_map("rectified"))), p);
  return std::nullopt;
}

/// Every loss, those with a map once with each that they take.
std::vector<Json> all_descriptions() {
  std::vector<Json> descriptions;
  for (const losses::LossEntry& entry : losses::all_losses()) {
    const bool has_map = std::any_of(entry.options.begin(),
                                     entry.options.end(),
                                     [](const OptionDoc& option) { return option.name == "map"; });
    if (!has_map) descriptions.push_back({{"name", entry.name}});
    for (const maps::MapEntry& map : maps::all_maps()) {
      const Json description = {{"name", entry.name}, {"map", {{"name", map.name}}}};
      if (has_map && usage_error_of(description).empty()) descriptions.push_back(description);
    }
  }
  return descriptions;
}

using Logits = std::map<std::string, torch::Tensor>;

/// What a network might say of labels, from the plain to the mad.
Logits hard_logits(const torch::Tensor& labels, std::int64_t classes) {
  const torch::Tensor noise = random_logits(labels, classes, 4);
  const torch::Tensor truth = losses::one_hot(labels, noise);
  return {{"ordinary", noise},
          {"all zero", torch::zeros_like(noise)},
          {"all 1e4", torch::full_like(noise, 1e4)},
          {"all -1e4", torch::full_like(noise, -1e4)},
          {"1e4 at the truth", 1e4 * truth},
          {"-1e4 at the truth", -1e4 * truth},
          {"1e4 at the next class", 1e4 * truth.roll({1}, {1})},
          {"1e4 or -1e4 at random", 1e4 * noise.sign()},
          {"times 1e4", 1e4 * noise},
          {"times 30", 30 * noise}};
}

std::vector<torch::Tensor> hard_labels(std::int64_t classes) {
  std::vector<torch::Tensor> batches;
  for (const Sizes& space : std::vector<Sizes>{{1, 1}, {4, 5}}) {
    const Sizes sizes{2, space[0], space[1]};
    batches.push_back(torch::zeros(sizes, torch::kInt64));
    batches.push_back(torch::full(sizes, classes - 1, torch::kInt64));
    torch::Tensor mixed = torch::arange(2 * space[0] * space[1], torch::kInt64).view(sizes);
    batches.push_back((mixed / 2).to(torch::kInt64) % classes);
  }
  return batches;
}

/// The largest number that the loss weighs with: rounding is measured by it.
double largest_of(const Field& field) {
  Real largest = 0;
  for (const Real value : field.values) largest = std::max(largest, std::abs(value));
  return static_cast<double>(largest);
}

void expect_right(const Json& description, const LossInput& input, double rounding) {
  const auto loss = losses::make_loss(description, "loss");
  const double value = value_of(*loss, input);
  const torch::Tensor gradient = gradient_of(*loss, input);
  ASSERT_TRUE(std::isfinite(value));
  ASSERT_TRUE(gradient.isfinite().all().item<bool>());
  const auto expected = reference(description, input);
  if (!expected) return;  // a new loss, which its own test compares
  const auto exact = static_cast<double>(expected->value);
  EXPECT_NEAR(value, exact, rounding * std::max(1.0, std::abs(exact)));
  const Field found(gradient);
  // Where softmax rounds to 0 or 1, the gradient is 0 but for the rounding of one pixel's share.
  const double share = 1 / static_cast<double>(input.labels.numel());
  const double tolerance = rounding * std::max(share, largest_of(expected->slope));
  for (std::size_t i = 0; i < found.values.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(found.values[i]),
                static_cast<double>(expected->slope.values[i]),
                tolerance)
        << "entry " << i;
  }
}

TEST(HardNumbers, HaveAReferenceForEveryLossOfThePaper) {
  const torch::Tensor labels = hard_labels(3).back();
  std::set<std::string> compared;
  for (const Json& description : all_descriptions()) {
    const LossInput input = input_of(random_logits(labels, 3, 4), labels);
    if (reference(description, input)) compared.insert(description.at("name"));
  }
  EXPECT_EQ(compared.size(), 8U);
  EXPECT_GE(all_descriptions().size(), 6U + 5U + 4U) << "two losses take maps, one all but one";
}

TEST(HardNumbers, EveryLossWithEveryMapIsRight) {
  const std::map<torch::ScalarType, double> types = {{torch::kFloat32, 1e-5},
                                                     {torch::kFloat64, 1e-12}};
  for (const Json& description : all_descriptions()) {
    for (const std::int64_t classes : {2, 16}) {
      for (const torch::Tensor& labels : hard_labels(classes)) {
        for (const auto& [name, logits] : hard_logits(labels, classes)) {
          for (const auto& [type, rounding] : types) {
            SCOPED_TRACE(::testing::Message()
                         << description << ", " << classes << " classes, labels " << labels.sizes()
                         << " from " << labels.flatten()[0].item<int>() << ", logits " << name
                         << ", " << type);
            expect_right(description, input_of(logits.to(type), labels), rounding);
            if (::testing::Test::HasFailure()) return;  // one is enough to look at
          }
        }
      }
    }
  }
}

TEST(HardNumbers, EveryNumberOfClassesIsRight) {
  for (const Json& description : all_descriptions()) {
    for (std::int64_t classes = 2; classes <= 16; ++classes) {
      const torch::Tensor labels = hard_labels(classes).back();
      SCOPED_TRACE(::testing::Message() << description << ", " << classes << " classes");
      expect_right(description, input_of(random_logits(labels, classes, 5), labels), 1e-12);
    }
  }
}

// What a wholly wrong and a wholly right answer cost, in closed form.
TEST(HardNumbers, CrossEntropyOfACertainErrorIsTheLogarithmOfItsConstant) {
  const auto loss = losses::make_loss({{"name", "cross-entropy"}}, "loss");
  const torch::Tensor labels = torch::ones({1, 1, 1}, torch::kInt64);
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    torch::Tensor logits = torch::zeros({1, 2, 1, 1}, type);
    logits[0][0][0][0] = 1e4;
    EXPECT_NEAR(value_of(*loss, input_of(logits, labels)), -std::log(1e-15), 1e-5);
    EXPECT_NEAR(value_of(*loss, input_of(-logits, labels)), 0, 1e-14);
  }
}

TEST(HardNumbers, NotANumberIsNeverMadeANumber) {
  const torch::Tensor labels = nested_boxes(1, 3, {6, 6});
  for (const Json& description : all_descriptions()) {
    for (const double bad : {std::nan(""), HUGE_VAL}) {
      torch::Tensor logits = random_logits(labels, 3, 6);
      logits[0][1][2][2] = bad;
      const auto loss = losses::make_loss(description, "loss");
      EXPECT_FALSE(std::isfinite(value_of(*loss, input_of(logits, labels))))
          << description << ", " << bad;
    }
  }
}

}  // namespace
}  // namespace regionwise::testing
