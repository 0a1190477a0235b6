#include "geometry/bit_mask.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "core/multiversion.hpp"
#include "core/parallel.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace regionwise::geometry {
namespace {

using Byte = std::uint8_t;

REGIONWISE_MULTIVERSION bool any_equal(const Byte* bytes, std::int64_t count, Byte value) {
  Byte found = 0;
  for (std::int64_t i = 0; i < count; ++i) found |= static_cast<Byte>(bytes[i] == value);
  return found != 0;
}

REGIONWISE_MULTIVERSION bool any_other(const Byte* bytes, std::int64_t count, Byte value) {
  Byte found = 0;
  for (std::int64_t i = 0; i < count; ++i) found |= static_cast<Byte>(bytes[i] ^ value);
  return found != 0;
}

/// One bit for each of 64 bytes: whether it equals `value`.
std::uint64_t equal_bits(const Byte* bytes, Byte value) {
  std::uint64_t word = 0;
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi8(static_cast<char>(value));
  for (std::ptrdiff_t part = 0; part < 4; ++part) {
    const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * part));
    const auto equal =
        static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(values, wanted)));
    word |= std::uint64_t{equal} << (16 * part);
  }
#else
  for (int i = 0; i < 64; ++i) word |= std::uint64_t{bytes[i] == value} << i;
#endif
  return word;
}

std::uint64_t pack_word(const Byte* bytes, Inside inside) {
  const std::uint64_t equal = equal_bits(bytes, inside.value);
  return inside.equal ? equal : ~equal;
}

void pack_row(const Byte* bytes, std::int64_t count, Inside inside, std::uint64_t* words) {
  for (; count >= BitMask::kWordBits; count -= BitMask::kWordBits, bytes += BitMask::kWordBits)
    *words++ = pack_word(bytes, inside);
  if (count == 0) return;
  Byte rest[BitMask::kWordBits] = {};
  std::memcpy(rest, bytes, static_cast<std::size_t>(count));
  *words = pack_word(rest, inside) & ((std::uint64_t{1} << count) - 1);
}

/// Adds the rows of [first, end) that have voxels inside.
void add_rows(VolumeView<Byte> volume,
              Inside inside,
              std::int64_t first,
              std::int64_t end,
              PackedRows& packed) {
  const auto any_inside = inside.equal ? any_equal : any_other;
  const std::int64_t width = volume.shape.width;
  std::vector<std::uint64_t> words(static_cast<std::size_t>(packed.row_words));
  // Most of a volume is background: pages of it at once.
  const std::int64_t page = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, width));
  for (std::int64_t row = first; row < end; row += page) {
    const std::int64_t page_end = std::min(end, row + page);
    const Byte* bytes = volume.values.data() + row * width;
    if (!any_inside(bytes, (page_end - row) * width, inside.value)) continue;
    for (std::int64_t r = row; r < page_end; ++r, bytes += width) {
      pack_row(bytes, width, inside, words.data());
      if (std::ranges::all_of(words, [](std::uint64_t word) { return word == 0; })) continue;
      packed.rows.push_back({r / volume.shape.height, r % volume.shape.height});
      packed.words.insert(packed.words.end(), words.begin(), words.end());
    }
  }
}

/// The first position along x and the one past the last.
std::pair<std::int64_t, std::int64_t> columns(const PackedRows& packed) {
  const auto words = static_cast<std::size_t>(packed.row_words);
  std::vector<std::uint64_t> any(words);
  for (std::size_t i = 0; i < packed.words.size(); i += words) {
    for (std::size_t w = 0; w < words; ++w) any[w] |= packed.words[i + w];
  }
  std::size_t first = 0;
  std::size_t last = words - 1;
  while (any[first] == 0) ++first;
  while (any[last] == 0) --last;
  return {static_cast<std::int64_t>(first) * BitMask::kWordBits + std::countr_zero(any[first]),
          static_cast<std::int64_t>(last + 1) * BitMask::kWordBits - std::countl_zero(any[last])};
}

Box box_of(const PackedRows& packed) {
  if (packed.rows.empty()) return {};
  const auto [y, y_last] = std::ranges::minmax(packed.rows, {}, &BitMask::Row::y);
  const std::int64_t z = packed.rows.front().z;
  const auto [x, x_end] = columns(packed);
  return {{z, y.y, x}, {packed.rows.back().z + 1 - z, y_last.y + 1 - y.y, x_end - x}};
}

}  // namespace

BitMask::BitMask(const Shape3& shape, std::int64_t margin)
    : shape_(shape),
      margin_(margin),
      slice_margin_(shape.depth > 1 ? margin : std::min<std::int64_t>(margin, 1)),
      stride_((shape.width + kWordBits - 1) / kWordBits + 2),
      slice_stride_((shape.height + 2 * margin) * stride_),
      words_(static_cast<std::size_t>((shape.depth + 2 * slice_margin_) * slice_stride_)) {}

PackedRows pack_rows(VolumeView<std::uint8_t> volume, Inside inside, int threads) {
  const std::int64_t rows = volume.shape.depth * volume.shape.height;
  const std::int64_t row_words = (volume.shape.width + BitMask::kWordBits - 1) / BitMask::kWordBits;
  std::vector<PackedRows> parts(static_cast<std::size_t>(std::max(1, threads)));
  const std::int64_t count = std::ssize(parts);
  parallel_for(count, threads, [&](std::int64_t part) {
    PackedRows& own = parts[static_cast<std::size_t>(part)];
    own.row_words = row_words;
    add_rows(volume, inside, rows * part / count, rows * (part + 1) / count, own);
  });
  PackedRows packed = std::move(parts[0]);
  for (std::size_t p = 1; p < parts.size(); ++p) {
    packed.rows.insert(packed.rows.end(), parts[p].rows.begin(), parts[p].rows.end());
    packed.words.insert(packed.words.end(), parts[p].words.begin(), parts[p].words.end());
  }
  packed.box = box_of(packed);
  return packed;
}

Box aligned(const Box& box) {
  Box result = box;
  const std::int64_t excess = box.start[2] % BitMask::kWordBits;
  result.start[2] -= excess;
  result.shape.width += excess;
  return result;
}

BitMask cut(const PackedRows& packed, const Box& box) {
  assert(box.start[2] % BitMask::kWordBits == 0);
  BitMask mask(box.shape);
  mask.rows.reserve(packed.rows.size());
  const std::uint64_t* words = packed.words.data() + box.start[2] / BitMask::kWordBits;
  for (const BitMask::Row& row : packed.rows) {
    const BitMask::Row here{row.z - box.start[0], row.y - box.start[1]};
    std::copy(words, words + mask.row_words(), mask.row(here.z, here.y));
    mask.rows.push_back(here);
    words += packed.row_words;
  }
  return mask;
}

std::int64_t count(const BitMask& mask) {
  return count_common(mask, mask);
}

REGIONWISE_MULTIVERSION std::int64_t count_common(const BitMask& a, const BitMask& b) {
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
