// Dataset files with edits.

#include "fuzz/schema.hpp"
#include "storage/records.hpp"

namespace {

using namespace regionwise;

void read_all(const std::filesystem::path& path) {
  const storage::DatasetReader dataset(path);
  for (std::size_t i = 0; i < dataset.cases().size(); ++i) {
    const auto& info = dataset.cases()[i];
    const auto voxels = static_cast<std::size_t>(info.shape.size());
    const auto pixels = static_cast<std::size_t>(info.shape.slice_size());
    const auto channels = static_cast<std::size_t>(dataset.channels());
    testing::must(dataset.image(i).size() == channels * voxels, "an image of another size");
    testing::must(dataset.label(i).values.size() == voxels, "a label of another size");
    dataset.source_label(i);
    std::vector<Label> label(pixels);
    std::vector<float> image(pixels * channels);
    for (std::int64_t z = 0; z < info.shape.depth; ++z) dataset.slice(i, z, image, label);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::Scratch scratch;
  static const testing::EditableFile example = [] {
    storage::testing::write_example_dataset(scratch / "example.h5");
    return testing::EditableFile(scratch / "example.h5");
  }();
  const auto path = scratch / "x.h5";
  testing::read_edited(example, path, {data, size}, [&] { read_all(path); });
  return 0;
}
