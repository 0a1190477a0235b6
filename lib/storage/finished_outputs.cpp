#include "storage/finished_outputs.hpp"

#include <sstream>
#include <system_error>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/text_file.hpp"
#include "storage/complete_file.hpp"
#include "storage/output_lock.hpp"

namespace regionwise::storage {

namespace fs = std::filesystem;

fs::path FinishedOutputs::note_of(const std::string& name) const {
  return folder_ / ("." + name + ".unfinished");
}

std::string FinishedOutputs::made_from(std::span<const fs::path> inputs) const {
  return hash_text(maker_ + " " + hash_files(inputs));
}

bool FinishedOutputs::has(const std::string& name, std::span<const fs::path> inputs) const try {
  std::error_code absent;
  if (!fs::is_regular_file(note_of(name), absent)) return false;
  std::istringstream note = open_text_file(note_of(name));
  std::string source;
  std::string content;
  return note >> source >> content && fs::is_regular_file(folder_ / name, absent) &&
         source == made_from(inputs) && content == hash_file(folder_ / name);
} catch (const DataError&) {
  return false;  // A damaged note is none.
}

void FinishedOutputs::announce(const std::string& name,
                               std::span<const fs::path> inputs,
                               const std::string& content) const {
  write_text(note_of(name), made_from(inputs) + " " + content + "\n", /*overwrite=*/true);
}

void FinishedOutputs::forget(std::span<const std::string> names) const {
  std::error_code absent;
  for (const std::string& name : names) {
    fs::remove(note_of(name), absent);
    tidy_lock(folder_ / name);
  }
}

}  // namespace regionwise::storage
