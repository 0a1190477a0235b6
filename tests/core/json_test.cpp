#include "core/json.hpp"

#include <gtest/gtest.h>

#include "core/options.hpp"

namespace regionwise {
namespace {

std::string refusal_of(const std::string& text) {
  try {
    parse_json(text, "x.json");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ParseJson, NamesTheLineThatIsNotJson) {
  EXPECT_EQ(refusal_of("{\n\"a\": 1,\n}"), "x.json: not JSON: line 3 cannot be parsed");
  EXPECT_NE(refusal_of(""), "accepted");
  EXPECT_NE(refusal_of("{} x"), "accepted");
}

TEST(ParseJson, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(refusal_of(R"({"a": {"b": 1, "b": 2}})"), "x.json: key \"b\" stands twice");
  EXPECT_EQ(refusal_of(R"({"a": {"b": 1}, "c": {"b": 2}})"), "accepted");
}

TEST(JsonReader, RefusesAKeyThatNobodyAskedFor) {
  const Json json = {{"known", 1}, {"misspelt", 2}};
  JsonReader reader(json, "x.json");
  reader.get<int>("known");
  try {
    reader.finish();
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()), "x.json:misspelt: unknown key (known: known)");
  }
}

TEST(JsonReader, NamesThePlaceOfAWrongValue) {
  const Json json = {{"a", {{"count", 1.5}, {"flag", 1}, {"text", 3}}}};
  JsonReader reader(json, "x.json");
  JsonReader child = reader.child("a");
  const auto place_of = [&](auto read) {
    try {
      read();
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(place_of([&] { child.get<std::int64_t>("count"); }),
            "x.json:a.count: unexpected value 1.5");
  EXPECT_EQ(place_of([&] { child.get<bool>("flag"); }), "x.json:a.flag: unexpected value 1");
  EXPECT_EQ(place_of([&] { child.get<std::string>("text"); }), "x.json:a.text: unexpected value 3");
  EXPECT_EQ(place_of([&] { child.get<int>("absent"); }), "x.json:a.absent: missing");
}

TEST(MergeJson, ReplacesKeyByKeyAndThingsOfAnotherNameWhole) {
  Json base = {{"a", {{"x", 1}, {"y", 2}}}, {"loss", {{"name", "focal"}, {"gamma", 2}}}};
  merge_json(base, {{"a", {{"y", 3}}}, {"loss", {{"name", "dice"}}}});
  EXPECT_EQ(base, Json({{"a", {{"x", 1}, {"y", 3}}}, {"loss", {{"name", "dice"}}}}));
}

TEST(ResolveOptions, FillsDefaultsAndChecksKinds) {
  const std::vector<OptionDoc> docs{
      {"alpha", 2.0, ""}, {"count", 3, ""}, {"flag", false, ""}, {"text", "a", ""}};
  const Json resolved = resolve_options(docs, {{"name", "x"}, {"alpha", 1}}, "c");
  EXPECT_EQ(resolved, Json({{"alpha", 1}, {"count", 3}, {"flag", false}, {"text", "a"}}));
  for (const Json& wrong : {Json{{"count", 1.5}},
                            Json{{"alpha", "1"}},
                            Json{{"flag", 0}},
                            Json{{"text", 1}},
                            Json{{"unknown", 1}}}) {
    EXPECT_THROW(resolve_options(docs, wrong, "c"), UsageError) << wrong;
  }
}

}  // namespace
}  // namespace regionwise
