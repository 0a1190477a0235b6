#include "training/trainer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/interrupt.hpp"
#include "losses/loss.hpp"
#include "network/compat.hpp"
#include "reporting/live_history.hpp"
#include "reporting/run_failure.hpp"
#include "storage/maps_file.hpp"
#include "storage/run_file.hpp"
#include "training/batch_feed.hpp"
#include "training/device_step.hpp"
#include "training/epoch_history.hpp"
#include "training/job_inputs.hpp"
#include "training/loss_audit.hpp"
#include "training/run_output.hpp"
#include "training/run_state.hpp"
#include "training/step.hpp"

namespace regionwise::training {
namespace {

/// One training, from opening its inputs to its finished file.
class Trainer {
 public:
  Trainer(const TrainingJob& job,
          storage::Provenance provenance,
          const storage::WriteOptions& options,
          Log& log);

  /// The outcome of a finished output that the job accepts; none where there is something to do.
  std::optional<storage::RunOutcome> begin_or_resume();
  TrainingResult run(const Validate& validate);

  const storage::DatasetReader& dataset() const { return *dataset_; }
  const planning::Plan& plan() const { return plan_; }

 private:
  void resume(const storage::RunRecord& unfinished);
  void start_feed();
  void start_device_step();
  void run_epoch();
  std::optional<ReadyBatch> fetch_or_leave();
  std::pair<StepResult, double> take_step(const StepInput& input);
  void step(ReadyBatch ready);
  [[noreturn]] void stop();
  [[noreturn]] void leave(const IoError& error);
  EpochHead epoch_head() const;
  template <class Look>
  void look_at_network(const Look& look);
  void validate_now(const Validate& validate, std::int64_t epochs_done);
  void record_signs(std::int64_t epochs_done);
  void finish_epoch(const Validate& validate);
  bool hopeless() const;
  void end_diverged(const Validate& validate);
  storage::RunOutcome finish();
  void set_learning_rate(double rate);
  void write_history();  ///< For those who watch; the run file holds it, too.
  storage::RunRecord record_now() const;
  std::string describe(const Batch& batch) const;

  const TrainingJob& job_;
  storage::Provenance provenance_;
  Log& log_;
  RunOutput output_;
  std::shared_ptr<const storage::DatasetReader> dataset_;  ///< Shared with the loader's threads.
  std::shared_ptr<const storage::MapsReader> maps_;        ///< Null: computed from the labels.
  planning::Plan plan_;
  std::unique_ptr<losses::Loss> loss_;
  TrainingConfig resolved_;   ///< The job's, with all that loss and plan leave to defaults.
  RecordSigns record_signs_;  ///< Empty where signs are not asked for.
  network::UNet net_;
  torch::optim::Adam optimizer_;
  std::unique_ptr<DeviceStep> device_step_;  ///< Null on the CPU.
  std::unique_ptr<BatchFeed> feed_;
  storage::RunRecord record_;  ///< What never changes, the history and the position.
  EpochSums sums_;
  std::string validated_;  ///< What the last validation found, for the epoch's message.
  std::int64_t iterations_this_time_ = 0;
};

torch::optim::AdamOptions adam_options(const TrainingConfig& config) {
  return torch::optim::AdamOptions(config.learning_rate)
      .betas({0.9, 0.999})
      .eps(1e-8)
      .weight_decay(config.weight_decay);
}

bool contains(const std::vector<std::int64_t>& values, std::int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// Sorted. UsageError where one stands twice or is none of the training's.
std::vector<std::int64_t> checked_sign_epochs(const TrainingJob& job) {
  std::set<std::int64_t> epochs;
  for (const std::int64_t epoch : job.sign_epochs) {
    if (!epochs.insert(epoch).second) {
      throw UsageError(fmt::format("--record-signs: epoch {} stands twice", epoch));
    }
    if (epoch < 1 || epoch > job.config.epochs) {
      throw UsageError(fmt::format(
          "--record-signs: the training has the epochs 1 to {}, not {}", job.config.epochs, epoch));
    }
  }
  return {epochs.begin(), epochs.end()};
}

Trainer::Trainer(const TrainingJob& job,
                 storage::Provenance provenance,
                 const storage::WriteOptions& options,
                 Log& log)
    : job_(job),
      provenance_(std::move(provenance)),
      log_(log),
      output_(job, options, log),
      dataset_(std::make_shared<const storage::DatasetReader>(job.data)),
      maps_(open_maps(job.maps, job.config.loss, *dataset_)),
      plan_(
          planned(dataset_->info().plan, job.config, "configuration \"" + job.config.name + "\"")),
      loss_(losses::make_loss(job.config.loss, "configuration \"" + job.config.name + "\":loss")),
      net_(network_config(*dataset_, plan_)),
      optimizer_(net_->parameters(), adam_options(job.config)) {
  job.config.augmentation.check("configuration \"" + job.config.name + "\":augmentation",
                                /*precomputed_maps=*/maps_ != nullptr);
  network::make_deterministic();
  network::initialise(net_, job.seed);
  net_->to(job.device);
  if (job.config.precision == Precision::float64) net_->to(torch::kFloat64);
  net_->train();

  resolved_ = job.config;
  resolved_.loss = loss_->resolved();
  resolved_.plan = planning::to_json(plan_);
  record_.name = job.config.name;
  record_.seed = job.seed;
  record_.configuration = to_json(resolved_);
  record_.dataset_name = dataset_->info().name;
  const auto hash_input = [&](storage::Input input) {
    return provenance_.inputs.emplace_back(std::move(input)).hash;
  };
  record_.dataset_hash = hash_input(dataset_->as_input());
  record_.split_hash = dataset_->split_hash();
  if (maps_) record_.maps_hash = hash_input(maps_->as_input());
  provenance_.inputs.insert(provenance_.inputs.end(), job.replaces.begin(), job.replaces.end());
  record_.class_names = dataset_->info().class_names;
  record_.channels = dataset_->info().channels;
  record_.plan = dataset_->info().plan;
  record_.replaced_seeds = reporting::replaced_seeds(job.replaces, record_);
  if (!job.sign_epochs.empty()) {
    record_.signs.emplace().asked = checked_sign_epochs(job);
    record_signs_ = job.make_sign_recorder(*dataset_, maps_.get(), plan_, resolved_);
  }

  provenance_.configuration = record_.configuration;
  provenance_.seed = job.seed;
  provenance_.device = job.device.str();
  provenance_.libtorch = network::libtorch_version();
}

std::optional<storage::RunOutcome> Trainer::begin_or_resume() {
  if (auto outcome = output_.finished_before(record_)) return outcome;
  if (const auto unfinished = output_.claim(record_)) resume(*unfinished);
  return std::nullopt;
}

void Trainer::resume(const storage::RunRecord& unfinished) {
  record_.epoch = unfinished.epoch;
  record_.iteration = unfinished.iteration;
  record_.training = unfinished.training;
  record_.validation = unfinished.validation;
  record_.signs = unfinished.signs;
  sums_ = EpochSums::from_arrays(unfinished.partial_epoch);
  load_state(unfinished, net_, optimizer_);
  log_.info(fmt::format("resuming {} at epoch {}, iteration {}",
                        job_.output.string(),
                        record_.epoch + 1,
                        record_.iteration + 1));
}

storage::RunRecord Trainer::record_now() const {
  storage::RunRecord record = record_;
  auto& optimizer = const_cast<torch::optim::Adam&>(optimizer_);  // state() has no const form
  store_state(record, net_, optimizer);
  record.partial_epoch = sums_.to_arrays();
  return record;
}

std::string Trainer::describe(const Batch& batch) const {
  std::vector<std::string> patches;
  for (const PatchOrigin& origin : batch.origins) {
    patches.push_back(
        fmt::format("{} slice {}", dataset_->cases()[origin.case_index].id, origin.slice));
  }
  return fmt::format("{}", fmt::join(patches, ", "));
}

void Trainer::set_learning_rate(double rate) {
  for (auto& group : optimizer_.param_groups()) {
    static_cast<torch::optim::AdamOptions&>(group.options()).lr(rate);
  }
}

void Trainer::start_feed() {
  const std::int64_t first = record_.epoch * job_.config.iterations_per_epoch + record_.iteration;
  feed_ = std::make_unique<BatchFeed>(job_, dataset_, maps_, plan_, first, log_);
}

void Trainer::start_device_step() {
  if (job_.device.is_cpu()) return;
  std::string why;
  const bool record = job_.record_steps && DeviceStep::can_record(*loss_, why);
  if (!why.empty()) log_.info(fmt::format("steps are not recorded for the GPU: {}", why));
  const TrainingConfig& config = job_.config;
  const StepSettings settings{config.deep_supervision, config.precision, config.gradient_clip};
  device_step_ = std::make_unique<DeviceStep>(net_, *loss_, optimizer_, settings, record);
}

/// Leaves a checkpoint and ends the program's work for now.
void Trainer::stop() {
  output_.checkpoint_or_leave(record_now(), provenance_, "stopped");
  throw RetryError(
      fmt::format("{}: stopped in epoch {} after iteration {}; run the same command again to "
                  "resume",
                  job_.output.string(),
                  record_.epoch + 1,
                  record_.iteration));
}

/// Where a disk fails, what was learnt until now is kept.
void Trainer::leave(const IoError& error) {
  output_.checkpoint_or_leave(record_now(), provenance_, error.what());
  throw_error(error.code(),
              fmt::format("{}; run the same command again to resume", error.what()),
              error.of_machine());
}

/// Where the batch does not come, because it hangs or a disk fails, what was learnt until now is
/// kept. Bad data are so at the next attempt, too.
std::optional<ReadyBatch> Trainer::fetch_or_leave() {
  try {
    return feed_->next();
  } catch (const RetryError& error) {
    output_.checkpoint_or_leave(record_now(), provenance_, error.what());
    throw;
  } catch (const IoError& error) {
    leave(error);
  }
}

std::pair<StepResult, double> Trainer::take_step(const StepInput& input) {
  const TrainingConfig& config = job_.config;
  if (device_step_) {
    device_step_->start(input);
    if (record_.iteration + 1 < config.iterations_per_epoch) feed_->bring_ahead();
    return device_step_->finish();
  }
  StepResult result =
      compute_gradients(net_, *loss_, input, config.deep_supervision, config.precision);
  return {std::move(result), clip_and_step(net_, optimizer_, config.gradient_clip)};
}

/// Throws NonFiniteError saying where.
void Trainer::step(ReadyBatch ready) {
  try {
    ready.input.epoch = static_cast<double>(record_.epoch);
    const auto [result, norm] = take_step(ready.input);
    sums_.add(result, norm);
  } catch (const NonFiniteError& error) {
    throw NonFiniteError(fmt::format("epoch {}, iteration {}: {} is not finite; cases: {}",
                                     record_.epoch + 1,
                                     record_.iteration + 1,
                                     error.what(),
                                     describe(ready.batch)));
  }
  ++record_.iteration;
  ++iterations_this_time_;
}

void Trainer::run_epoch() {
  set_learning_rate(epoch_head().learning_rate);
  Progress progress(log_,
                    fmt::format("epoch {}/{}", record_.epoch + 1, job_.config.epochs),
                    job_.config.iterations_per_epoch - record_.iteration);
  while (record_.iteration < job_.config.iterations_per_epoch) {
    const bool enough = job_.max_iterations > 0 && iterations_this_time_ >= job_.max_iterations;
    if (interrupted() || enough) stop();
    if (output_.minutes_since_checkpoint() > job_.checkpoint_minutes) {
      output_.checkpoint(record_now(), provenance_);
    }
    std::optional<ReadyBatch> ready = fetch_or_leave();
    if (!ready) stop();
    step(std::move(*ready));
    progress.advance(fmt::format(
        "loss {:.4f}", sums_.sums().front().second / static_cast<double>(record_.iteration)));
  }
}

EpochHead Trainer::epoch_head() const {
  const TrainingConfig& config = job_.config;
  return {record_.epoch + 1,
          polynomial_learning_rate(
              config.learning_rate, record_.epoch, config.epochs, config.polynomial_power),
          loss_->alpha(static_cast<double>(record_.epoch))};
}

/// Runs what looks at the network between epochs and leaves it as it was. Interrupted, or where a
/// disk fails, it is run again when the training goes on.
template <class Look>
void Trainer::look_at_network(const Look& look) {
  try {
    look();
  } catch (const RetryError&) {
    stop();
  } catch (const IoError& error) {
    leave(error);
  }
  net_->train();
}

void Trainer::validate_now(const Validate& validate, std::int64_t epochs_done) {
  ValidationResult result;
  look_at_network([&] { result = validate(net_); });
  const std::vector<std::string> classes(record_.class_names.begin() + 1,
                                         record_.class_names.end());
  add_validation(record_.validation, epochs_done, classes, result);
  validated_ = ", validation " + describe_validation(result);
}

/// Before the validation: interrupted there, the epoch is looked at once more, but not recorded.
void Trainer::record_signs(std::int64_t epochs_done) {
  if (!record_.signs || !contains(record_.signs->asked, epochs_done)) return;
  if (contains(record_.signs->epochs, epochs_done)) return;
  look_at_network([&] { record_signs_(net_, epochs_done, *record_.signs); });
}

void Trainer::finish_epoch(const Validate& validate) {
  const TrainingConfig& config = job_.config;
  const EpochHead head = epoch_head();
  validated_.clear();
  record_signs(head.epoch);
  if (validation_is_due(config, head.epoch)) validate_now(validate, head.epoch);
  add_epoch(record_.training, head, sums_, config.iterations_per_epoch);
  log_.info(fmt::format("epoch {}/{}: loss {:.4f}, learning rate {:.3g}{}",
                        head.epoch,
                        config.epochs,
                        record_.training.find("loss")->values.back(),
                        head.learning_rate,
                        validated_));
  ++record_.epoch;
  record_.iteration = 0;
  sums_ = EpochSums();
  write_history();
  const bool last = record_.epoch == config.epochs || hopeless();
  if (last || record_.epoch % job_.checkpoint_epochs == 0) {
    output_.checkpoint(record_now(), provenance_);
  }
}

/// Whether to give up, on request, at the end of an epoch.
bool Trainer::hopeless() const {
  return job_.stop_failed && record_.iteration == 0 &&
         reporting::is_hopeless(record_.training, record_.validation, job_.config.failure);
}

/// The same numbers would come again: the training ends here, with the weights it has and a
/// validation of them.
void Trainer::end_diverged(const Validate& validate) {
  const auto* epochs = record_.validation.find("epoch");
  const auto done = static_cast<double>(record_.epoch);
  if (epochs == nullptr || epochs->values.empty() || epochs->values.back() != done) {
    validate_now(validate, record_.epoch);
  }
  add_diverged_epoch(record_.training, epoch_head());
  sums_ = EpochSums();
  write_history();
}

void Trainer::write_history() {
  try {
    reporting::write_live_history(
        reporting::live_history_path(job_.output), record_, job_.config.epochs);
  } catch (const IoError& error) {
    log_.warn(error.what());  // the run file will hold it
  }
}

/// Writes the file with its outcome.
storage::RunOutcome Trainer::finish() {
  record_.finished = true;
  record_.outcome =
      reporting::judge_history(record_.training, record_.validation, job_.config.failure);
  record_.outcome->stopped_early = record_.epoch < job_.config.epochs;
  output_.finish(record_now(), provenance_);
  return *record_.outcome;
}

TrainingResult Trainer::run(const Validate& validate) {
  write_history();
  for (const std::string& line : audit_of_loss(loss_->resolved(), *dataset_, maps_.get())) {
    log_.info(line);
  }
  start_feed();
  start_device_step();
  std::string divergence;
  try {
    while (record_.epoch < job_.config.epochs && !hopeless()) {
      run_epoch();
      finish_epoch(validate);
    }
  } catch (const NonFiniteError& error) {
    divergence = error.what();
    output_.checkpoint(record_now(), provenance_);  // a signal may come before all is written
    end_diverged(validate);
  }
  return {finish(), divergence};
}

}  // namespace

std::string describe(const TrainingResult& result) {
  std::string text = reporting::describe(result.outcome);
  if (result.divergence.empty()) return text;
  return text + ": " + result.divergence +
         ": the same command would end the same way: give another --seed or a lower --set "
         "optimizer.learning-rate=…, with --force";
}

TrainingResult train(const TrainingJob& job,
                     const MakeValidator& make_validator,
                     storage::Provenance provenance,
                     const storage::WriteOptions& options,
                     Log& log) {
  Trainer trainer(job, std::move(provenance), options, log);
  if (const auto before = trainer.begin_or_resume()) return {*before};
  return trainer.run(make_validator(trainer.dataset(), trainer.plan(), job.config));
}

}  // namespace regionwise::training
