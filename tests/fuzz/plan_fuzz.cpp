// A plan, or an nnU-Net plans.json. What is taken is printed and read again.

#include "planning/plan.hpp"

#include "core/json.hpp"
#include "fuzz/fuzz.hpp"
#include "planning/nnunet_plans.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  static const Scratch scratch;
  const auto text = text_of(data, size);
  read([&] {
    const auto plan = planning::parse_plan(parse_json(text, "plan.json"), "plan.json");
    const Json json = planning::to_json(plan);
    const auto again = planning::parse_plan(parse_json(json.dump(), "again"), "again");
    must(planning::to_json(again) == json, "a plan that is not read as it is printed");
  });
  write_file(scratch / "plans.json", text);
  read([&] { planning::read_plan_overrides(scratch / "plans.json"); });
  return 0;
}
