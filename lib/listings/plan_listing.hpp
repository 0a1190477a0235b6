#pragma once

#include <span>
#include <string>

#include "cli/results.hpp"
#include "reporting/study_plan.hpp"

namespace regionwise::listings {

/// What `permtest --plan` prints: a row per class, metric, number of seeds and number of patients.
/// At least one plan. `unit`: what a plan counts, "patient" or "case".
cli::ResultTable plan_listing(std::span<const reporting::StudyPlan> plans,
                              const reporting::PlanOptions& options,
                              const std::string& unit,
                              const std::string& command);

}  // namespace regionwise::listings
