#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "sources/adapter.hpp"
#include "sources/conversion.hpp"
#include "sources/description.hpp"
#include "sources/raw_case.hpp"
#include "storage/orientation.hpp"

namespace regionwise::sources {

/// Which cases to read, and how.
struct SourceOptions {
  Description description;
  std::filesystem::path root;     ///< Folder of the images; none for phantoms.
  LabelMap label_map;             ///< Beside the description's.
  bool trust_label_grid = false;  ///< Take labels for being on their image's grid.
  bool skip_errata = false;       ///< Leave out what the description knows to be wrong.
  std::filesystem::path splits;   ///< Who trains and who validates (see read_splits); empty: rule.
  std::optional<int> fold;        ///< Of a file of several splits.
  /// Whose conversion of slices, where the description asks for one.
  ConversionPreset preset = ConversionPreset::paper;
  std::int64_t patients = 0;  ///< Only the first ones; phantoms: how many. 0: all; 20.
  std::uint64_t seed = 1;     ///< Of phantoms.
  int threads = 1;            ///< That draw a phantom.

  bool is_phantom() const { return description.layout == Layout::phantom; }
  void check() const;  ///< UsageError
};

/// The cases of a data set, wherever they come from: files in a folder, or drawn.
class CaseSource {
 public:
  /// Lists the cases and checks their headers; throws what find_cases and read_splits throw.
  CaseSource(SourceOptions options, Log& log);

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
  SourceOptions options_;
  SourceData data_;
};

}  // namespace regionwise::sources
