#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/complete_file.hpp"

namespace regionwise::cli {

/// What a program will write and what it reads, told before any work and checked as a whole by
/// claim(). Empty inputs are passed over. The files of `writes` are held until the object's end: no
/// other process writes them meanwhile.
class Outputs {
 public:
  /// `force`: --force, outputs that exist are replaced.
  explicit Outputs(bool force) : force_(force) {}

  /// A file, or a folder with all that lies under it. It need not exist.
  Outputs& reads(const std::filesystem::path& input);
  Outputs& reads(const std::vector<std::filesystem::path>& inputs);
  /// A folder whose own files are read: nothing new may be written into it either.
  Outputs& lists(const std::filesystem::path& folder);

  /// A file, in a folder that exists.
  Outputs& writes(const std::filesystem::path& file);
  /// A file that may be there whatever --force says, because the program goes on with it.
  Outputs& continues(const std::filesystem::path& file);
  /// A folder, made where it does not exist, and the names of files in it; without both nothing.
  /// Those of them that are `finished` are there, and stay.
  Outputs& writes_into(const std::filesystem::path& folder,
                       const std::vector<std::string>& names,
                       const std::set<std::string>& finished = {});

  /// UsageError where an output has an empty name or is an input, or two outputs are one file or
  /// file and folder of one name; IoError where an output exists and may not be replaced, lies in
  /// no folder, is a folder (or a file where a folder is named) or a link, has too long a name, or
  /// another process is writing it.
  /// Writes nothing.
  void claim();

 private:
  std::vector<std::filesystem::path> outputs() const;  ///< All files.
  void refuse_clashes() const;
  void refuse_inputs() const;
  void check_names() const;
  void check_folders() const;

  bool force_;
  std::vector<std::filesystem::path> inputs_;
  std::vector<std::filesystem::path> listed_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::filesystem::path> continued_;
  std::vector<std::filesystem::path> folders_;
  std::vector<std::filesystem::path> files_in_folders_;
  std::vector<std::unique_ptr<storage::CompleteFile>> held_;
};

}  // namespace regionwise::cli
