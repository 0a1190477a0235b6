#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>

namespace regionwise::storage {

/// Remembers which files of an output folder a command has finished, so that the same command goes
/// on where it was interrupted. Each has a note beside it, `.<name>.unfinished`, until the command
/// is done: of what it was made (the command, its own inputs) and of its bytes. The note is there
/// before the file has its name; without the file it says nothing. Several commands may write into
/// one folder.
class FinishedOutputs {
 public:
  /// `maker`: a hash of everything that shapes the files beside each one's own inputs.
  FinishedOutputs(std::filesystem::path folder, std::string maker)
      : folder_(std::move(folder)), maker_(std::move(maker)) {}

  /// Whether `name` is there as this command left it, made of these inputs. IoError where an input
  /// cannot be read.
  bool has(const std::string& name, std::span<const std::filesystem::path> inputs) const;
  /// Notes that `name` will be complete with the bytes of this hash (core/hash.hpp). IoError where
  /// that cannot be written.
  void announce(const std::string& name,
                std::span<const std::filesystem::path> inputs,
                const std::string& content) const;
  /// Removes the notes of these files, and the locks that one left that was killed right after it
  /// had given them their names: the command is done.
  void forget(std::span<const std::string> names) const;

 private:
  std::filesystem::path note_of(const std::string& name) const;
  std::string made_from(std::span<const std::filesystem::path> inputs) const;

  std::filesystem::path folder_;
  std::string maker_;
};

}  // namespace regionwise::storage
