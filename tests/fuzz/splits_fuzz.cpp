// A file of splits; the first byte is the fold, 255 for none.

#include "sources/splits.hpp"

#include "fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  if (size == 0) return 0;
  static const Scratch scratch;
  write_file(scratch / "splits.json", text_of(data + 1, size - 1));
  const auto fold = data[0] == 255 ? std::optional<int>() : std::optional<int>(data[0] - 1);
  read([&] {
    std::vector<sources::CaseFiles> cases;
    for (const char* id : {"a1", "a2", "b1", "c1"}) {
      cases.push_back({id, std::string(id, 1), {}, {}, {}});
    }
    sources::apply_splits(sources::read_splits(scratch / "splits.json", fold), cases);
    for (const auto& one : cases) {
      must(one.split == "train" || one.split == "validation", "a case without a split");
    }
  });
  return 0;
}
