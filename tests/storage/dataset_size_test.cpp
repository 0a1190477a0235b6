#include "storage/dataset_size.hpp"

#include <gtest/gtest.h>

#include "storage/dataset_file.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::TemporaryFolder;

/// Writes two cases of `content` and returns the file's size.
std::uintmax_t written_bytes(const CaseContent& content) {
  const TemporaryFolder folder;
  const auto voxels = static_cast<std::size_t>(content.shape.size());
  DatasetInfo info;
  info.channels.assign(static_cast<std::size_t>(content.channels), "MR");
  info.class_names.assign(static_cast<std::size_t>(content.classes), "class");
  DatasetWriter writer(folder / "d.h5", {});
  for (const char* id : {"hippocampus_001", "hippocampus_002"}) {
    CaseInfo one;
    one.id = one.group = id;
    one.split = "train";
    one.shape = content.shape;
    const bool elsewhere = content.source_label.size() > 0;
    one.source.shape = one.crop_shape = elsewhere ? content.source_label : content.shape;
    one.source.nifti_header.assign(348, 0);
    writer.add(one,
               std::vector<float>(voxels * static_cast<std::size_t>(content.channels)),
               std::vector<Label>(voxels),
               content.channels,
               content.classes,
               Volume<Label>(one.source.shape, 0));
  }
  writer.finish(info, {});
  return std::filesystem::file_size(folder / "d.h5");
}

TEST(DatasetSize, IsHardlyMoreThanTheFileHas) {
  const Shape3 none{0, 0, 0};
  for (const CaseContent& content : {CaseContent{{1, 300, 300}, none, 1, 2},
                                     CaseContent{{64, 100, 100}, none, 1, 4},
                                     CaseContent{{65, 100, 100}, {65, 120, 90}, 1, 4},
                                     CaseContent{{300, 60, 60}, {310, 50, 60}, 2, 4},
                                     CaseContent{{900, 40, 40}, {70, 100, 100}, 1, 20}}) {
    SCOPED_TRACE(content.shape.depth);
    const std::uintmax_t found = written_bytes(content);
    const std::uintmax_t said = 2 * case_bytes(content) + table_bytes(2);
    EXPECT_GE(said, found);
    EXPECT_LE(said, found + found / 50 + table_bytes(0));
  }
}

}  // namespace
}  // namespace regionwise::storage
