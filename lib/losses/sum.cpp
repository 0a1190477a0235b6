#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "core/error.hpp"
#include "losses/loss.hpp"

namespace regionwise::losses {
namespace {

/// How the first term's weight α runs over the epochs; the second term has 1 − α.
struct Schedule {
  double start;
  double end;
  double epochs;
  double floor;

  double alpha(double epoch) const {
    return std::max(floor, start + (end - start) * std::min(epoch, epochs) / epochs);
  }
};

struct Weights {
  Json resolved;
  std::optional<Schedule> schedule;  ///< None: both terms count 1.
};

class Sum : public Loss {
 public:
  Sum(std::unique_ptr<Loss> first, std::unique_ptr<Loss> second, Weights weights)
      : first_(std::move(first)), second_(std::move(second)), schedule_(weights.schedule) {
    set_resolved({{"terms", {first_->resolved(), second_->resolved()}},
                  {"weights", std::move(weights.resolved)}});
  }

  double alpha(double epoch) const override {
    return schedule_ ? schedule_->alpha(epoch) : std::numeric_limits<double>::quiet_NaN();
  }

  bool stays_on_device() const override {
    return first_->stays_on_device() && second_->stays_on_device();
  }

  /// The terms are reported unweighted.
  LossValue operator()(const LossInput& input) const override {
    LossValue first = (*first_)(input);
    const LossValue second = (*second_)(input);
    const double alpha = schedule_ ? schedule_->alpha(input.epoch) : 1;
    const double rest = schedule_ ? 1 - alpha : 1;
    LossValue sum{alpha * first.total + rest * second.total, std::move(first.terms)};
    for (const auto& [name, value] : second.terms) {
      const bool taken =
          std::any_of(sum.terms.begin(), sum.terms.end(), [&name = name](const auto& term) {
            return term.first == name;
          });
      sum.terms.emplace_back(taken ? name + " (second)" : name, value);
    }
    return sum;
  }

 private:
  std::unique_ptr<Loss> first_;
  std::unique_ptr<Loss> second_;
  std::optional<Schedule> schedule_;
};

double share(const Json& options, const std::string& key, const std::string& where) {
  const double value = number_at_least(0, options, key, where);
  if (value <= 1) return value;
  throw UsageError(fmt::format(
      "{}: expected at most 1, found {}", JsonReader(options, where).place(key), value));
}

double ramp_epochs(const Json& options, const std::string& where) {
  JsonReader(options, where).get<std::int64_t>("epochs");  // Refuses half an epoch.
  return number_at_least(1, options, "epochs", where);
}

Weights read_weights(const Json& description, const std::string& where) {
  JsonReader reader(description, where);
  const auto kind = reader.get<std::string>("kind");
  Json resolved = {{"kind", kind}};
  if (kind == "equal") {
    reader.finish();
    return {resolved, std::nullopt};
  }
  if (kind != "gradual") {
    throw UsageError(
        fmt::format("{}: unknown kind \"{}\" (known: equal, gradual)", reader.place("kind"), kind));
  }
  static const std::vector<OptionDoc> docs = {
      {"start", 1.0, "alpha at epoch 0, 0 to 1"},
      {"end", 0.0, "alpha at the last epoch of the ramp, 0 to 1"},
      {"epochs", 100, "over which alpha runs from start to end, ≥ 1"},
      {"floor", 0.01, "alpha never falls below, 0 to 1"},
  };
  const Json options = resolve_options(docs, description, where, {"kind"});
  resolved.update(options);
  return {resolved,
          Schedule{share(options, "start", where),
                   share(options, "end", where),
                   ramp_epochs(options, where),
                   share(options, "floor", where)}};
}

std::unique_ptr<Loss> make_sum(const Json& options, const std::string& where) {
  JsonReader reader(options, where);
  const Json& terms = reader.member("terms");
  const std::string place = reader.place("terms");
  if (terms.size() != 2) {
    throw UsageError(fmt::format("{}: expected two losses, found {}", place, terms.size()));
  }
  return std::make_unique<Sum>(make_loss(terms[0], place + "[0]"),
                               make_loss(terms[1], place + "[1]"),
                               read_weights(options["weights"], reader.place("weights")));
}

}  // namespace

LossEntry loss_sum() {
  return {.name = "sum",
          .citation = "gradual: Kervadec et al. 2019; Valverde and Tohka, §4.1",
          .formula =
              "a + b, or alpha a + (1 - alpha) b with "
              "alpha = max(floor, start + (end - start) min(epoch, epochs) / epochs)",
          .options = {{"terms",
                       {{{"name", "dice"}}, {{"name", "region-wise"}}},
                       "the descriptions of exactly two losses"},
                      {"weights",
                       {{"kind", "equal"}},
                       "equal, or gradual with start 1, end 0, epochs 100, floor 0.01"}},
          .make = make_sum};
}

}  // namespace regionwise::losses
