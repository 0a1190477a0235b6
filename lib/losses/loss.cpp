#include "losses/loss.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "core/error.hpp"
#include "losses_index.inc"

namespace regionwise::losses {
namespace {

const LossEntry& find_loss(const std::string& name, const std::string& place) {
  std::vector<std::string> known;
  for (const LossEntry& entry : all_losses()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw UsageError(
      fmt::format("{}: unknown loss \"{}\" (known: {})", place, name, fmt::join(known, ", ")));
}

}  // namespace

double Loss::alpha(double) const {
  return std::numeric_limits<double>::quiet_NaN();
}

const std::vector<LossEntry>& all_losses() {
  static const std::vector<LossEntry> entries = [] {
    std::vector<LossEntry> sorted = indexed_entries();
    std::sort(sorted.begin(), sorted.end(), [](const LossEntry& a, const LossEntry& b) {
      return a.name < b.name;
    });
    return sorted;
  }();
  return entries;
}

std::unique_ptr<Loss> make_loss(const Json& description, const std::string& where) {
  JsonReader reader(description, where);
  // Named, since g++ 13 takes the entry for a part of them (-Wdangling-reference).
  const std::string name = reader.get<std::string>("name");
  const std::string place = reader.place("name");
  const LossEntry& entry = find_loss(name, place);
  const Json options = resolve_options(entry.options, description, where);
  std::unique_ptr<Loss> loss = entry.make(options, where);
  Json resolved = {{"name", entry.name}};
  resolved.update(options);
  if (loss->resolved().is_object()) resolved.update(loss->resolved());
  loss->set_resolved(std::move(resolved));
  return loss;
}

double number_at_least(double minimum,
                       const Json& options,
                       const std::string& key,
                       const std::string& where) {
  JsonReader reader(options, where);
  const double value = reader.get<double>(key);
  if (value >= minimum) return value;
  throw UsageError(
      fmt::format("{}: expected at least {}, found {}", reader.place(key), minimum, value));
}

void check_labels(const torch::Tensor& labels, const torch::Tensor& logits) {
  std::vector<std::int64_t> expected = logits.sizes().vec();
  if (expected.size() != 4 && expected.size() != 5) {
    throw DataError(fmt::format("logits: expected [N,K,H,W] or [N,K,D,H,W], found {}", expected));
  }
  const std::int64_t classes = expected[1];
  expected.erase(expected.begin() + 1);
  if (labels.sizes() != expected) {
    throw DataError(fmt::format("labels: expected {}, found {}", expected, labels.sizes().vec()));
  }
  if (labels.is_cpu()) check_label_values(labels, classes);
}

void check_label_values(const torch::Tensor& labels, std::int64_t classes) {
  if (labels.numel() == 0) throw DataError("labels: the batch is empty");
  const auto lowest = labels.min().item<std::int64_t>();
  const auto highest = labels.max().item<std::int64_t>();
  if (lowest >= 0 && highest < classes) return;
  throw DataError(fmt::format(
      "labels: expected 0 to {}, found {}", classes - 1, lowest < 0 ? lowest : highest));
}

torch::Tensor class_factors(const std::vector<double>& factors, const torch::Tensor& like) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(like.dim()), 1);
  std::vector<torch::Tensor> channels;  // filled on the device, which a copy would wait for
  for (const double factor : factors)
    channels.push_back(torch::full(shape, factor, like.options()));
  return torch::cat(channels, 1);
}

torch::Tensor one_hot(const torch::Tensor& labels, const torch::Tensor& like_logits) {
  check_labels(labels, like_logits);
  // By comparison, since scatter has no deterministic form on GPUs.
  const std::int64_t count = like_logits.size(1);
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(labels.dim()), 1);
  sizes[0] = count;
  const torch::Tensor classes = torch::arange(count, labels.options()).view(sizes);
  return labels.unsqueeze(1).eq(classes).to(like_logits.scalar_type());
}

std::string describe_losses() {
  std::string text;
  for (const LossEntry& entry : all_losses()) {
    text += entry.name + ": " + entry.formula + "\n    " + entry.citation + "\n";
    for (const OptionDoc& option : entry.options) {
      text += "    " + option.name + " = " + option.fallback.dump() + ": " + option.meaning + "\n";
    }
  }
  return text;
}

}  // namespace regionwise::losses
