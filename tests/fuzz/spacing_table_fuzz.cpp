// The kits.json beside the cases of KiTS19.

#include "fuzz/folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  static const Scratch scratch;
  static const sources::Description description = [] {
    make_files(scratch, {"case_00000/imaging.nii.gz", "case_00000/segmentation.nii.gz"});
    return sources::find_description("kits19");
  }();
  write_file(scratch / "kits.json", text_of(data, size));
  read([&] { find_all(description, scratch); });
  return 0;
}
