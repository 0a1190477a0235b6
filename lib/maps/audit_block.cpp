#include "maps/audit_block.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/multiversion.hpp"

// Loops over classes must be gone before the one over pixels can become vector instructions.
#define REGIONWISE_UNROLL _Pragma("GCC unroll 4")

namespace regionwise::maps {
namespace {

REGIONWISE_MULTIVERSION void load_labels(AuditBlock& block, const Label* labels, int count) {
  for (int i = 0; i < count; ++i) block.label[i] = labels[i] < 0 ? -1 : labels[i];
}

REGIONWISE_MULTIVERSION bool load_channel(AuditBlock& block, int k, const float* map, int count) {
  double* z = block.z[k].data();
  const double* label = block.label.data();
  for (int i = 0; i < count; ++i) z[i] = label[i] < 0 ? 0 : map[i];
  std::int64_t infinite = 0;
  for (int i = 0; i < count; ++i) {
    infinite += std::abs(z[i]) <= std::numeric_limits<float>::max() ? 0 : 1;
  }
  return infinite == 0;
}

REGIONWISE_MULTIVERSION std::int64_t count_label(const AuditBlock& block, int k) {
  std::int64_t count = 0;
  for (int i = 0; i < AuditBlock::kPixels; ++i) count += block.label[i] == k ? 1 : 0;
  return count;
}

/// The share with the wrong sign of class k's derivative. `side`: 1 of a wrong class, −1 of the
/// true one. No branches: all cases are calculated and one is taken.
template <int classes>
REGIONWISE_INLINE double wrong_share(const double* z, int k, double side) {
  double above = 0;  // their sum; where there is one, itself
  double below = 0;
  double above_count = 0;
  double below_count = 0;
  REGIONWISE_UNROLL
  for (int l = 0; l < classes; ++l) {
    const double step = side * (z[l] - z[k]);
    above += step > 0 ? step : 0;
    below += step < 0 ? -step : 0;
    above_count += step > 0 ? 1 : 0;
    below_count += step < 0 ? 1 : 0;
  }
  // One above: Π a/(a + b_l). One below: 1 − Π b/(a_l + b), summed up without a difference; `miss`
  // is the numerator of the product. Equal values bring factors of 1.
  double hit_one = 1;
  double both_one = 1;
  double hit_any = 0;
  double miss = 1;
  double both_any = 1;
  REGIONWISE_UNROLL
  for (int l = 0; l < classes; ++l) {
    if (l == k) continue;
    const double step = side * (z[l] - z[k]);
    const double a = step > 0 ? step : 0;
    const double b = step < 0 ? -step : 0;
    hit_one *= above;
    both_one *= above + b;
    hit_any = hit_any * (a + below) + a * miss;
    miss *= below;
    both_any *= a + below;
  }
  const double hit = above_count == 1 ? hit_one : hit_any;
  const double both = above_count == 1 ? both_one : both_any;
  const double share = below_count == 0 ? 1 : hit / both;
  return above_count == 0 ? 0 : share;
}

/// Fills `unsafe` and says whether it holds any 1.
template <int classes>
REGIONWISE_MULTIVERSION bool find_unsafe(AuditBlock& block) {
  for (int i = 0; i < AuditBlock::kPixels; ++i) {
    double least = HUGE_VAL;
    double most = -HUGE_VAL;
    double true_z = -HUGE_VAL;
    const double label = block.label[i];
    REGIONWISE_UNROLL
    for (int k = 0; k < classes; ++k) {
      const double z = block.z[k][i];
      const bool is_true = label == k;
      least = !is_true && z < least ? z : least;
      most = !is_true && z > most ? z : most;
      true_z = is_true ? z : true_z;
    }
    const double unsafe = (true_z > least ? 1.0 : 0.0) + (least < most ? 1.0 : 0.0);
    block.unsafe[i] = unsafe > 0 ? 1 : 0;
  }
  double any = 0;
  for (int i = 0; i < AuditBlock::kPixels; ++i) any = std::max(any, block.unsafe[i]);
  return any > 0;
}

template <int classes>
REGIONWISE_MULTIVERSION void audit_pixels(AuditBlock& block) {
  for (int i = 0; i < AuditBlock::kPixels; ++i) {
    double z[classes];
    double least = HUGE_VAL;
    double most = -HUGE_VAL;
    double true_z = 0;
    const double label = block.label[i];
    REGIONWISE_UNROLL
    for (int k = 0; k < classes; ++k) {
      z[k] = block.z[k][i];
      const bool is_true = label == k;
      least = !is_true && z[k] < least ? z[k] : least;
      most = !is_true && z[k] > most ? z[k] : most;
      true_z = is_true ? z[k] : true_z;
    }
    double own = 0;
    double any = 0;
    REGIONWISE_UNROLL
    for (int k = 0; k < classes; ++k) {
      const bool is_true = label == k;
      const double share = wrong_share<classes>(z, k, is_true ? -1 : 1);
      own = is_true ? share : own;
      const double wrong = is_true ? 0 : share;
      block.wrong[k][i] = wrong;
      any = wrong > any ? wrong : any;  // that of the least wrong value
    }
    double sum = 0;
    REGIONWISE_UNROLL
    for (int k = 0; k < classes; ++k) sum += label == k ? 0 : z[k] - least;
    const double true_step = true_z - least;
    double mean = sum / (classes - 1);
    const bool true_moves = true_step > mean;
    mean = true_moves ? (sum + true_step) / classes : mean;
    double square = true_moves ? (true_step - mean) * (true_step - mean) : 0;
    REGIONWISE_UNROLL
    for (int k = 0; k < classes; ++k) {
      const double step = (z[k] - least) - mean;
      square += label == k ? 0 : step * step;
    }
    block.own[i] = own;
    block.any[i] = true_z > least ? 1 : any;
    block.change[i] = ((most > true_z ? most : true_z) - least) / 2;
    block.euclidean[i] = std::sqrt(square);
  }
}

REGIONWISE_MULTIVERSION void add_lanes(AuditLanes& lanes, const AuditBlock& block, int k) {
  const double* wrong = block.wrong[k].data();
  for (int i = 0; i < AuditBlock::kPixels; i += AuditLanes::kLanes) {
    for (int lane = 0; lane < AuditLanes::kLanes; ++lane) {
      const int pixel = i + lane;
      const double mine = block.label[pixel] == k ? 1 : 0;
      const double change = mine * block.change[pixel];
      const double euclidean = mine * block.euclidean[pixel];
      lanes.unsafe[lane] += mine * block.unsafe[pixel];
      lanes.share[lane] += mine * block.any[pixel];
      lanes.own[lane] += mine * block.own[pixel];
      lanes.other[lane] += wrong[pixel];
      lanes.change[lane] = change > lanes.change[lane] ? change : lanes.change[lane];
      lanes.euclidean[lane] = euclidean > lanes.euclidean[lane] ? euclidean : lanes.euclidean[lane];
    }
  }
}

}  // namespace

bool AuditBlock::load(
    const Label* labels, const float* map, std::int64_t step, int count, int classes) {
  if (count < kPixels) {
    label.fill(-1);
    for (Row& row : z) row.fill(0);
  }
  load_labels(*this, labels, count);
  bool finite = true;
  for (int k = 0; k < classes; ++k) finite &= load_channel(*this, k, map + k * step, count);
  return finite;
}

std::int64_t AuditBlock::pixels_of(int k) const {
  return count_label(*this, k);
}

bool AuditBlock::audit(int classes) {
  const auto audit_of = [this]<int count>() {
    if (!find_unsafe<count>(*this)) return false;
    audit_pixels<count>(*this);
    return true;
  };
  if (classes == 2) return audit_of.operator()<2>();
  if (classes == 3) return audit_of.operator()<3>();
  return audit_of.operator()<4>();
}

void AuditLanes::add(const AuditBlock& block, int k) {
  add_lanes(*this, block, k);
}

}  // namespace regionwise::maps
