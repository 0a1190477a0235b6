// A description as in data_prep/, and the search for cases that it asks for.

#include "sources/description.hpp"

#include "core/json.hpp"
#include "fuzz/folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  static const Scratch scratch;
  static const bool made = [] {
    make_files(scratch,
               {"training/p1/p1_frame01.nii.gz",
                "training/p1/p1_frame01_gt.nii.gz",
                "training/p2/p2_frame01.nii",
                "p3/p3_t1.nii.gz",
                "p3/p3_seg.nii.gz",
                "imagesTr/a_0000.nii.gz",
                "labelsTr/a.nii.gz"});
    write_file(scratch / "training/p1/Info.cfg", "ED: 1\nES: 12\n");
    return true;
  }();
  static_cast<void>(made);
  read([&] {
    const auto json = parse_json(text_of(data, size), "description.json");
    const auto description = sources::parse_description(json, "description.json");
    if (description.layout != sources::Layout::phantom) find_all(description, scratch);
  });
  return 0;
}
