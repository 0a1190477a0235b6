#include "storage/seal.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/interrupt.hpp"
#include "storage/descriptor.hpp"
#include "storage/lost_seal.hpp"

namespace regionwise::storage {
namespace {

using detail::Descriptor;
using detail::read_exactly;
using detail::size_of;
using detail::write_exactly;

static_assert(std::endian::native == std::endian::little,
              "seals are written as they lie in memory");

/// The last bytes of a sealed file.
struct Footer {
  std::uint64_t content_bytes = 0;  ///< Of the file without its seal.
  std::uint64_t entries = 0;        ///< Ranges of the bulk, in a table between content and footer.
  std::uint64_t rest_hash = 0;      ///< Of the content that is not bulk, in order.
  std::uint64_t table_hash = 0;
  std::uint64_t footer_hash = 0;  ///< Of the four before.
  std::array<char, 16> mark = kMark;

  static constexpr std::array<char, 16> kMark = {
      'r', 'e', 'g', 'i', 'o', 'n', 'w', 'i', 's', 'e', '-', 's', 'e', 'a', 'l', '1'};

  std::uint64_t own_hash() const {
    const std::array<std::uint64_t, 4> fields{content_bytes, entries, rest_hash, table_hash};
    return hash_bytes(std::as_bytes(std::span(fields)));
  }
};
static_assert(sizeof(Footer) == 56);

constexpr std::size_t kPiece = 1 << 20;

DataError changed(const std::filesystem::path& path) {
  return DataError(fmt::format(
      "{}: is not as it was written (its seal differs): the disk, a copy or another program "
      "changed it; make it anew",
      path.string()));
}

/// The mark ends with the seal's version.
bool is_of_newer_program(const std::array<char, 16>& mark) {
  const auto& known = Footer::kMark;
  return std::equal(known.begin(), known.end() - 1, mark.begin()) && mark.back() > known.back() &&
         mark.back() <= '9';
}

DataError lost(const std::filesystem::path& path) {
  return DataError(path.string() +
                   ": has lost its seal: it was cut short or changed by another program; make it "
                   "anew");
}

/// Adds a range of the file to `hash`, in pieces; `between` is called after each.
void add_range(ByteHash& hash,
               int descriptor,
               ByteRange range,
               std::vector<std::byte>& piece,
               const std::filesystem::path& path,
               const BetweenSteps& between) {
  piece.resize(std::max(piece.size(), std::min<std::uint64_t>(range.bytes, kPiece)));
  while (range.bytes > 0) {
    const auto part = std::span(piece).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(range.bytes, piece.size())));
    read_exactly(descriptor, range.offset, part, path.string());
    hash.add(part);
    between();
    range.offset += part.size();
    range.bytes -= part.size();
  }
}

/// The hash of what lies between the ranges of `bulk` (by offset), and whether they fit the file.
template <class Range>
std::optional<std::uint64_t> hash_rest(int descriptor,
                                       std::span<const Range> bulk,
                                       std::uint64_t content_bytes,
                                       const std::filesystem::path& path,
                                       const BetweenSteps& between = go_on) {
  ByteHash hash;
  std::vector<std::byte> piece;
  std::uint64_t end = 0;
  for (const auto& range : bulk) {
    if (range.offset < end || range.offset > content_bytes ||
        range.bytes > content_bytes - range.offset) {
      return {};
    }
    add_range(hash, descriptor, {end, range.offset - end}, piece, path, between);
    end = range.offset + range.bytes;
  }
  add_range(hash, descriptor, {end, content_bytes - end}, piece, path, between);
  return hash.value();
}

std::uint64_t hash_range(int descriptor,
                         const ByteRange& range,
                         std::vector<std::byte>& piece,
                         const std::filesystem::path& path,
                         const BetweenSteps& between = go_on) {
  ByteHash hash;
  add_range(hash, descriptor, range, piece, path, between);
  return hash.value();
}

/// A signal that comes from now on ends the work, which takes seconds a GiB. After one that came
/// before, what is sealed is what the program saves because of it.
BetweenSteps stop_at_a_new_signal() {
  return interrupted() ? go_on : stop_if_interrupted;
}

}  // namespace

void Seal::append(const std::filesystem::path& file,
                  std::vector<ByteRange> bulk,
                  const std::filesystem::path& name) {
  std::sort(bulk.begin(), bulk.end(), [](const ByteRange& a, const ByteRange& b) {
    return a.offset < b.offset;
  });
  const Descriptor descriptor(file, O_RDWR | O_APPEND, name);
  const BetweenSteps between = stop_at_a_new_signal();
  Footer footer;
  footer.content_bytes = size_of(descriptor.get(), name.string());
  footer.entries = bulk.size();
  const auto rest =
      hash_rest<ByteRange>(descriptor.get(), bulk, footer.content_bytes, name, between);
  if (!rest) throw std::logic_error(name.string() + ": ranges of the bulk overlap");
  footer.rest_hash = *rest;
  std::vector<Entry> table;
  table.reserve(bulk.size());
  std::vector<std::byte> piece;
  for (const auto& range : bulk) {
    table.push_back(
        {range.offset, range.bytes, hash_range(descriptor.get(), range, piece, name, between)});
  }
  const auto table_bytes = std::as_bytes(std::span(table));
  footer.table_hash = hash_bytes(table_bytes);
  footer.footer_hash = footer.own_hash();
  write_exactly(descriptor.get(), table_bytes, name.string());
  write_exactly(descriptor.get(), std::as_bytes(std::span(&footer, 1)), name.string());
}

std::shared_ptr<const Seal> Seal::read(int descriptor, const std::filesystem::path& path) {
  const std::uint64_t file_bytes = size_of(descriptor, path.string());
  Footer footer;
  if (file_bytes >= sizeof footer) {
    const auto bytes = std::as_writable_bytes(std::span(&footer, 1));
    read_exactly(descriptor, file_bytes - sizeof footer, bytes, path.string());
  }
  if (file_bytes >= sizeof footer && is_of_newer_program(footer.mark)) {
    throw DataError(path.string() + ": has a seal of a newer program: update this one");
  }
  if (file_bytes < sizeof footer || footer.mark != Footer::kMark) {
    if (detail::has_lost_seal(descriptor, path)) throw lost(path);
    return {};
  }
  // The counts are believed only where they fit the file, before memory is taken for the table.
  const std::uint64_t before = file_bytes - sizeof(Footer);
  if (footer.footer_hash != footer.own_hash() || footer.content_bytes > before ||
      (before - footer.content_bytes) / sizeof(Entry) != footer.entries ||
      (before - footer.content_bytes) % sizeof(Entry) != 0) {
    throw changed(path);
  }
  const std::shared_ptr<Seal> seal(new Seal);
  seal->descriptor_ = descriptor;
  seal->path_ = path;
  seal->entries_.resize(static_cast<std::size_t>(footer.entries));
  const auto table = std::as_writable_bytes(std::span(seal->entries_));
  read_exactly(descriptor, footer.content_bytes, table, path.string());
  if (hash_bytes(table) != footer.table_hash) throw changed(path);
  seal->content_bytes_ = footer.content_bytes;
  seal->rest_hash_ = footer.rest_hash;
  seal->check_rest();
  seal->compared_ = std::vector<std::atomic<bool>>(seal->entries_.size());
  return seal;
}

const Seal::Entry* Seal::find(std::uint64_t offset) const {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), offset, [](const Entry& entry, std::uint64_t value) {
        return entry.offset < value;
      });
  return found != entries_.end() && found->offset == offset ? &*found : nullptr;
}

void Seal::compare(const Entry& entry, std::uint64_t bytes, std::uint64_t hash) const {
  if (bytes != entry.bytes || hash != entry.hash) throw changed(path_);
  compared_[static_cast<std::size_t>(&entry - entries_.data())].store(true,
                                                                      std::memory_order_relaxed);
}

void Seal::check(std::uint64_t offset, std::span<const std::byte> bytes) const {
  const Entry* entry = find(offset);
  if (entry == nullptr) return;
  const auto index = static_cast<std::size_t>(entry - entries_.data());
  if (compared_[index].load(std::memory_order_relaxed)) return;
  compare(*entry, bytes.size(), hash_bytes(bytes));
}

void Seal::check_stored(const ByteRange& range) const {
  const Entry* entry = find(range.offset);
  if (entry == nullptr) return;
  if (compared_[static_cast<std::size_t>(entry - entries_.data())].load(
          std::memory_order_relaxed)) {
    return;
  }
  std::vector<std::byte> piece;
  compare(*entry, range.bytes, hash_range(descriptor_, range, piece, path_));
}

void Seal::check_rest() const {
  if (hash_rest<Entry>(descriptor_, entries_, content_bytes_, path_) != rest_hash_)
    throw changed(path_);
}

void Seal::check_all() const {
  std::vector<std::byte> piece;
  for (const Entry& entry : entries_) {
    const auto hash = hash_range(descriptor_, {entry.offset, entry.bytes}, piece, path_);
    compare(entry, entry.bytes, hash);
  }
}

}  // namespace regionwise::storage
