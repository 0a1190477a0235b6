#include "geometry/nearest_site.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/multiversion.hpp"

namespace regionwise::geometry {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kBits = BitMask::kWordBits;
/// Rows united into one.
constexpr std::int64_t kBlock = 8;
/// A word that begins 28 to 35 bits before a voxel, at a byte, shows so many on each side.
constexpr std::int64_t kReach = 28;

/// Squared distance of 0 … count - 1 steps, rounded as the distance transform does.
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

/// Steps from x to the nearest set bit at or before it, -1 if none is nearer than `limit_mm2`.
std::int64_t steps_left(const std::uint64_t* row,
                        std::int64_t x,
                        const std::vector<double>& x_mm2,
                        double limit_mm2) {
  std::int64_t word = x / kBits;
  std::uint64_t bits = row[word] << (kBits - 1 - x % kBits);
  std::int64_t steps = 0;  // to the highest of `bits`
  while (bits == 0) {
    steps = x - (word * kBits - 1);
    if (--word < 0 || at(x_mm2, steps) >= limit_mm2) return -1;
    bits = row[word];
  }
  return steps + std::countl_zero(bits);
}

std::int64_t steps_right(const std::uint64_t* row,
                         std::int64_t words,
                         std::int64_t x,
                         const std::vector<double>& x_mm2,
                         double limit_mm2) {
  std::int64_t word = x / kBits;
  std::uint64_t bits = row[word] >> (x % kBits);
  std::int64_t steps = 0;  // to the lowest of `bits`
  while (bits == 0) {
    steps = ++word * kBits - x;
    if (word >= words || steps >= std::ssize(x_mm2) || at(x_mm2, steps) >= limit_mm2) return -1;
    bits = row[word];
  }
  return steps + std::countr_zero(bits);
}

/// The position of the set bit nearest to x, or -1 if none is nearer than `limit_mm2`.
std::int64_t nearest_bit(const std::uint64_t* row,
                         std::int64_t words,
                         std::int64_t x,
                         const std::vector<double>& x_mm2,
                         double limit_mm2) {
  const std::int64_t left = steps_left(row, x, x_mm2, limit_mm2);
  const std::int64_t right = steps_right(row, words, x, x_mm2, limit_mm2);
  const bool is_left = right < 0 || (left >= 0 && left <= right);
  const std::int64_t steps = is_left ? left : right;
  if (steps < 0 || at(x_mm2, steps) >= limit_mm2) return -1;
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
      spacing_mm_(spacing_mm),
      z_mm2_(squares(std::max(sites.shape().depth, kMargin + 2), spacing_mm[0])),
      y_mm2_(squares(std::max(sites.shape().height, kMargin + 2), spacing_mm[1])),
      x_mm2_(squares(std::max(sites.shape().width, kBits + 1), spacing_mm[2])),
      blocks_(
          {sites.shape().depth, (sites.shape().height + kBlock - 1) / kBlock, sites.shape().width},
          0),
      slices_({1, sites.shape().depth, sites.shape().width}, 0),
      first_block_(static_cast<std::size_t>(sites.shape().depth)),
      end_block_(static_cast<std::size_t>(sites.shape().depth)) {
  list_steps();
  unite_rows();
}

void NearestSite::list_steps() {
  const bool volume = sites_.shape().depth > 1;
  near_mm2_ = std::min(at(x_mm2_, kReach), at(y_mm2_, kMargin + 1));
  if (volume) near_mm2_ = std::min(near_mm2_, at(z_mm2_, kMargin + 1));
  const std::int64_t slices = volume ? kMargin : 0;
  for (std::int64_t z = -slices; z <= slices; ++z) {
    for (std::int64_t y = -kMargin; y <= kMargin; ++y) {
      const double squared = at(z_mm2_, z) + at(y_mm2_, y);
      if (squared >= near_mm2_) continue;
      steps_.push_back({squared, 8 * (z * sites_.slice_stride() + y * sites_.row_stride())});
    }
  }
  std::ranges::stable_sort(steps_, {}, &Step::squared_mm);
  steps_.push_back({kInfinity, 0});
}

void NearestSite::unite_rows() {
  for (const auto& [z, y] : sites_.rows) {
    const std::uint64_t* row = sites_.row(z, y);
    std::uint64_t* united = blocks_.row(z, y / kBlock);
    std::uint64_t* all = slices_.row(0, z);
    for (std::int64_t i = 0; i < sites_.row_words(); ++i) {
      united[i] |= row[i];
      all[i] |= row[i];
    }
    const auto slice = static_cast<std::size_t>(z);
    if (end_block_[slice] == 0) first_block_[slice] = y / kBlock;
    end_block_[slice] = y / kBlock + 1;
  }
}

REGIONWISE_MULTIVERSION double NearestSite::near(const BitMask& from,
                                                 std::span<const BitMask::Row> rows,
                                                 std::size_t place,
                                                 bool largest_only,
                                                 double largest,
                                                 double* squared,
                                                 std::vector<Query>& far) const {
  const double below_near = std::nextafter(near_mm2_, 0.0);
  const double* x_mm2 = x_mm2_.data();
  for (const BitMask::Row& row : rows) {
    const auto* sites = reinterpret_cast<const unsigned char*>(sites_.row(row.z, row.y) - 1);
    const std::uint64_t* words = from.row(row.z, row.y);
    for (std::int64_t word = 0; word < from.row_words(); ++word) {
      for (std::uint64_t queries = words[word]; queries != 0; queries &= queries - 1, ++place) {
        const std::int64_t x = word * kBits + std::countr_zero(queries);
        const std::int64_t first = (x + kBits - kReach) / 8;
        const auto bit = static_cast<int>(x + kBits - 8 * first);
        const double enough = largest_only ? std::min(largest, below_near) : -1;
        double best = near_mm2_;
        for (const Step* step = steps_.data(); step->squared_mm < best; ++step) {
          std::uint64_t bits = 0;
          std::memcpy(&bits, sites + first + step->bytes, sizeof bits);
          const int right = std::countr_zero(bits >> bit);
          const int left = std::countl_zero(bits << (kBits - 1 - bit));
          best = std::min(best, step->squared_mm + x_mm2[std::min(left, right)]);
          if (best <= enough) break;
        }
        if (best == near_mm2_) {
          far.push_back({row, x, place});
        } else {
          largest = std::max(largest, best);
        }
        if (squared != nullptr) *squared++ = best;
      }
    }
  }
  return largest;
}

/// The search of one query through slices, blocks and rows.
class NearestSite::Search {
 public:
  Search(const NearestSite& nearest, const Query& query, double enough)
      : nearest_(nearest), query_(query), enough_(enough) {}

  Site run(const Site& hint) {
    const auto& rows = nearest_.sites_.rows;
    descend(hint.row.z < 0 ? rows[rows.size() / 2] : hint.row);
    outward(query_.row.z, 0, nearest_.sites_.shape().depth, [&](std::int64_t z) {
      const double z_mm2 = at(nearest_.z_mm2_, z - query_.row.z);
      if (best_.squared_mm <= enough_ || z_mm2 >= best_.squared_mm) return false;
      search_slice(z, z_mm2);
      return true;
    });
    return best_;
  }

  std::int64_t work() const { return work_; }

 private:
  /// From row to neighbouring row as long as that brings a nearer site: the nearer the site, the
  /// less is left to search.
  void descend(BitMask::Row row) {
    search_row(row.z, row.y, squared_mm(row));
    const Shape3& shape = nearest_.sites_.shape();
    for (bool nearer = true; nearer && best_.squared_mm > enough_;) {
      nearer = false;
      row = best_.row;
      for (std::int64_t z = std::max<std::int64_t>(0, row.z - 1);
           z < std::min(shape.depth, row.z + 2);
           ++z) {
        for (std::int64_t y = std::max<std::int64_t>(0, row.y - 1);
             y < std::min(shape.height, row.y + 2);
             ++y)
          nearer |= search_row(z, y, squared_mm({z, y}));
      }
    }
  }

  void search_slice(std::int64_t z, double z_mm2) {
    const auto first = nearest_.first_block_[static_cast<std::size_t>(z)];
    const auto end = nearest_.end_block_[static_cast<std::size_t>(z)];
    if (end == 0) return;  // No site in this slice.
    const double least_mm2 = z_mm2 + at(nearest_.y_mm2_, steps_to(first * kBlock, end * kBlock));
    if (least_mm2 >= best_.squared_mm || nearest_in(nearest_.slices_.row(0, z), least_mm2) < 0)
      return;
    outward(query_.row.y / kBlock, first, end, [&](std::int64_t block) {
      const double yz_mm2 =
          z_mm2 + at(nearest_.y_mm2_, steps_to(block * kBlock, (block + 1) * kBlock));
      if (best_.squared_mm <= enough_ || yz_mm2 >= best_.squared_mm) return false;
      if (nearest_in(nearest_.blocks_.row(z, block), yz_mm2) >= 0) search_block(z, block, z_mm2);
      return true;
    });
  }

  void search_block(std::int64_t z, std::int64_t block, double z_mm2) {
    const std::int64_t end = std::min((block + 1) * kBlock, nearest_.sites_.shape().height);
    outward(query_.row.y, block * kBlock, end, [&](std::int64_t y) {
      const double yz_mm2 = z_mm2 + at(nearest_.y_mm2_, y - query_.row.y);
      if (yz_mm2 >= best_.squared_mm) return false;
      search_row(z, y, yz_mm2);
      return true;
    });
  }

  /// Whether the row has a site that is nearer than the best so far.
  bool search_row(std::int64_t z, std::int64_t y, double yz_mm2) {
    const std::int64_t x = nearest_in(nearest_.sites_.row(z, y), yz_mm2);
    if (x < 0) return false;
    const double squared = yz_mm2 + at(nearest_.x_mm2_, x - query_.x);
    if (squared >= best_.squared_mm) return false;
    best_ = {squared, {z, y}, x};
    return true;
  }

  /// Of a row, to its nearest voxel.
  double squared_mm(const BitMask::Row& row) const {
    return at(nearest_.z_mm2_, row.z - query_.row.z) + at(nearest_.y_mm2_, row.y - query_.row.y);
  }

  /// Rows from the query to the nearest of [first, end).
  std::int64_t steps_to(std::int64_t first, std::int64_t end) const {
    return std::max({std::int64_t{0}, first - query_.row.y, query_.row.y - (end - 1)});
  }

  std::int64_t nearest_in(const std::uint64_t* row, double yz_mm2) {
    ++work_;
    // Rounded up, the room left along x hides no site that is nearer.
    const double room = (best_.squared_mm - yz_mm2) * (1 + 1e-15);
    return nearest_bit(row, nearest_.sites_.row_words(), query_.x, nearest_.x_mm2_, room);
  }

  const NearestSite& nearest_;
  const Query& query_;
  double enough_;
  Site best_;
  std::int64_t work_ = 0;
};

NearestSite::Site NearestSite::far(const Query& query,
                                   double enough,
                                   const Site& hint,
                                   std::int64_t& work) const {
  Search search(*this, query, enough);
  const Site found = search.run(hint);
  work += search.work();
  return found;
}

}  // namespace regionwise::geometry
