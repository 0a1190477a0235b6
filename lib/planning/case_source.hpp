#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "planning/adapter.hpp"
#include "planning/prepare.hpp"
#include "planning/raw_case.hpp"
#include "storage/orientation.hpp"

namespace regionwise::planning {

/// The cases of a data set, wherever they come from: files in a folder, or drawn.
class CaseSource {
 public:
  /// Lists the cases and checks their headers; throws what find_cases and read_splits throw.
  CaseSource(const PrepareOptions& options, Log& log);

  const SourceData& data() const { return data_; }
  int classes() const { return static_cast<int>(data_.classes.size()); }

  /// Reads (or draws) one case and converts its slices where the description asks for it. Warnings
  /// go to `warnings`, if not null. Throws what read_case and convert_slices throw.
  RawCase read(const CaseFiles& files, Log* warnings) const;
  /// The grid of such a case from the header alone, with every slice.
  storage::ImageGeometry largest_grid(const CaseFiles& files) const;
  /// How the files of each case store their arrays; empty where they are drawn in canonical order.
  std::vector<std::pair<std::filesystem::path, storage::Orientation>> orientations() const;
  /// Where the images come from, for errors: the folder, or "phantom".
  std::string place() const;
  /// For Plan::conversion.
  Json conversion() const;

 private:
  const PrepareOptions& options_;
  SourceData data_;
};

}  // namespace regionwise::planning
