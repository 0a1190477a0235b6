#include "geometry/surface_distances.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <span>

#include "core/multiversion.hpp"
#include "core/parallel.hpp"
#include "geometry/distance_transform.hpp"

namespace regionwise::geometry {
namespace {

using Query = NearestSite::Query;
using Rows = std::span<const BitMask::Row>;

/// Rows, and queries without a near site, that one thread takes at a time.
constexpr std::size_t kRowsAtOnce = 256;
constexpr std::size_t kQueriesAtOnce = 1024;

std::int64_t groups(std::size_t count, std::size_t size) {
  return static_cast<std::int64_t>((count + size - 1) / size);
}

template <class T>
std::span<T> group(std::span<T> all, std::int64_t index, std::size_t size) {
  const std::size_t first = static_cast<std::size_t>(index) * size;
  return all.subspan(first, std::min(size, all.size() - first));
}

/// Where the voxels of each group of rows begin in C order, and their number.
REGIONWISE_MULTIVERSION std::vector<std::size_t> places(const BitMask& mask) {
  std::vector<std::size_t> first{0};
  for (std::size_t r = 0; r < mask.rows.size(); ++r) {
    if (r % kRowsAtOnce == 0) first.push_back(first.back());
    const std::uint64_t* words = mask.row(mask.rows[r].z, mask.rows[r].y);
    for (std::int64_t w = 0; w < mask.row_words(); ++w)
      first.back() += static_cast<std::size_t>(std::popcount(words[w]));
  }
  return first;
}

/// Whether to transform the block is faster than to search for the sites of all queries, judged by
/// the work of runs of queries here and there.
bool search_is_long(std::span<const Query> queries, const NearestSite& to, double enough) {
  constexpr std::size_t kRuns = 8;
  constexpr std::size_t kRun = 8;
  // A voxel of the transform takes as long as two rows or blocks of rows (measured).
  constexpr std::int64_t kWorkOfVoxel = 2;
  if (queries.size() <= kRuns * kRun) return false;
  std::int64_t work = 0;
  for (std::size_t run = 0; run < kRuns; ++run) {
    NearestSite::Site hint;
    std::int64_t unused = 0;
    for (std::size_t i = 0; i < kRun; ++i) {
      const Query& query = queries[run * queries.size() / kRuns + i];
      hint = to.far(query, enough, hint, i == 0 ? unused : work);
    }
  }
  const double share =
      static_cast<double>(kRuns * (kRun - 1)) / static_cast<double>(queries.size());
  const std::int64_t transformed = kWorkOfVoxel * to.sites().shape().size();
  return static_cast<double>(work) > share * static_cast<double>(transformed);
}

/// Squared distances of the whole block.
std::vector<double> transform(const NearestSite& to) {
  const BitMask& sites = to.sites();
  Volume<std::uint8_t> mask(sites.shape());
  for (const auto& [z, y] : sites.rows) {
    const std::uint64_t* row = sites.row(z, y);
    std::uint8_t* out = &mask.at(z, y, 0);
    for (std::int64_t x = 0; x < mask.shape.width; ++x)
      out[x] = (row[x / BitMask::kWordBits] >> (x % BitMask::kWordBits)) & 1;
  }
  return squared_distances_mm(mask.view(), to.spacing_mm());
}

/// Calls found(query, squared distance) for queries without a near site, on any thread; `enough()`
/// says at any time up to which distance no more than that needs to be known.
template <class Enough, class Found>
void measure_far(const std::vector<std::vector<Query>>& groups_of_queries,
                 const NearestSite& to,
                 int threads,
                 Enough enough,
                 Found found) {
  std::vector<Query> queries;
  for (const auto& some : groups_of_queries)
    queries.insert(queries.end(), some.begin(), some.end());
  if (search_is_long(queries, to, enough())) {
    const Shape3& shape = to.sites().shape();
    const std::vector<double> squared = transform(to);
    for (const Query& query : queries) {
      const std::int64_t row = query.row.z * shape.height + query.row.y;
      found(query, squared[static_cast<std::size_t>(row * shape.width + query.x)]);
    }
    return;
  }
  parallel_for(groups(queries.size(), kQueriesAtOnce), threads, [&](std::int64_t index) {
    NearestSite::Site site;
    std::int64_t work = 0;
    for (const Query& query : group(std::span<const Query>(queries), index, kQueriesAtOnce)) {
      site = to.far(query, enough(), site, work);
      found(query, site.squared_mm);
    }
  });
}

/// A maximum that several threads raise.
class Largest {
 public:
  explicit Largest(double value) : value_(value) {}
  double get() const { return value_.load(std::memory_order_relaxed); }
  void raise(double value) {
    double known = get();
    while (value > known && !value_.compare_exchange_weak(known, value)) {
    }
  }

 private:
  std::atomic<double> value_;
};

void raise_by(
    Rows rows, const BitMask& from, const NearestSite& to, int threads, Largest& largest) {
  std::vector<std::vector<Query>> far(static_cast<std::size_t>(groups(rows.size(), kRowsAtOnce)));
  parallel_for(std::ssize(far), threads, [&](std::int64_t index) {
    const Rows some = group(rows, index, kRowsAtOnce);
    auto& own = far[static_cast<std::size_t>(index)];
    largest.raise(to.near(from, some, 0, true, largest.get(), nullptr, own));
  });
  measure_far(
      far,
      to,
      threads,
      [&] { return largest.get(); },
      [&](const Query&, double squared) { largest.raise(squared); });
}

}  // namespace

std::vector<double> distances_mm(const BitMask& from, const NearestSite& to, int threads) {
  const std::vector<std::size_t> first = places(from);
  std::vector<double> distances(first.back());
  std::vector<std::vector<Query>> far(first.size() - 1);
  parallel_for(std::ssize(far), threads, [&](std::int64_t index) {
    const auto g = static_cast<std::size_t>(index);
    const Rows rows = group(Rows(from.rows), index, kRowsAtOnce);
    double* squared = distances.data() + first[g];
    to.near(from, rows, first[g], false, 0, squared, far[g]);
    for (std::size_t i = first[g]; i < first[g + 1]; ++i) distances[i] = std::sqrt(distances[i]);
  });
  measure_far(
      far,
      to,
      threads,
      [] { return -1.0; },
      [&](const Query& query, double squared) { distances[query.place] = std::sqrt(squared); });
  return distances;
}

double farthest_mm(const BitMask& from, const NearestSite& to, double at_least, int threads) {
  Largest largest(at_least * at_least);
  // A few rows first: the larger the known distance, the sooner a search ends.
  constexpr std::size_t kSample = 32;
  std::vector<BitMask::Row> sample;
  for (std::size_t r = 0; r < from.rows.size(); r += kSample) sample.push_back(from.rows[r]);
  raise_by(sample, from, to, threads, largest);
  raise_by(from.rows, from, to, threads, largest);
  return std::sqrt(largest.get());
}

}  // namespace regionwise::geometry
