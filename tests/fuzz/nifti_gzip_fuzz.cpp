// What a compressed file holds: a fuzzer does not find a checksum by chance. The first three bytes
// may damage the compressed file.

#include "fuzz/nifti.hpp"
#include "storage/nifti_bytes.hpp"

namespace {

using regionwise::storage::testing::compress;

/// 0 nothing, 1 a changed byte, 2 a lost end, 3 a second member behind, 4 rubbish behind.
void damage(std::string& bytes, int kind, std::size_t place) {
  const auto at = place * bytes.size() / 256;
  if (kind == 1) bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  if (kind == 2) bytes.resize(at);
  if (kind == 3) bytes += compress(std::string(place * 4096, '\0'));
  if (kind == 4) bytes += std::string(place, 'x');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise::testing;
  if (size < 2) return 0;
  static const Scratch scratch;
  auto bytes = compress(std::string(text_of(data + 2, size - 2)));
  damage(bytes, data[0] % 5, data[1]);
  write_file(scratch / "x.nii.gz", bytes);
  read_nifti_file(scratch / "x.nii.gz");
  return 0;
}
