#include "planning/file_plans.hpp"

#include <cstdint>
#include <functional>

#include "core/error.hpp"
#include "core/json.hpp"
#include "planning/plan.hpp"
#include "storage/hdf5.hpp"

namespace regionwise::planning {
namespace {

void check_configuration(const Json& json, const std::string& where, std::int64_t epochs_done) {
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
  need("epochs",
       reader.get<std::int64_t>("epochs") >= epochs_done,
       "as many as the training has done, or more");
}

}  // namespace

void check_plans(const std::filesystem::path& path, storage::FileCheck& check) {
  const bool is_run = check.format == "regionwise/run";
  if (!is_run && check.format != "regionwise/dataset") return;
  const auto try_to = [&](const std::function<void(const storage::Hdf5Reader&)>& body) {
    storage::add_check(check, path, [&] { body(storage::Hdf5Reader(path)); });
  };
  const auto json = [](const storage::Hdf5Reader& file, const std::string& object) {
    return parse_json(file.read_text(object), object);
  };
  try_to([&](const auto& file) { parse_plan(json(file, "/plan"), "/plan"); });
  if (!is_run) return;
  try_to([&](const auto& file) {
    check_configuration(
        json(file, "/configuration"), "/configuration", file.integer_attribute("/", "epoch"));
  });
}

}  // namespace regionwise::planning
