// The history of a training that goes on, and what `curves` reads of it.

#include "fuzz/fuzz.hpp"
#include "reporting/live_history.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regionwise;
  using namespace regionwise::testing;
  static const Scratch scratch;
  write_file(scratch / "x.history.jsonl", text_of(data, size));
  read([&] {
    const auto history = reporting::read_live_history(scratch / "x.history.jsonl");
    for (const auto* table : {&history.record.training, &history.record.validation}) {
      for (const auto& column : table->columns) {
        const auto width = std::max<std::size_t>(1, column.labels.size());
        must(column.values.size() == static_cast<std::size_t>(table->rows()) * width,
             "columns of different lengths");
      }
    }
    reporting::write_live_history(scratch / "again", history.record, history.epochs);
  });
  return 0;
}
