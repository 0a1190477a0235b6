#pragma once

#include <span>
#include <string>
#include <vector>

#include "reporting/results_table.hpp"
#include "storage/lineage.hpp"

namespace regionwise::reporting {

/// A cell of a results table, down to what it was made from, its p included.
struct Explanation {
  struct Case {
    std::string id;
    std::string patient;
    double average = 0;          ///< Over the runs that define a value; NaN where none does.
    std::vector<double> values;  ///< [runs]; NaN where undefined.
    std::vector<std::int64_t> voxels_predicted;  ///< [runs]
    std::int64_t voxels_reference = 0;
    double against_average = 0;          ///< Of the loss that it is tested against, if any …
    std::vector<double> against_values;  ///< … and by run, [against_runs].
  };
  struct Run {
    std::string file;  ///< The metrics file.
    std::uint64_t seed = 0;
    std::vector<std::uint64_t> replaced_seeds;  ///< Failed runs in whose place it stands.
    storage::Lineage lineage;                   ///< Of it: the run, the dataset and their commands.
  };

  std::string class_name;
  std::string run;    ///< Name of the configuration.
  std::string label;  ///< As the table prints it.
  std::string metric;
  std::string unit;
  TableEntry entry;
  std::vector<Case> cases;        ///< Sorted by id.
  std::vector<Run> runs;          ///< By seed.
  std::string against;            ///< Label of the reference; empty for the reference itself.
  std::vector<Run> against_runs;  ///< Of it, by seed.
};

/// Which cell: the class's name, the run's name or label, the metric's name or label.
struct CellName {
  std::string class_name;
  std::string loss;
  std::string metric;
};

/// Walks from a cell of `table`, which was made from `sources`, to its cases and files. UsageError
/// naming what there is where the table has no such cell; the metrics files are opened again for
/// their provenance.
Explanation explain(const ResultsTable& table,
                    std::span<const MetricsSource> sources,
                    const CellName& cell);

}  // namespace regionwise::reporting
