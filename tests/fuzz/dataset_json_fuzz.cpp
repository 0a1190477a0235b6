// The dataset.json of the Medical Segmentation Decathlon and of nnU-Net.

#include "fuzz/folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  static const Scratch scratch;
  static const sources::Description description = [] {
    make_files(scratch,
               {"imagesTr/a.nii.gz",
                "imagesTr/b_0000.nii.gz",
                "imagesTr/b_0001.nii.gz",
                "labelsTr/a.nii.gz",
                "labelsTr/b.nii.gz"});
    return sources::find_description("msd");
  }();
  write_file(scratch / "dataset.json", text_of(data, size));
  read([&] { find_all(description, scratch); });
  return 0;
}
