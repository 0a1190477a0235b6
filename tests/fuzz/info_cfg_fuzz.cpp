// The Info.cfg of a patient of ACDC.

#include "fuzz/folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  static const Scratch scratch;
  static const sources::Description description = [] {
    const std::string patient = "patient001/patient001_frame";
    make_files(scratch,
               {patient + "01.nii.gz",
                patient + "01_gt.nii.gz",
                patient + "12.nii.gz",
                patient + "12_gt.nii.gz"});
    return sources::find_description("acdc17");
  }();
  write_file(scratch / "patient001/Info.cfg", text_of(data, size));
  read([&] { find_all(description, scratch); });
  return 0;
}
