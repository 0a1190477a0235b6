#include "geometry/surface_distances.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/parallel.hpp"

namespace regionwise::geometry {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Rows united into one.
constexpr std::int64_t kBlock = 8;
/// A word that begins up to 35 bits before a voxel, at a byte, shows at least so many on each side.
constexpr std::int64_t kReach = 28;

std::vector<double> squares(std::int64_t count, double step_mm) {
  std::vector<double> squared(static_cast<std::size_t>(count));
  const double step2 = step_mm * step_mm;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto offset = static_cast<double>(i);
    squared[static_cast<std::size_t>(i)] = step2 * offset * offset;
  }
  return squared;
}

double at(const std::vector<double>& squared, std::int64_t steps) {
  return squared[static_cast<std::size_t>(std::abs(steps))];
}

void unite(const std::uint64_t* from, std::int64_t words, std::uint64_t* into) {
  for (std::int64_t i = 0; i < words; ++i) into[i] |= from[i];
}

/// The position of the set bit that is nearest to x, or -1 if none is nearer than `limit_mm2`
/// (compared with x_mm2, the squares of steps).
std::int64_t nearest_bit(const std::uint64_t* row,
                         std::int64_t words,
                         std::int64_t x,
                         const std::vector<double>& x_mm2,
                         double limit_mm2) {
  constexpr std::int64_t kBits = BitMask::kWordBits;
  const std::int64_t word = x / kBits;
  const std::int64_t bit = x % kBits;
  const auto end = std::ssize(x_mm2);
  std::int64_t left = -1;
  std::int64_t right = -1;
  std::uint64_t bits = row[word] << (kBits - 1 - bit);
  for (std::int64_t w = word, steps = 0;;) {  // steps: to the highest bit of `bits`
    if (bits != 0) {
      left = steps + std::countl_zero(bits);
      break;
    }
    steps = x - (w * kBits - 1);
    if (--w < 0 || x_mm2[static_cast<std::size_t>(steps)] >= limit_mm2) break;
    bits = row[w];
  }
  bits = row[word] >> bit;
  for (std::int64_t w = word, steps = 0;;) {
    if (bits != 0) {
      right = steps + std::countr_zero(bits);
      break;
    }
    steps = ++w * kBits - x;
    if (w >= words || steps >= end || x_mm2[static_cast<std::size_t>(steps)] >= limit_mm2) break;
    bits = row[w];
  }
  if (left < 0 && right < 0) return -1;
  const bool is_left = right < 0 || (left >= 0 && left <= right);
  const std::int64_t steps = is_left ? left : right;
  if (x_mm2[static_cast<std::size_t>(steps)] >= limit_mm2) return -1;
  return is_left ? x - left : x + right;
}

/// Calls body(position) for the positions of [first, end) from `centre` outward, on each side until
/// it says that nothing farther can count.
template <class Body>
void outward(std::int64_t centre, std::int64_t first, std::int64_t end, Body body) {
  bool up = true;
  bool down = true;
  std::int64_t above = std::max(centre, first);
  std::int64_t below = std::min(centre, end) - 1;
  while (up || down) {
    up = up && above < end && body(above++);
    down = down && below >= first && body(below--);
  }
}

}  // namespace

NearestSite::NearestSite(const BitMask& sites, const Spacing3& spacing_mm)
    : sites_(sites),
      z_mm2_(squares(std::max(sites.shape().depth, kMargin + 1) + 1, spacing_mm[0])),
      y_mm2_(squares(std::max(sites.shape().height, kMargin + 1) + 1, spacing_mm[1])),
      x_mm2_(squares(std::max<std::int64_t>(sites.shape().width, 64) + 1, spacing_mm[2])),
      blocks_(
          {sites.shape().depth, (sites.shape().height + kBlock - 1) / kBlock, sites.shape().width},
          0),
      slices_({1, sites.shape().depth, sites.shape().width}, 0),
      first_block_(static_cast<std::size_t>(sites.shape().depth),
                   std::numeric_limits<std::int64_t>::max()),
      end_block_(static_cast<std::size_t>(sites.shape().depth)) {
  near_mm2_ = at(x_mm2_, kReach);
  near_mm2_ = std::min(near_mm2_, at(y_mm2_, kMargin + 1));
  if (sites.shape().depth > 1) near_mm2_ = std::min(near_mm2_, at(z_mm2_, kMargin + 1));
  const std::int64_t slices = sites.shape().depth > 1 ? kMargin : 0;
  for (std::int64_t z = -slices; z <= slices; ++z) {
    for (std::int64_t y = -kMargin; y <= kMargin; ++y) {
      const double squared = at(z_mm2_, z) + at(y_mm2_, y);
      if (squared >= near_mm2_) continue;
      steps_.push_back({squared, 8 * (z * sites.slice_stride() + y * sites.row_stride())});
    }
  }
  std::stable_sort(steps_.begin(), steps_.end(), [](const Step& a, const Step& b) {
    return a.squared_mm < b.squared_mm;
  });
  steps_.push_back({kInfinity, 0});
  unite_rows();
}

void NearestSite::unite_rows() {
  for (const auto& [z, y] : sites_.rows) {
    const std::uint64_t* row = sites_.row(z, y);
    const std::int64_t block = y / kBlock;
    unite(row, sites_.row_words(), blocks_.row(z, block));
    unite(row, sites_.row_words(), slices_.row(0, z));
    auto& first = first_block_[static_cast<std::size_t>(z)];
    first = std::min(first, block);
    end_block_[static_cast<std::size_t>(z)] = block + 1;
  }
}

double NearestSite::squared_mm(const BitMask::Row& row,
                               std::int64_t x,
                               double enough,
                               Site& hint) const {
  const double squared = near(sites_.row(row.z, row.y), x, enough);
  if (squared < near_mm2_) return squared;
  Best best{kInfinity, hint};
  if (hint.z >= 0) {
    best.squared_mm =
        at(z_mm2_, hint.z - row.z) + at(y_mm2_, hint.y - row.y) + at(x_mm2_, hint.x - x);
  }
  far(row, x, enough, best);
  hint = best.site;
  return best.squared_mm;
}

double NearestSite::near(const std::uint64_t* row, std::int64_t x, double enough) const {
  // The word that begins 28 to 35 bits before x; the one before the row may be read.
  const std::int64_t first = (x + BitMask::kWordBits - kReach) / 8;
  const auto bit = static_cast<int>(x + BitMask::kWordBits - 8 * first);
  const auto* bytes = reinterpret_cast<const unsigned char*>(row - 1) + first;
  double best = near_mm2_;
  enough = std::min(enough, std::nextafter(near_mm2_, 0.0));  // A site must have been found.
  for (const Step* step = steps_.data(); step->squared_mm < best; ++step) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes + step->bytes, sizeof bits);
    const int right = std::countr_zero(bits >> bit);
    const int left = std::countl_zero(bits << (63 - bit));
    best =
        std::min(best, step->squared_mm + x_mm2_[static_cast<std::size_t>(std::min(left, right))]);
    if (best <= enough) break;
  }
  return best;
}

void NearestSite::far(const BitMask::Row& row, std::int64_t x, double enough, Best& best) const {
  outward(row.z, 0, sites_.shape().depth, [&](std::int64_t z) {
    if (best.squared_mm <= enough) return false;
    const double z_mm2 = at(z_mm2_, z - row.z);
    if (z_mm2 >= best.squared_mm) return false;
    search_slice(z, z_mm2, row.y, x, enough, best);
    return true;
  });
}

void NearestSite::search_slice(
    std::int64_t z, double z_mm2, std::int64_t y, std::int64_t x, double enough, Best& best) const {
  const std::int64_t words = sites_.row_words();
  const auto first = first_block_[static_cast<std::size_t>(z)];
  const auto end = end_block_[static_cast<std::size_t>(z)];
  if (end == 0) return;
  const std::int64_t least = std::max({std::int64_t{0}, first * kBlock - y, y - end * kBlock + 1});
  const double least_mm2 = z_mm2 + at(y_mm2_, least);
  if (least_mm2 >= best.squared_mm) return;
  outward(y / kBlock, first, end, [&](std::int64_t block) {
    if (best.squared_mm <= enough) return false;
    const std::int64_t steps =
        std::max({std::int64_t{0}, block * kBlock - y, y - (block + 1) * kBlock + 1});
    const double yz_mm2 = z_mm2 + at(y_mm2_, steps);
    if (yz_mm2 >= best.squared_mm) return false;
    // Rounded up, the room left along x never hides a site that is nearer.
    const double room = std::nextafter(best.squared_mm - yz_mm2, kInfinity);
    if (nearest_bit(blocks_.row(z, block), words, x, x_mm2_, room) >= 0)
      search_block(z, block, z_mm2, y, x, best);
    return true;
  });
}

void NearestSite::search_block(std::int64_t z,
                               std::int64_t block,
                               double z_mm2,
                               std::int64_t y,
                               std::int64_t x,
                               Best& best) const {
  const std::int64_t end = std::min((block + 1) * kBlock, sites_.shape().height);
  outward(y, block * kBlock, end, [&](std::int64_t line) {
    const double yz_mm2 = z_mm2 + at(y_mm2_, line - y);
    if (yz_mm2 >= best.squared_mm) return false;
    const double room = std::nextafter(best.squared_mm - yz_mm2, kInfinity);
    const std::int64_t found =
        nearest_bit(sites_.row(z, line), sites_.row_words(), x, x_mm2_, room);
    if (found < 0) return true;
    const double squared = yz_mm2 + at(x_mm2_, found - x);
    if (squared < best.squared_mm) best = {squared, {z, line, found}};
    return true;
  });
}

namespace {

/// Calls body(voxel's place in C order, row, x, hint) for the voxels of some rows, in order.
template <class Body>
void for_each_voxel(const BitMask& mask,
                    std::span<const BitMask::Row> rows,
                    std::size_t place,
                    Body body) {
  NearestSite::Site hint;
  for (const BitMask::Row& row : rows) {
    const std::uint64_t* words = mask.row(row.z, row.y);
    for (std::int64_t w = 0; w < mask.row_words(); ++w) {
      for (std::uint64_t bits = words[w]; bits != 0; bits &= bits - 1)
        body(place++, row, w * BitMask::kWordBits + std::countr_zero(bits), hint);
    }
  }
}

/// Rows that one thread takes at a time.
constexpr std::size_t kRowsAtOnce = 256;

/// Where the voxels of each group of rows begin in C order, and how many there are.
std::vector<std::size_t> places(const BitMask& mask) {
  std::vector<std::size_t> first{0};
  for (std::size_t r = 0; r < mask.rows.size(); ++r) {
    if (r % kRowsAtOnce == 0) first.push_back(first.back());
    const std::uint64_t* words = mask.row(mask.rows[r].z, mask.rows[r].y);
    for (std::int64_t w = 0; w < mask.row_words(); ++w)
      first.back() += static_cast<std::size_t>(std::popcount(words[w]));
  }
  return first;
}

std::span<const BitMask::Row> rows_of_group(const BitMask& mask, std::size_t group) {
  const std::size_t first = group * kRowsAtOnce;
  return std::span(mask.rows).subspan(first, std::min(kRowsAtOnce, mask.rows.size() - first));
}

}  // namespace

std::vector<double> distances_mm(const BitMask& from, const NearestSite& to, int threads) {
  const std::vector<std::size_t> first = places(from);
  std::vector<double> distances(first.back());
  parallel_for(std::ssize(first) - 1, threads, [&](std::int64_t index) {
    const auto group = static_cast<std::size_t>(index);
    for_each_voxel(from,
                   rows_of_group(from, group),
                   first[group],
                   [&](std::size_t place, const BitMask::Row& row, std::int64_t x, auto& hint) {
                     distances[place] = to.squared_mm(row, x, -1, hint);
                   });
    for (std::size_t i = first[group]; i < first[group + 1]; ++i)
      distances[i] = std::sqrt(distances[i]);
  });
  return distances;
}

double farthest_mm(const BitMask& from, const NearestSite& to, double at_least, int threads) {
  std::atomic<double> farthest{at_least * at_least};
  const auto raise = [&](double squared) {
    double known = farthest.load();
    while (squared > known && !farthest.compare_exchange_weak(known, squared)) {
    }
  };
  const auto visit = [&](std::span<const BitMask::Row> rows) {
    double known = farthest.load();
    for_each_voxel(from, rows, 0, [&](std::size_t, const auto& row, std::int64_t x, auto& hint) {
      known = std::max(known, to.squared_mm(row, x, known, hint));
    });
    raise(known);
  };
  // A few rows first: the larger the known distance, the sooner the search for a query ends.
  constexpr std::size_t kSample = 32;
  for (std::size_t r = 0; r < from.rows.size(); r += kSample)
    visit(std::span(from.rows).subspan(r, 1));
  const auto groups = static_cast<std::int64_t>((from.rows.size() + kRowsAtOnce - 1) / kRowsAtOnce);
  parallel_for(groups, threads, [&](std::int64_t group) {
    visit(rows_of_group(from, static_cast<std::size_t>(group)));
  });
  return std::sqrt(farthest.load());
}

}  // namespace regionwise::geometry
