#include "planning/file_plans.hpp"

#include <cstdint>
#include <functional>

#include "core/error.hpp"
#include "core/json.hpp"
#include "planning/plan.hpp"
#include "storage/hdf5.hpp"
#include "storage/provenance.hpp"

namespace regionwise::planning {
namespace {

void check_configuration(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  const auto need = [&](const char* key, bool holds, const char* expected) {
    if (!holds) throw UsageError(reader.place(key) + ": expected " + expected);
  };
  need("name", !reader.get<std::string>("name").empty(), "a name");
  reader.child("loss").get<std::string>("name");
  for (const char* key : {"epochs", "iterations-per-epoch"}) {
    need(key, reader.get<std::int64_t>(key) >= 1, "a whole number above 0");
  }
  parse_plan(reader.member("plan"), reader.place("plan"));
}

}  // namespace

std::vector<std::string> plan_problems(const std::filesystem::path& path) {
  std::vector<std::string> problems;
  const auto try_to = [&](const std::function<void()>& body) {
    try {
      body();
    } catch (const Error& error) {
      problems.emplace_back(error.what());
    }
  };
  try_to([&] {
    const storage::Hdf5Reader file(path);
    const std::string format = storage::format_of(file);
    const bool is_run = format == "regionwise/run";
    if (!is_run && format != "regionwise/dataset") return;
    const auto json = [&](const std::string& object) {
      return parse_json(file.read_text(object), object);
    };
    try_to([&] { parse_plan(json("/plan"), "/plan"); });
    if (is_run) try_to([&] { check_configuration(json("/configuration"), "/configuration"); });
  });
  return problems;
}

}  // namespace regionwise::planning
