// Maps files with edits.

#include "fuzz/schema.hpp"
#include "storage/records.hpp"

namespace {

using namespace regionwise;

void read_all(const std::filesystem::path& path) {
  const storage::MapsReader maps(path);
  for (const auto& id : maps.case_ids()) {
    const auto shape = maps.shape(id);
    const auto classes = maps.class_names().size();
    testing::must(maps.map(id).size() == classes * static_cast<std::size_t>(shape.size()),
                  "a map of another size");
    std::vector<float> slice(classes * static_cast<std::size_t>(shape.slice_size()));
    for (std::int64_t z = 0; z < shape.depth; ++z) maps.slice(id, z, slice);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::Scratch scratch;
  static const testing::EditableFile example = [] {
    storage::testing::write_example_maps(scratch / "example.h5");
    return testing::EditableFile(scratch / "example.h5");
  }();
  const auto path = scratch / "x.h5";
  testing::read_edited(example, path, {data, size}, [&] { read_all(path); });
  return 0;
}
