#include "geometry/bit_mask.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <mutex>
#include <span>

#include "core/parallel.hpp"

// The whole volume is read once, at the speed of the memory if vectors are as wide as they can be.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#define REGIONWISE_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define REGIONWISE_CLONES
#endif

namespace regionwise::geometry {
namespace {

using Byte = std::uint8_t;

REGIONWISE_CLONES bool any_equal(const Byte* bytes, std::int64_t count, Byte value) {
  Byte found = 0;
  for (std::int64_t i = 0; i < count; ++i) found |= static_cast<Byte>(bytes[i] == value);
  return found != 0;
}

REGIONWISE_CLONES bool any_other(const Byte* bytes, std::int64_t count, Byte value) {
  Byte found = 0;
  for (std::int64_t i = 0; i < count; ++i) found |= static_cast<Byte>(bytes[i] ^ value);
  return found != 0;
}

REGIONWISE_CLONES void add_equal(const Byte* bytes, std::int64_t count, Byte value, Byte* found) {
  for (std::int64_t i = 0; i < count; ++i) found[i] |= static_cast<Byte>(bytes[i] == value);
}

REGIONWISE_CLONES void add_other(const Byte* bytes, std::int64_t count, Byte value, Byte* found) {
  for (std::int64_t i = 0; i < count; ++i) found[i] |= static_cast<Byte>(bytes[i] ^ value);
}

bool any_inside(const Byte* bytes, std::int64_t count, Inside inside) {
  return inside.equal ? any_equal(bytes, count, inside.value)
                      : any_other(bytes, count, inside.value);
}

/// Marks the rows of [first, first + count) and, in `columns`, the positions within rows.
void scan_rows(VolumeView<Byte> volume,
               Inside inside,
               std::int64_t first,
               std::int64_t count,
               std::span<Byte> rows,
               std::span<Byte> columns) {
  const std::int64_t width = volume.shape.width;
  const Byte* bytes = volume.values.data() + first * width;
  // Most of a volume is background: pages of it at once.
  const std::int64_t page = std::max<std::int64_t>(1, 4096 / width);
  for (std::int64_t row = 0; row < count; row += page) {
    const std::int64_t page_end = std::min(count, row + page);
    if (!any_inside(bytes + row * width, (page_end - row) * width, inside)) continue;
    for (std::int64_t r = row; r < page_end; ++r) {
      const Byte* at = bytes + r * width;
      if (!any_inside(at, width, inside)) continue;
      rows[static_cast<std::size_t>(first + r)] = 1;
      (inside.equal ? add_equal : add_other)(at, width, inside.value, columns.data());
    }
  }
}

/// First and past the last non-zero entry.
std::pair<std::int64_t, std::int64_t> extent(std::span<const Byte> flags) {
  const auto set = [](Byte flag) { return flag != 0; };
  const auto first = std::find_if(flags.begin(), flags.end(), set);
  if (first == flags.end()) return {0, 0};
  const auto last = std::find_if(flags.rbegin(), flags.rend(), set);
  return {first - flags.begin(), flags.rend() - last};
}

Box box_of(const Shape3& shape, std::span<const Byte> rows, std::span<const Byte> columns) {
  std::vector<Byte> slices(static_cast<std::size_t>(shape.depth));
  std::vector<Byte> lines(static_cast<std::size_t>(shape.height));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == 0) continue;
    slices[i / lines.size()] = 1;
    lines[i % lines.size()] = 1;
  }
  const auto [z, z_end] = extent(slices);
  const auto [y, y_end] = extent(lines);
  const auto [x, x_end] = extent(columns);
  return z_end == 0 ? Box{} : Box{{z, y, x}, {z_end - z, y_end - y, x_end - x}};
}

/// Of 64 bytes, one bit each.
std::uint64_t pack_word(const Byte* bytes, Inside inside) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x80 * kOnes;
  // Moves the lowest bits of eight bytes into the highest byte, in order.
  constexpr std::uint64_t kGather = 0x0102040810204080;
  std::uint64_t word = 0;
  for (int part = 0; part < 8; ++part) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + 8 * part, 8);
    eight ^= inside.value * kOnes;
    const std::uint64_t differ = (((eight & ~kHigh) + ~kHigh) | eight) & kHigh;
    word |= (((differ >> 7) * kGather) >> 56) << (8 * part);
  }
  return inside.equal ? ~word : word;
}

void pack_row(const Byte* bytes, std::int64_t count, Inside inside, std::uint64_t* words) {
  for (; count >= BitMask::kWordBits; count -= BitMask::kWordBits, bytes += BitMask::kWordBits)
    *words++ = pack_word(bytes, inside);
  if (count == 0) return;
  Byte rest[BitMask::kWordBits] = {};
  std::memcpy(rest, bytes, static_cast<std::size_t>(count));
  *words = pack_word(rest, inside) & ((std::uint64_t{1} << count) - 1);
}

}  // namespace

BitMask::BitMask(const Shape3& shape, std::int64_t margin)
    : shape_(shape),
      margin_(margin),
      slice_margin_(shape.depth > 1 ? margin : std::min<std::int64_t>(margin, 1)),
      stride_((shape.width + kWordBits - 1) / kWordBits + 2),
      slice_stride_((shape.height + 2 * margin) * stride_),
      words_(static_cast<std::size_t>((shape.depth + 2 * slice_margin_) * slice_stride_)) {}

Occupancy find_occupied(VolumeView<std::uint8_t> volume, Inside inside, int threads) {
  const std::int64_t rows = volume.shape.depth * volume.shape.height;
  const auto width = static_cast<std::size_t>(volume.shape.width);
  Occupancy found{std::vector<Byte>(static_cast<std::size_t>(rows)), {}};
  std::vector<Byte> columns(width);
  std::mutex mutex;
  const std::int64_t parts = std::max(1, threads);
  parallel_for(parts, threads, [&](std::int64_t part) {
    std::vector<Byte> own(width);
    const std::int64_t first = rows * part / parts;
    scan_rows(volume, inside, first, rows * (part + 1) / parts - first, found.rows, own);
    const std::lock_guard lock(mutex);
    for (std::size_t x = 0; x < width; ++x) columns[x] |= own[x];
  });
  found.box = box_of(volume.shape, found.rows, columns);
  return found;
}

BitMask pack(VolumeView<std::uint8_t> volume,
             Inside inside,
             const Occupancy& occupancy,
             const Box& box) {
  BitMask mask(box.shape);
  const Shape3& shape = volume.shape;
  for (std::int64_t z = 0; z < box.shape.depth; ++z) {
    for (std::int64_t y = 0; y < box.shape.height; ++y) {
      const std::int64_t row = (box.start[0] + z) * shape.height + box.start[1] + y;
      if (occupancy.rows[static_cast<std::size_t>(row)] == 0) continue;
      const Byte* bytes = volume.values.data() + row * shape.width + box.start[2];
      pack_row(bytes, box.shape.width, inside, mask.row(z, y));
      mask.rows.push_back({z, y});
    }
  }
  return mask;
}

std::int64_t count(const BitMask& mask) {
  return count_common(mask, mask);
}

std::int64_t count_common(const BitMask& a, const BitMask& b) {
  assert(a.shape() == b.shape());
  std::int64_t voxels = 0;
  for (const auto& [z, y] : a.rows) {
    const std::uint64_t* one = a.row(z, y);
    const std::uint64_t* other = b.row(z, y);
    for (std::int64_t i = 0; i < a.row_words(); ++i) voxels += std::popcount(one[i] & other[i]);
  }
  return voxels;
}

}  // namespace regionwise::geometry
