#include "maps/map_audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <tuple>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "maps/audit_block.hpp"

namespace regionwise::maps {
namespace {

constexpr std::int64_t kPixelsPerPart = 1 << 14;

/// By share, then by change, then in the order of the data.
bool is_worse(const UnsafePixel& a, const UnsafePixel& b) {
  const auto order = [](const UnsafePixel& p) {
    return std::tuple(-p.share, -p.change.largest, p.image, p.slice, p.y, p.x);
  };
  return order(a) < order(b);
}

/// Into a list sorted by is_worse.
void insert(std::vector<UnsafePixel>& worst, const UnsafePixel& pixel, std::int64_t list) {
  if (std::ssize(worst) >= list && (list <= 0 || !is_worse(pixel, worst.back()))) return;
  worst.insert(std::ranges::upper_bound(worst, pixel, is_worse), pixel);
  if (std::ssize(worst) > list) worst.pop_back();
}

/// Audits consecutive pixels of one sample.
class PartAudit {
 public:
  PartAudit(const LabelBatch& sample,
            std::span<const float> map,
            std::int64_t image,
            std::int64_t list)
      : sample_(sample), map_(map), image_(image), list_(list), result_(sample.classes) {}

  MapAudit run(std::int64_t begin, std::int64_t end) && {
    check_labels(begin, end);
    if (sample_.classes <= AuditBlock::kClasses) {
      run_in_blocks(begin, end);
    } else {
      run_one_by_one(begin, end);
    }
    std::int64_t pixels = 0;
    for (const ClassAudit& audit : result_.classes) pixels += audit.pixels;
    for (ClassAudit& audit : result_.classes) audit.others = pixels - audit.pixels;
    return std::move(result_);
  }

 private:
  std::span<const double> z() const { return {z_.data(), result_.classes.size()}; }

  void check_labels(std::int64_t begin, std::int64_t end) const {
    for (std::int64_t i = begin; i < end; ++i) {
      if (sample_.labels[i] < sample_.classes) continue;
      throw DataError(fmt::format(
          "{}: label {} is outside 0 to {}", place(i), sample_.labels[i], sample_.classes - 1));
    }
  }

  void gather(std::int64_t i) {
    bool finite = true;
    const std::int64_t step = sample_.shape.size();
    for (int k = 0; k < sample_.classes; ++k) {
      z_[k] = map_[k * step + i];
      finite = finite && std::isfinite(z_[k]);
    }
    if (!finite) throw DataError(place(i) + ": a value of the map is not finite");
  }

  void run_one_by_one(std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (sample_.labels[i] < 0) continue;
      const auto label = static_cast<std::uint8_t>(sample_.labels[i]);
      gather(i);
      ++result_.classes[label].pixels;
      if (!is_safe(z(), label)) add_unsafe(i, label);
    }
  }

  void add_unsafe(std::int64_t i, int label) {
    std::array<double, 128> shares;
    wrong_sign_shares(z(), label, {shares.data(), result_.classes.size()});
    ClassAudit& own = result_.classes[label];
    own.own_sum += shares[label];
    double unsafe = 0;
    for (int k = 0; k < sample_.classes; ++k) {
      if (k == label) continue;
      result_.classes[k].other_sum += shares[k];
      unsafe = std::max(unsafe, shares[k]);  // that of the least wrong value: see unsafe_share
      if (z_[label] > z_[k]) unsafe = 1;
    }
    const SmallestChange change = smallest_change(z(), label);
    ++own.unsafe;
    own.share_sum += unsafe;
    own.change = std::max(own.change, change.largest);
    own.euclidean_change = std::max(own.euclidean_change, change.euclidean);
    remember(i, label, unsafe, change);
  }

  void run_in_blocks(std::int64_t begin, std::int64_t end) {
    std::array<AuditLanes, AuditBlock::kClasses> lanes;
    AuditBlock block;
    for (std::int64_t first = begin; first < end; first += AuditBlock::kPixels) {
      load(block, first, std::min<std::int64_t>(AuditBlock::kPixels, end - first));
      for (int k = 0; k < sample_.classes; ++k) result_.classes[k].pixels += block.pixels_of(k);
      if (!block.audit(sample_.classes)) continue;
      for (int k = 0; k < sample_.classes; ++k) lanes[k].add(block, k);
      remember_worst(block, first);
    }
    for (int k = 0; k < sample_.classes; ++k) take(lanes[k], result_.classes[k]);
  }

  void load(AuditBlock& block, std::int64_t first, std::int64_t count) {
    const bool finite = block.load(sample_.labels.data() + first,
                                   map_.data() + first,
                                   sample_.shape.size(),
                                   static_cast<int>(count),
                                   sample_.classes);
    for (std::int64_t n = 0; n < count && !finite; ++n) {
      if (block.label[n] >= 0) gather(first + n);  // which says where
    }
  }

  static void take(const AuditLanes& lanes, ClassAudit& audit) {
    for (int lane = 0; lane < AuditLanes::kLanes; ++lane) {
      audit.unsafe += static_cast<std::int64_t>(lanes.unsafe[lane]);
      audit.share_sum += lanes.share[lane];
      audit.own_sum += lanes.own[lane];
      audit.other_sum += lanes.other[lane];
      audit.change = std::max(audit.change, lanes.change[lane]);
      audit.euclidean_change = std::max(audit.euclidean_change, lanes.euclidean[lane]);
    }
  }

  /// Looks at pixels that may be among the worst once more, one by one: what is listed is not
  /// rounded as a block rounds it.
  void remember_worst(const AuditBlock& block, std::int64_t first) {
    constexpr double kRoundings = 1 - 1e-12;
    for (std::int64_t n = 0; n < AuditBlock::kPixels; ++n) {
      if (block.unsafe[n] == 0) continue;
      const auto label = static_cast<int>(block.label[n]);
      double share_to_beat = result_.classes[label].worst.share;
      if (list_ > std::ssize(result_.worst)) share_to_beat = 0;
      if (list_ > 0 && !result_.worst.empty()) {
        share_to_beat = std::min(share_to_beat, result_.worst.back().share);
      }
      if (block.any[n] < share_to_beat * kRoundings) continue;
      gather(first + n);
      remember(first + n, label, unsafe_share(z(), label), smallest_change(z(), label));
    }
  }

  /// Pixels come in order, so one that is as bad as the worst so far comes after it.
  void remember(std::int64_t i, int label, double share, const SmallestChange& change) {
    const auto worse_than = [&](const UnsafePixel& other) {
      return std::pair(share, change.largest) > std::pair(other.share, other.change.largest);
    };
    UnsafePixel& worst = result_.classes[label].worst;
    const bool listed =
        list_ > 0 && (std::ssize(result_.worst) < list_ || worse_than(result_.worst.back()));
    const bool worst_of_class = worse_than(worst);
    if (!listed && !worst_of_class) return;
    const Shape3& shape = sample_.shape;
    UnsafePixel pixel{.image = image_,
                      .slice = i / shape.slice_size(),
                      .y = i / shape.width % shape.height,
                      .x = i % shape.width,
                      .label = label,
                      .share = share,
                      .change = change,
                      .z = {}};
    if (worst_of_class) worst = pixel;
    if (!listed) return;
    pixel.z.assign(z_.begin(), z_.begin() + sample_.classes);
    insert(result_.worst, pixel, list_);
  }

  std::string place(std::int64_t i) const {
    const Shape3& shape = sample_.shape;
    return fmt::format("voxel [{}, {}, {}]",
                       i / shape.slice_size(),
                       i / shape.width % shape.height,
                       i % shape.width);
  }

  const LabelBatch& sample_;
  std::span<const float> map_;
  std::int64_t image_;
  std::int64_t list_;
  MapAudit result_;
  std::array<double, 128> z_{};
};

}  // namespace

void ClassAudit::add(const ClassAudit& other) {
  if (other.unsafe > 0 && (unsafe == 0 || is_worse(other.worst, worst))) worst = other.worst;
  pixels += other.pixels;
  others += other.others;
  unsafe += other.unsafe;
  share_sum += other.share_sum;
  own_sum += other.own_sum;
  other_sum += other.other_sum;
  change = std::max(change, other.change);
  euclidean_change = std::max(euclidean_change, other.euclidean_change);
}

ClassAudit MapAudit::total() const {
  ClassAudit sum;
  for (const ClassAudit& audit : classes) sum.add(audit);
  return sum;
}

void MapAudit::add(const MapAudit& other, std::int64_t list) {
  assert(classes.size() == other.classes.size());
  for (std::size_t k = 0; k < classes.size(); ++k) classes[k].add(other.classes[k]);
  for (const UnsafePixel& pixel : other.worst) insert(worst, pixel, list);
}

MapAudit audit_map(const LabelBatch& sample,
                   std::span<const float> map,
                   std::int64_t image,
                   std::int64_t list,
                   int threads) {
  const std::int64_t pixels = sample.shape.size();
  assert(sample.samples == 1 && std::ssize(sample.labels) == pixels);
  assert(std::ssize(map) == sample.classes * pixels);
  const std::int64_t count = (pixels + kPixelsPerPart - 1) / kPixelsPerPart;
  std::vector<MapAudit> parts(static_cast<std::size_t>(count), MapAudit(sample.classes));
  parallel_for(count, threads, [&](std::int64_t part) {
    const std::int64_t begin = part * kPixelsPerPart;
    parts[part] =
        PartAudit(sample, map, image, list).run(begin, std::min(begin + kPixelsPerPart, pixels));
  });
  MapAudit result(sample.classes);
  for (const MapAudit& part : parts) result.add(part, list);
  return result;
}

}  // namespace regionwise::maps
