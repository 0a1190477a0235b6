// The specification of a table.

#include "core/json.hpp"
#include "fuzz/fuzz.hpp"
#include "reporting/data_summary.hpp"
#include "reporting/results_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  read([&] {
    const Json json = parse_json(text_of(data, size), "table.json");
    std::string title;
    if (reporting::is_data_specification(json, "table.json", title)) return;
    reporting::parse_table_specification(json, "table.json");
  });
  return 0;
}
