#include "storage/lost_seal.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/descriptor.hpp"

namespace regionwise::storage::detail {
namespace {

/// Where the superblock says that HDF5's content ends; nothing for a kind that is not known
/// (HDF5 File Format Specification, II.A).
std::optional<std::uint64_t> end_of_content(std::span<const std::byte> start) {
  struct Layout {
    std::size_t offset_bytes;  ///< Where the size of addresses stands.
    std::size_t end;           ///< Where the address of the end stands.
  };
  constexpr std::array<Layout, 4> kLayouts{{{13, 40}, {13, 44}, {9, 28}, {9, 28}}};
  constexpr std::size_t kVersion = 8;
  if (start.size() < 52) return {};
  const auto version = std::to_integer<std::size_t>(start[kVersion]);
  if (version >= kLayouts.size()) return {};
  const Layout& layout = kLayouts[version];
  if (start[layout.offset_bytes] != std::byte{8}) return {};
  std::uint64_t end = 0;
  std::memcpy(&end, start.data() + layout.end, sizeof end);
  return end;
}

/// What HDF5 writes around the name of the attribute `sealed` of one int64 (IV.A.2.m): versions and
/// the lengths of name, type and space before it, type, space and value behind it.
constexpr std::string_view kName("sealed", 6);
struct Surroundings {
  std::string_view before;
  std::string_view behind;
};
constexpr std::array<Surroundings, 2> kSurroundings{{
    // Version 1: padded to 8 bytes.
    {{"\1\0\7\0\14\0\10\0", 8}, {"\0\0\20\10\0\0\10\0\0\0\0\0\100\0\0\0\0\0\1", 19}},
    // Version 3, which HDF5 writes where it need not be read by 1.6.
    {{"\3\0\7\0\14\0\4\0\0", 9}, {"\0\20\10\0\0\10\0\0\0\0\0\100\0\2\0\0\0\1", 18}},
}};
constexpr std::size_t kMostBefore = 9;
constexpr std::size_t kMostBehind = 19;

/// Bytes other than 0, which is what damage and holes leave, that are as they should be.
std::size_t agreeing(std::string_view found, std::string_view expected) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    count += expected[i] != '\0' && found[i] == expected[i] ? 1 : 0;
  }
  return count;
}

/// A name with another letter in it, more than one bit away, is another name, such as `scaled`, and
/// no damage.
bool is_other_name(std::string_view found) {
  for (std::size_t i = 0; i < kName.size(); ++i) {
    const int changed = std::popcount(static_cast<unsigned char>(found[i] ^ kName[i]));
    if (changed > 1 && found[i] >= 'a' && found[i] <= 'z') return true;
  }
  return false;
}

/// Damage may have taken two letters of the name and three of the nine or ten other bytes.
bool holds_attribute(std::string_view bytes) {
  for (std::size_t i = kMostBefore; i + kName.size() + kMostBehind <= bytes.size(); ++i) {
    if (agreeing(bytes.substr(i), kName) < kName.size() - 2) continue;
    if (is_other_name(bytes.substr(i))) continue;
    for (const auto& [before, behind] : kSurroundings) {
      if (agreeing(bytes.substr(i - before.size()), before) +
              agreeing(bytes.substr(i + kName.size()), behind) >=
          6) {
        return true;
      }
    }
  }
  return false;
}

/// Attributes lie near either end: they are written before the bulk of the numbers or after it.
constexpr std::uint64_t kSearched = std::uint64_t{8} << 20;

}  // namespace

bool has_lost_seal(int descriptor, const std::filesystem::path& path) {
  const std::uint64_t size = size_of(descriptor, path.string());
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::min(size, kSearched)));
  const auto searched = [&](std::uint64_t offset) {
    read_exactly(descriptor, offset, bytes, path.string());
    return holds_attribute({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  if (searched(0)) return true;
  if (const auto end = end_of_content(bytes); end && *end < size) return true;
  return searched(size - bytes.size());
}

}  // namespace regionwise::storage::detail
