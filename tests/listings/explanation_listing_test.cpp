#include "listings/explanation_listing.hpp"
#include "support/text.hpp"

#include <gtest/gtest.h>

namespace regionwise::listings {
namespace {

using regionwise::testing::holds;

/// A cell of two cases, p 0.02 over 16 pairs of 8 patients.
reporting::Explanation cell() {
  reporting::Explanation cell;
  cell.class_name = "LV";
  cell.label = "L_{Dice}";
  cell.metric = "dice";
  cell.unit = "1";
  cell.entry.test = statistics::PermutationResult{
      .pairs = 16, .groups = 8, .p_value = 0.02, .exact = true, .draws = 256};
  cell.entry.p_holm = 0.06;
  cell.entry.p_bh = 0.03;
  cell.cases = {{"a", "x", 0.75, {0.75}, {8}, 9, 0.5, {0.25, 0.75}}};
  cell.runs = {{"b.h5", 8, {5, 7}, {}}};
  cell.against = "L_{RRW}";
  cell.against_runs = {{"a1.h5", 1, {}, {}}, {"a2.h5", 2, {0}, {}}};
  return cell;
}

std::string text_of(const reporting::Explanation& cell, reporting::Correction correction) {
  reporting::ResultsTable table;
  table.specification.correction = correction;
  table.options.seed = 3;
  return explanation_listing(cell, table, "table spec.json").to_tsv();
}

TEST(ExplanationListing, NamesTheTestAndTheCorrectionInUse) {
  using reporting::Correction;
  EXPECT_TRUE(holds(text_of(cell(), Correction::holm),
                    "# against L_{RRW}: p = 0.02 uncorrected, 0.06 after Holm, over 16 pairs of 8 "
                    "patients (exact)\n"));
  EXPECT_TRUE(holds(text_of(cell(), Correction::benjamini_hochberg),
                    "0.02 uncorrected, 0.03 after Benjamini and Hochberg, over"));
  EXPECT_TRUE(holds(text_of(cell(), Correction::none), "uncorrected, no correction asked for, "));
  auto drawn = cell();
  drawn.entry.test->exact = false;
  EXPECT_TRUE(holds(text_of(drawn, Correction::holm), "of 8 patients (256 draws, seed 3)"));
  drawn.entry.test->pairs = 0;
  EXPECT_TRUE(holds(text_of(drawn, Correction::holm), "# against L_{RRW}: no pair to test\n"));
}

TEST(ExplanationListing, ShowsBothLossesAndWhatWasReplaced) {
  const std::string text = text_of(cell(), reporting::Correction::holm);
  for (const char* part :
       {"# L_{Dice}, seed 8, in the place of failed seeds 5, 7:\n",
        "# L_{RRW}, seed 1:\n",
        "# L_{RRW}, seed 2, in the place of failed seeds 0:\n",
        "\tseed_8\tpredicted_8 [voxels]\tagainst\tagainst_seed_1\tagainst_seed_2\n",
        "\na\tx\t0.75\t9\t0.75\t8\t0.5\t0.25\t0.75\n"}) {
    EXPECT_TRUE(holds(text, part)) << part << "\nis not in\n" << text;
  }
  auto reference = cell();
  reference.entry.test.reset();
  reference.against_runs.clear();
  for (auto& one : reference.cases) one.against_values.clear();
  EXPECT_FALSE(holds(text_of(reference, reporting::Correction::holm), "against"));
}

}  // namespace
}  // namespace regionwise::listings
