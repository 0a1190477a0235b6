#pragma once

#include <string>
#include <vector>

#include "core/log.hpp"
#include "fuzz/fuzz.hpp"
#include "sources/adapter.hpp"

/// Folders of a data set whose images nobody opens, to be described by fuzzed texts.
namespace regionwise::testing {

inline void make_files(const Scratch& scratch, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    std::filesystem::create_directories((scratch / name).parent_path());
    write_file(scratch / name, "");
  }
}

/// Lists the cases; what is found has an id, a patient and as many files as channels.
inline void find_all(const sources::Description& description, const Scratch& scratch) {
  static std::FILE* const nowhere = std::fopen("/dev/null", "w");
  static Log log("fuzz", Verbosity::verbose, nowhere);
  const auto source = sources::find_cases(description, scratch.path(), log);
  for (const auto& one : source.cases) {
    must(!one.id.empty() && !one.patient.empty(), "a case without a name");
    must(!one.images.empty() && !one.label.empty(), "a case without files");
  }
  for (const auto& [value, target] : source.label_map) {
    must(target >= 0 && target < std::ssize(source.classes), "a label without a class");
  }
}

}  // namespace regionwise::testing
