#include "listings/data_listing.hpp"

#include <fmt/format.h>

namespace regionwise::listings {

cli::ResultTable data_listing(std::span<const reporting::DataSummary> data,
                              const std::string& title,
                              const std::string& command) {
  cli::ResultTable rows({{"data_set", ""},
                         {"channels", ""},
                         {"class", ""},
                         {"class_share", "1"},
                         {"train_cases", "1"},
                         {"validation_cases", "1"},
                         {"train_patients", "1"},
                         {"validation_patients", "1"},
                         {"train_slices", "1"},
                         {"validation_slices", "1"},
                         {"left_out", "1"},
                         {"split_hash", ""},
                         {"licence", ""}});
  rows.comment(command);
  rows.comment(title);
  rows.comment("class_share: the class's voxels against background voxels; cases: volumes");
  for (const reporting::DataSummary& one : data) {
    rows.comment(fmt::format("{}: {}", one.name, one.citation));
    for (std::size_t k = 0; k < one.class_names.size(); ++k) {
      rows.row({one.name,
                fmt::format("{}", fmt::join(one.channels, ", ")),
                one.class_names[k],
                one.class_shares[k],
                one.train.cases,
                one.validation.cases,
                one.train.patients,
                one.validation.patients,
                one.train.slices,
                one.validation.slices,
                one.skipped,
                one.split_hash,
                one.licence});
    }
  }
  return rows;
}

}  // namespace regionwise::listings
