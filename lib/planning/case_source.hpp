#pragma once

#include "core/log.hpp"
#include "planning/adapter.hpp"
#include "planning/prepare.hpp"
#include "planning/raw_case.hpp"

namespace regionwise::planning {

/// The cases of a data set, wherever they come from: files in a folder, or drawn.
class CaseSource {
 public:
  /// Lists the cases; throws what find_cases throws.
  CaseSource(const PrepareOptions& options, Log& log);

  const SourceData& data() const { return data_; }
  int classes() const { return static_cast<int>(data_.classes.size()); }

  /// Reads (or draws) one case. Throws what read_case throws.
  RawCase read(const CaseFiles& files) const;
  /// The geometry of its image alone, from the header.
  storage::ImageGeometry geometry(const CaseFiles& files) const;

 private:
  const PrepareOptions& options_;
  Log& log_;
  SourceData data_;
};

}  // namespace regionwise::planning
