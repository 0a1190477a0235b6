#include "sources/splits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"

namespace regionwise::sources {
namespace {

using Ids = std::vector<std::string>;

Ids read_ids(const Json& object, const char* key, const std::string& where) {
  if (!object.contains(key)) throw DataError(fmt::format("{}: \"{}\" is missing", where, key));
  const Json& list = object[key];
  if (list.is_array() && list.empty()) {
    throw DataError(
        fmt::format("{}:{}: names nobody; each list needs at least one id", where, key));
  }
  const bool is_list = list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& id) {
                         return id.is_string();
                       });
  if (!is_list) {
    throw DataError(fmt::format("{}:{}: expected a list of ids of patients or cases", where, key));
  }
  return list.get<Ids>();
}

Splits read_lists(const Json& object, const char* validation_key, const std::string& where) {
  Splits splits;
  splits.train = read_ids(object, "train", where);
  splits.validation = read_ids(object, validation_key, where);
  for (const auto& [key, value] : object.items()) {
    if (key == "train" || key == validation_key) continue;
    throw DataError(
        fmt::format("{}:{}: unknown key (known: train, {})", where, key, validation_key));
  }
  return splits;
}

/// The fold's entry of nnU-Net's list.
const Json& entry_of(const Json& folds, std::optional<int> fold, const std::string& where) {
  const auto count = static_cast<int>(folds.size());
  if (!fold.has_value()) {
    throw UsageError(
        fmt::format("{}: holds {} folds; name one with --fold 0 … {}", where, count, count - 1));
  }
  if (*fold < 0 || *fold >= count) {
    throw UsageError(fmt::format("{}: has no fold {} (known: 0 … {})", where, *fold, count - 1));
  }
  return folds[static_cast<std::size_t>(*fold)];
}

/// The last number in a name, such as 17 in "patient017"; nothing where there is none.
std::optional<std::int64_t> number_in(const std::string& name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto last = std::find_if(name.rbegin(), name.rend(), is_digit);
  if (last == name.rend()) return std::nullopt;
  // Even or odd is told by the last digit, however long the number.
  return *last - '0';
}

/// Gives one patient's split to all its cases.
void spread(const std::map<std::string, std::string>& split_of, std::vector<CaseFiles>& cases) {
  for (CaseFiles& one : cases) one.split = split_of.at(one.patient);
}

}  // namespace

Splits read_splits(const std::filesystem::path& path, std::optional<int> fold) {
  const std::string where = path.string();
  JsonFile file;
  try {
    file = read_json_and_hash(path);
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
  const Json& json = file.json;
  Splits splits;
  if (json.is_array() && !json.empty()) {
    const Json& entry = entry_of(json, fold, where);
    const std::string place = fmt::format("{}:{}", where, *fold);
    if (!entry.is_object()) throw DataError(place + ": expected {\"train\": …, \"val\": …}");
    splits = read_lists(entry, "val", place);
  } else if (json.is_object()) {
    if (fold.has_value()) throw UsageError(where + ": holds one split; leave --fold out");
    splits = read_lists(json, "validation", where);
  } else {
    throw DataError(
        where + ": expected {\"train\": [...], \"validation\": [...]}, or nnU-Net's list of folds");
  }
  splits.file = path;
  splits.hash = std::move(file.hash);
  return splits;
}

Remarks apply_splits(const Splits& splits, std::vector<CaseFiles>& cases) {
  std::map<std::string, std::vector<CaseFiles*>> named;
  for (CaseFiles& one : cases) {
    one.split.clear();
    named[one.id].push_back(&one);
    if (one.patient != one.id) named[one.patient].push_back(&one);
  }
  std::map<std::string, std::string> split_of;
  const auto assign = [&](const Ids& ids, const std::string& split) {
    for (const std::string& id : ids) {
      const auto found = named.find(id);
      if (found == named.end()) {
        throw DataError(fmt::format(
            "{}: {} is neither a patient nor a case of the data set", splits.file.string(), id));
      }
      for (CaseFiles* one : found->second) {
        const auto& before = split_of.try_emplace(one->patient, split).first->second;
        if (before != split) {
          throw DataError(fmt::format("{}: patient {} is in both lists; keep all its cases in one",
                                      splits.file.string(),
                                      one->patient));
        }
        one->split = split;
      }
    }
  };
  assign(splits.train, "train");
  assign(splits.validation, "validation");
  Remarks left_out;
  for (const CaseFiles& one : cases) {
    if (!one.split.empty()) continue;
    left_out.emplace_back(one.id,
                          fmt::format("in neither list of {}", splits.file.filename().string()));
  }
  std::erase_if(cases, [](const CaseFiles& one) { return one.split.empty(); });
  return left_out;
}

void split_by_patient(std::vector<CaseFiles>& cases, bool train_first) {
  std::map<std::string, std::string> split_of;
  for (const CaseFiles& one : cases) split_of[one.patient];
  bool train = train_first;
  for (auto& [patient, split] : split_of) {
    split = train ? "train" : "validation";
    train = !train;
  }
  spread(split_of, cases);
}

void split_by_rule(const Description& description, std::vector<CaseFiles>& cases) {
  if (!description.split_by_number) return split_by_patient(cases, description.train_first);
  std::map<std::string, std::string> split_of;
  for (const CaseFiles& one : cases) {
    const auto number = number_in(one.patient);
    std::string& split = split_of[one.patient];
    if (number.has_value())
      split = (*number % 2 == 0) == description.train_even ? "train" : "validation";
  }
  spread(split_of, cases);
}

}  // namespace regionwise::sources
