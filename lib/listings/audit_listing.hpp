#pragma once

#include <span>
#include <string>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "maps/dataset_audit.hpp"

namespace regionwise::listings {

/// What a row of the audit stands for.
enum class AuditLevel {
  image,   ///< A class of an image (a case), and the image.
  class_,  ///< A class of the data set, and all of it.
  data,    ///< The data set.
};

/// Declares --by.
CLI::Option* declare_audit_level(CLI::App& app, AuditLevel& level);

/// The tables that audit-maps prints of a data set; every one begins with the totals.
class AuditTables {
 public:
  /// `map`: the resolved description. All must outlive the tables.
  AuditTables(const maps::DatasetAudit& audit,
              const storage::DatasetInfo& dataset,
              const Json& map,
              const cli::Context& context);

  cli::ResultTable by(AuditLevel level) const;
  cli::ResultTable worst() const;  ///< The pixels listed, a row each.

 private:
  void comment_totals(cli::ResultTable& table) const;
  void add_rows(cli::ResultTable& table,
                const std::string& image,
                const maps::MapAudit& audit) const;
  std::string class_name(int label) const;

  const maps::DatasetAudit& audit_;
  const storage::DatasetInfo& dataset_;
  const Json& map_;
  const cli::Context& context_;
};

/// One pixel: its classes, and any of them.
cli::ResultTable vector_table(std::span<const double> z,
                              int true_class,
                              const cli::Context& context);

}  // namespace regionwise::listings
