#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "sources/adapter.hpp"
#include "sources/case_reader.hpp"
#include "support/image_files.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::sources {

inline Description decathlon() {
  return parse_description({{"name", "msd"}, {"layout", "decathlon"}}, "msd.json");
}

inline Description patterns(Json more = Json::object()) {
  Json json = {{"name", "x"},
               {"layout", "files"},
               {"images", {"{patient}/{case}_t1.nii.gz", "{patient}/{case}_t2.nii.gz"}},
               {"label", "{patient}/{case}_gt.nii.gz"},
               {"channels", {"T1", "T2"}},
               {"classes", {"background", "a", "b"}}};
  json.update(more);
  return parse_description(json, "x.json");
}

inline void write_json(const std::filesystem::path& path, const Json& json) {
  std::ofstream(path) << json.dump();
}

inline const Json kDecathlonJson = {{"modality", {{"0", "MRI"}}},
                                    {"labels", {{"0", "background"}, {"1", "a"}, {"2", "b"}}}};

/// A folder to write a data set into, and what the adapter makes of it.
class ImageFolder : public ::testing::Test {
 protected:
  void write_decathlon(const Json& json, const std::vector<std::string>& ids) {
    write_json(folder_ / "dataset.json", json);
    for (const std::string& id : ids) {
      testing::write_image(folder_ / ("imagesTr/" + id + ".nii.gz"));
      testing::write_label(folder_ / ("labelsTr/" + id + ".nii.gz"));
    }
  }

  SourceData find(const Description& description) {
    return find_cases(description, folder_.path(), log_);
  }

  RawCase read(const SourceData& source, std::size_t index = 0, bool trust = false) {
    return read_case(source.cases.at(index), source, trust, &log_);
  }

  /// What is wrong with the only case of a Decathlon folder.
  std::string complaint() {
    const SourceData source = find(decathlon());
    return testing::message_of<DataError>([&] { read(source); });
  }

  /// Everything logged so far.
  std::string logged() {
    std::fflush(sink_);
    std::rewind(sink_);
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), sink_));
    return text;
  }

  ~ImageFolder() override { std::fclose(sink_); }

  testing::TemporaryFolder folder_;
  FILE* sink_ = std::tmpfile();
  Log log_{"test", Verbosity::normal, sink_};
};

}  // namespace regionwise::sources
