#include "storage/run_outcome.hpp"

#include "storage/schema.hpp"

namespace regionwise::storage {
namespace {

constexpr const char* kOutcome = "/outcome";
constexpr const char* kSeeds = "/replaced_seeds";

}  // namespace

void write_outcome(Hdf5Writer& file, const std::optional<RunOutcome>& outcome) {
  if (!outcome) return;
  file.group(kOutcome);
  file.attribute(kOutcome, "state", outcome->failed() ? "failed" : "converged");
  file.attribute(kOutcome, "reason", outcome->reason);
  file.attribute(kOutcome, "classes", outcome->classes);
  file.attribute(kOutcome, "since_epoch", outcome->since_epoch);
  file.attribute(kOutcome, "stopped_early", outcome->stopped_early);
}

std::optional<RunOutcome> read_outcome(const Hdf5Reader& file) {
  if (!file.exists(kOutcome)) return std::nullopt;
  RunOutcome outcome;
  outcome.reason = detail::read_name(file, kOutcome, "reason");
  outcome.classes = detail::read_names(file, kOutcome, "classes");
  outcome.since_epoch = file.integer_attribute(kOutcome, "since_epoch");
  outcome.stopped_early = file.integer_attribute(kOutcome, "stopped_early") != 0;
  const std::string state = file.text_attribute(kOutcome, "state");
  detail::require(state == (outcome.failed() ? "failed" : "converged"),
                  file,
                  kOutcome,
                  "a state (failed, converged) that goes with the reason, not \"" + state + "\"");
  return outcome;
}

void write_replaced_seeds(Hdf5Writer& file, const std::vector<std::uint64_t>& seeds) {
  file.write<std::uint64_t>(kSeeds, {static_cast<std::int64_t>(seeds.size())}, seeds);
}

std::vector<std::uint64_t> read_replaced_seeds(const Hdf5Reader& file) {
  if (!file.exists(kSeeds)) return {};
  return file.read<std::uint64_t>(kSeeds, {-1});
}

}  // namespace regionwise::storage
