// Options that are small languages: --map, --map-option and --label-map, one a line.

#include "fuzz/fuzz.hpp"
#include "maps/dataset_maps.hpp"
#include "maps/map.hpp"
#include "sources/description.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  auto text = text_of(data, size);
  const std::string map = cut(text, '\n');
  std::vector<std::string> assignments;
  while (!text.empty()) assignments.push_back(cut(text, '\n'));
  read([&] {
    Json description = maps::parse_map_description(map);
    for (const auto& assignment : assignments) maps::set_map_option(description, assignment);
    const maps::MapSpecification specification(description, "--map");
    static_cast<void>(specification.resolved().dump());
  });
  for (const auto& assignment : assignments) {
    read([&] { sources::parse_label_mapping(assignment); });
  }
  return 0;
}
