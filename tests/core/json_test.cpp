#include "core/json.hpp"

#include <gtest/gtest.h>

#include "core/options.hpp"
#include "support/temporary_folder.hpp"

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

TEST(ParseJson, NamesTheKeyOfANumberBeyondTheRangeOfDoubles) {
  EXPECT_NE(refusal_of(R"({"a": {"x": 1, "b": [0, 1e400]}})").find("x.json:a.b: a number is out"),
            std::string::npos);
  EXPECT_NE(refusal_of("-1e999").find("x.json: a number is out"), std::string::npos);
  EXPECT_EQ(refusal_of("[1e300, 1e-400]"), "accepted");
}

TEST(ParseJson, RefusesWhatIsNestedTooDeep) {
  const auto nested = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_EQ(refusal_of(nested(100)), "accepted");
  EXPECT_EQ(refusal_of(nested(102)), "x.json: is nested deeper than 100 levels");
  EXPECT_EQ(refusal_of(std::string(1000000, '[')), "x.json: is nested deeper than 100 levels");
}

TEST(ParseJsonOrText, TakesWhatIsNoJsonForText) {
  EXPECT_EQ(parse_json_or_text("1e-3", "--set x"), Json(1e-3));
  EXPECT_EQ(parse_json_or_text("dice", "--set x"), Json("dice"));
  EXPECT_EQ(parse_json_or_text("1e999", "--set x"), Json("1e999"));
  EXPECT_THROW(parse_json_or_text("a\xff", "--set x"), UsageError);
  EXPECT_THROW(parse_json_or_text(R"({"a": 1, "a": 2})", "--set x"), UsageError);
}

TEST(JsonReader, TakesNumbersOnlyAsTheyAre) {
  const Json json = Json::parse(R"({"int": 3000000000, "long": 9223372036854775808,
      "below": -1, "float": 1e300, "list": [1, 2.5], "three": [0, 1, 2, 2], "nested": [[1, true]]})");
  JsonReader reader(json, "x.json");
  EXPECT_THROW(reader.get<int>("int"), UsageError);
  EXPECT_EQ(reader.get<std::int64_t>("int"), 3'000'000'000);
  EXPECT_THROW(reader.get<std::int64_t>("long"), UsageError);
  EXPECT_THROW(reader.get<std::uint64_t>("below"), UsageError);
  EXPECT_THROW(reader.get<float>("float"), UsageError);
  EXPECT_THROW(reader.get<std::vector<std::int64_t>>("list"), UsageError);
  EXPECT_EQ(reader.get<std::vector<double>>("list"), (std::vector<double>{1, 2.5}));
  EXPECT_THROW((reader.get<std::array<int, 3>>("three")), UsageError);
  EXPECT_THROW(reader.get<std::vector<std::vector<int>>>("nested"), UsageError);
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
  const auto message = [](const Json& fallback) {
    return testing::message_of<UsageError>([&] {
      resolve_options({{"x", fallback, ""}}, {{"x", Json()}}, "c");
    });
  };
  EXPECT_EQ(message(Json::object()), "c:x: expected an object, found null");
  EXPECT_EQ(message("a"), "c:x: expected a string, found null");
}

}  // namespace
}  // namespace regionwise
