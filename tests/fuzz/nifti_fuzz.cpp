// A file's bytes as they are, plain or compressed.

#include "fuzz/nifti.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise::testing;
  static const Scratch scratch;
  write_file(scratch / "x.nii", text_of(data, size));
  read_nifti_file(scratch / "x.nii");
  return 0;
}
