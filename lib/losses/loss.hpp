#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "core/options.hpp"
#include "storage/geometry.hpp"

namespace regionwise::losses {

/// Keeps logarithm and power finite at probabilities of 0 and 1; the reference's constant.
inline constexpr double kTiny = 1e-15;

/// What a loss is computed from.
struct LossInput {
  torch::Tensor logits;  ///< [N, K, *S], float32 or float64 (never half), requires grad.
  torch::Tensor labels;  ///< [N, *S] int64 in 0 … K−1, on the same device.
  torch::Tensor map;     ///< [N, K, *S] precomputed region-wise map, or undefined.
  std::vector<Spacing3> spacings_mm;  ///< [N] of each sample, for maps in mm; empty: 1 mm.
  double epoch = 0;                   ///< 0-based; fractions are not used.
};

struct LossValue {
  torch::Tensor total;  ///< Scalar, differentiable.
  /// Parts of the sum and diagnostics, scalars, detached: {"dice", …}, {"region-wise gap", …}.
  std::vector<std::pair<std::string, torch::Tensor>> terms;
};

/// Losses throw a DataError where labels or map do not fit the logits, or a label is not a class
/// (of labels on a GPU only the shape is checked: whoever brings them there has looked at them).
class Loss {
 public:
  virtual ~Loss() = default;
  virtual LossValue operator()(const LossInput& input) const = 0;
  /// The weight of the first term in a gradual sum at an epoch; NaN for every other loss.
  virtual double alpha(double epoch) const;
  /// Whether all of it happens on the device of its input, so that a step can be recorded there and
  /// replayed. False where a map is computed on the CPU.
  virtual bool stays_on_device() const { return true; }
  /// The description with all defaults filled in.
  const Json& resolved() const { return resolved_; }
  void set_resolved(Json resolved) { resolved_ = std::move(resolved); }

 private:
  Json resolved_;
};

/// One loss. A file lib/losses/x.cpp (x with _ for -) defines `LossEntry loss_x()`.
struct LossEntry {
  std::string name;  ///< kebab-case
  std::string citation;
  std::string formula;
  std::vector<OptionDoc> options;
  /// Builds the loss; `options` has every option of the list. `where` names the configuration's
  /// place for errors. A loss that holds descriptions itself (a map, terms) sets them, resolved, as
  /// its `resolved()`; make_loss adds the rest.
  std::function<std::unique_ptr<Loss>(const Json& options, const std::string& where)> make;
};

const std::vector<LossEntry>& all_losses();  ///< Sorted by name.
/// Every loss with its formula, source and options, for a reader.
std::string describe_losses();

/// Builds {"name": "dice", …}. Throws UsageError: unknown name or option, naming the known ones.
std::unique_ptr<Loss> make_loss(const Json& description, const std::string& where);

/// A number among the options; below `minimum` it is a UsageError.
double number_at_least(double minimum,
                       const Json& options,
                       const std::string& key,
                       const std::string& where);

/// One-hot labels [N, K, *S] of the logits' type. Throws DataError (see Loss).
torch::Tensor one_hot(const torch::Tensor& labels, const torch::Tensor& like_logits);

/// One factor for each class, [1, K, 1, …], for tensors like `like` [N, K, *S].
torch::Tensor class_factors(const std::vector<double>& factors, const torch::Tensor& like);

/// Throws DataError unless logits are [N, K, H, W] or [N, K, D, H, W] and labels are [N, *S] with
/// values in 0 … K−1; these are looked at on the CPU only, since a GPU would have to be waited for.
void check_labels(const torch::Tensor& labels, const torch::Tensor& logits);

/// Throws DataError unless all labels, of which there are some, are in 0 … classes−1.
void check_label_values(const torch::Tensor& labels, std::int64_t classes);

}  // namespace regionwise::losses
