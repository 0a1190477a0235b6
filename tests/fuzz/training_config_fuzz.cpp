// A configuration, and after zero bytes settings (--set). What is taken is printed and read again.

#include "core/json.hpp"
#include "fuzz/fuzz.hpp"
#include "training/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  static const Scratch scratch;
  auto text = text_of(data, size);
  write_file(scratch / "config.json", cut(text, '\0'));
  std::vector<std::string> settings;
  while (!text.empty()) settings.push_back(cut(text, '\0'));
  read([&] {
    const auto config = training::read_config({scratch / "config.json"}, settings);
    const Json json = training::to_json(config);
    const std::string printed = json.dump();
    const auto again = training::parse_config(parse_json(printed, "again"), "again");
    must(training::to_json(again) == json, "a configuration that is not read as it is printed");
    training::planned(Json::object(), config, "plan");
  });
  return 0;
}
