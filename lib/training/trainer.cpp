#include "training/trainer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/hash.hpp"
#include "core/interrupt.hpp"
#include "losses/loss.hpp"
#include "network/compat.hpp"
#include "reporting/live_history.hpp"
#include "reporting/run_failure.hpp"
#include "storage/complete_file.hpp"
#include "storage/hdf5_answers.hpp"
#include "storage/maps_file.hpp"
#include "storage/output_lock.hpp"
#include "storage/run_file.hpp"
#include "training/device_step.hpp"
#include "training/epoch_history.hpp"
#include "training/job_inputs.hpp"
#include "training/loader.hpp"
#include "training/loss_audit.hpp"
#include "training/run_state.hpp"
#include "training/sampler.hpp"
#include "training/step.hpp"

namespace regionwise::training {
namespace {

using Clock = std::chrono::steady_clock;

/// With what the loader's end takes, less than the 10 s in which a signal ends the program.
constexpr std::chrono::seconds kPatienceWithHdf5{3};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A batch, and what of it is on the device.
struct ReadyBatch {
  Batch batch;
  StepInput input;
};

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
  std::string difference_from(const storage::RunRecord& begun) const;
  storage::RunOutcome outcome_before() const;
  void resume(const storage::RunRecord& unfinished);
  void start_loader();
  void run_epoch();
  void start_device_step();
  std::optional<ReadyBatch> fetch();
  std::optional<ReadyBatch> fetch_or_leave();
  std::pair<StepResult, double> take_step(const StepInput& input);
  void step(ReadyBatch ready);
  [[noreturn]] void stop();
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
  void checkpoint();
  void checkpoint_or_leave(const std::string& why);
  void write_history();  ///< For those who watch; the run file holds it, too.
  storage::RunRecord record_now() const;
  std::string describe(const Batch& batch) const;
  StepInput to_device(const Batch& batch) const;

  const TrainingJob& job_;
  storage::Provenance provenance_;
  storage::WriteOptions options_;
  Log& log_;
  std::shared_ptr<const storage::DatasetReader> dataset_;  ///< Shared with the loader's threads.
  std::shared_ptr<const storage::MapsReader> maps_;        ///< Null: computed from the labels.
  planning::Plan plan_;
  std::unique_ptr<losses::Loss> loss_;
  TrainingConfig resolved_;   ///< The job's, with all that loss and plan leave to defaults.
  RecordSigns record_signs_;  ///< Empty where signs are not asked for.
  network::UNet net_;
  torch::optim::Adam optimizer_;
  std::unique_ptr<DeviceStep> device_step_;  ///< Null on the CPU.
  std::unique_ptr<Loader> loader_;
  std::optional<ReadyBatch> ahead_;  ///< On a GPU: the next batch, brought there during a step …
  std::exception_ptr stuck_;         ///< … or why it did not come: told when the step is done.
  storage::RunRecord record_;        ///< What never changes, the history and the position.
  std::optional<storage::OutputLock> lock_;  ///< Of the whole training, checkpoints and all.
  EpochSums sums_;
  std::string validated_;  ///< What the last validation found, for the epoch's message.
  std::int64_t iterations_this_time_ = 0;
  Clock::time_point last_checkpoint_ = Clock::now();
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

bool validation_is_due(const TrainingConfig& config, std::int64_t epochs_done) {
  return epochs_done == config.epochs || epochs_done % config.validate_every == 0;
}

std::vector<std::int64_t> asked_of(const storage::RunRecord& run) {
  return run.signs ? run.signs->asked : std::vector<std::int64_t>();
}

/// Sorted, each once.
std::vector<std::int64_t> checked_sign_epochs(const TrainingJob& job) {
  const std::set<std::int64_t> epochs(job.sign_epochs.begin(), job.sign_epochs.end());
  if (*epochs.begin() >= 1 && *epochs.rbegin() <= job.config.epochs) {
    return {epochs.begin(), epochs.end()};
  }
  throw UsageError(fmt::format("--record-signs: the training has the epochs 1 to {}, not {}",
                               job.config.epochs,
                               *epochs.begin() < 1 ? *epochs.begin() : *epochs.rbegin()));
}

Trainer::Trainer(const TrainingJob& job,
                 storage::Provenance provenance,
                 const storage::WriteOptions& options,
                 Log& log)
    : job_(job),
      provenance_(std::move(provenance)),
      options_(options),
      log_(log),
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
  record_.dataset_hash = hash_file(job.data);
  record_.split_hash = dataset_->split_hash();
  if (maps_) record_.maps_hash = hash_file(job.maps);
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
  const auto unfinished = unfinished_path(job_.output);
  if (std::filesystem::exists(job_.output) && !options_.overwrite) {
    // Where both are there, it was killed after its last step but one: only tidying is left.
    const bool killed_at_its_end = std::filesystem::exists(unfinished);
    if (job_.accept_finished || killed_at_its_end) {
      const auto outcome = outcome_before();
      std::filesystem::remove(unfinished);
      return outcome;
    }
    throw IoError(fmt::format("{}: is finished; --force trains it anew", job_.output.string()));
  }
  {
    const storage::CompleteFile probe(job_.output, options_.overwrite);
  }  // found out now, not at the end
  lock_.emplace(job_.output);
  if (!std::filesystem::exists(unfinished)) return std::nullopt;
  storage::RunRecord begun;
  std::string difference;
  try {
    begun = storage::read_run(unfinished);
    difference = difference_from(begun);
  } catch (const DataError& damage) {
    if (!options_.overwrite) {
      throw DataError(fmt::format("{}: to begin this training anew, give --force", damage.what()));
    }
    log_.warn(fmt::format("{}; beginning anew", damage.what()));
    return std::nullopt;
  }
  if (difference.empty()) {
    resume(begun);
    log_.info(fmt::format("resuming {} at epoch {}, iteration {}",
                          job_.output.string(),
                          record_.epoch + 1,
                          record_.iteration + 1));
    return std::nullopt;
  }
  if (!options_.overwrite) {
    throw UsageError(
        fmt::format("{}: was begun with another {}: give the same, or --force to begin "
                    "anew",
                    unfinished.string(),
                    difference));
  }
  log_.warn(fmt::format(
      "{}: was begun with another {}; beginning anew", unfinished.string(), difference));
  return std::nullopt;
}

/// What became of this very job when it was trained before.
storage::RunOutcome Trainer::outcome_before() const {
  const storage::RunRecord run = storage::read_run(job_.output, /*with_state=*/false);
  const std::string difference = difference_from(run);
  if (!difference.empty()) {
    throw UsageError(
        fmt::format("{}: was trained with another {}: give the same, or --force to "
                    "train anew",
                    job_.output.string(),
                    difference));
  }
  log_.info(fmt::format("{}: is finished already", job_.output.string()));
  const auto outcome = reporting::outcome_of(run);
  if (outcome) return *outcome;
  throw DataError(fmt::format("{}: is not finished, whatever its name says", job_.output.string()));
}

/// What makes another training another one than this; empty where nothing does.
std::string Trainer::difference_from(const storage::RunRecord& begun) const {
  const auto setting = reporting::first_difference(begun.configuration, record_.configuration);
  if (!setting.empty()) return fmt::format("configuration ({})", setting);
  if (begun.seed != record_.seed) return fmt::format("seed ({})", begun.seed);
  if (begun.dataset_hash != record_.dataset_hash) return "dataset";
  if (begun.maps_hash != record_.maps_hash) return "maps file";
  if (begun.replaced_seeds != record_.replaced_seeds) return "list of runs that it replaces";
  if (asked_of(begun) != asked_of(record_)) return "list of epochs to record signs at";
  if (!job_.stop_failed) {
    return reporting::was_given_up(begun) ? "request (it gave up: --stop-failed)" : "";
  }
  // It went on where this one would have given up, unless that is where it stands. A training that
  // diverged has a row for the epoch in which it did, and a validation that was not due.
  const auto hopeless = reporting::hopeless_since(begun.validation, job_.config.failure);
  if (!hopeless || !validation_is_due(job_.config, *hopeless)) return {};
  const bool beyond = begun.training.rows() > *hopeless || begun.iteration > 0;
  return beyond ? "request (not --stop-failed)" : "";
}

void Trainer::resume(const storage::RunRecord& unfinished) {
  record_.epoch = unfinished.epoch;
  record_.iteration = unfinished.iteration;
  record_.training = unfinished.training;
  record_.validation = unfinished.validation;
  record_.signs = unfinished.signs;
  sums_ = EpochSums::from_arrays(unfinished.partial_epoch);
  load_state(unfinished, net_, optimizer_);
}

storage::RunRecord Trainer::record_now() const {
  storage::RunRecord record = record_;
  auto& optimizer = const_cast<torch::optim::Adam&>(optimizer_);  // state() has no const form
  store_state(record, net_, optimizer);
  record.partial_epoch = sums_.to_arrays();
  return record;
}

void Trainer::checkpoint() {
  storage::Provenance provenance = provenance_;
  provenance.inputs.clear();  // hashed once, when the training is finished
  storage::WriteOptions options = options_;
  options.overwrite = true;
  storage::write_run(unfinished_path(job_.output), record_now(), provenance, options);
  last_checkpoint_ = Clock::now();
}

/// For one who ends: a checkpoint, unless a thread that reads from a file system that hangs is
/// inside HDF5 and keeps everyone else out. The last checkpoint then has to do.
void Trainer::checkpoint_or_leave(const std::string& why) {
  if (storage::hdf5_answers(kPatienceWithHdf5)) return checkpoint();
  throw RetryError(fmt::format(
      "{}: {}; no new checkpoint was written, since HDF5 waits for a read that does not "
      "return: run the same command again to resume from the last one",
      job_.output.string(),
      why));
}

StepInput Trainer::to_device(const Batch& batch) const {
  const auto type = job_.config.precision == Precision::float64 ? torch::kFloat64 : torch::kFloat32;
  StepInput input;
  if (job_.device.is_cpu()) {
    input.images = batch.images.to(type);
    input.labels = batch.labels;
    input.maps = batch.maps;
  } else {
    // Losses cannot look at labels on a GPU without waiting for it.
    losses::check_label_values(batch.labels, dataset_->classes());
    const auto upload = [&](const torch::Tensor& tensor) {
      return tensor.pin_memory().to(job_.device, /*non_blocking=*/true);
    };
    input.images = upload(batch.images).to(type);
    input.labels = upload(batch.labels.to(torch::kInt8)).to(torch::kInt64);
    if (batch.maps.defined()) input.maps = upload(batch.maps);
  }
  for (const PatchOrigin& origin : batch.origins) {
    input.spacings_mm.push_back(dataset_->cases()[origin.case_index].spacing_mm);
  }
  input.epoch = static_cast<double>(record_.epoch);
  return input;
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

void Trainer::start_device_step() {
  if (job_.device.is_cpu()) return;
  std::string why;
  const bool record = job_.record_steps && DeviceStep::can_record(*loss_, why);
  if (!why.empty()) log_.info(fmt::format("steps are not recorded for the GPU: {}", why));
  const TrainingConfig& config = job_.config;
  const StepSettings settings{config.deep_supervision, config.precision, config.gradient_clip};
  device_step_ = std::make_unique<DeviceStep>(net_, *loss_, optimizer_, settings, record);
}

void Trainer::start_loader() {
  const TrainingConfig& config = job_.config;
  const auto sampler = std::make_shared<const Sampler>(
      dataset_,
      maps_,
      sampler_options(plan_, config.augmentation, config.foreground_share),
      job_.seed);
  const LoaderOptions options{
      .iterations_per_epoch = config.iterations_per_epoch,
      .first = record_.epoch * config.iterations_per_epoch + record_.iteration,
      .end = config.epochs * config.iterations_per_epoch,
      .threads = job_.loader_threads,
      .patience_minutes = job_.patience_minutes,
      .warn = [this](const std::string& message) { log_.warn(message); }};
  loader_ = std::make_unique<Loader>(
      sampler, config.augmentation, masked_channels(plan_, dataset_->channels()), options);
}

/// Leaves a checkpoint and ends the program's work for now.
void Trainer::stop() {
  checkpoint_or_leave("stopped");
  throw RetryError(
      fmt::format("{}: stopped in epoch {} after iteration {}; run the same command again to "
                  "resume",
                  job_.output.string(),
                  record_.epoch + 1,
                  record_.iteration));
}

/// The next batch; none where the program was interrupted.
std::optional<ReadyBatch> Trainer::fetch() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  if (stuck_) std::rethrow_exception(stuck_);
  std::optional<Batch> batch = loader_->next(interrupted);
  if (!batch) return std::nullopt;
  StepInput input = to_device(*batch);
  return ReadyBatch{std::move(*batch), std::move(input)};
}

/// Where the batch does not come, what was learnt until now is kept.
std::optional<ReadyBatch> Trainer::fetch_or_leave() {
  try {
    return fetch();
  } catch (const RetryError& error) {
    checkpoint_or_leave(error.what());
    throw;
  }
}

std::pair<StepResult, double> Trainer::take_step(const StepInput& input) {
  const TrainingConfig& config = job_.config;
  if (device_step_) {
    device_step_->start(input);
    try {
      if (record_.iteration + 1 < config.iterations_per_epoch) ahead_ = fetch();
    } catch (const RetryError&) {
      stuck_ = std::current_exception();
    }
    return device_step_->finish();
  }
  StepResult result =
      compute_gradients(net_, *loss_, input, config.deep_supervision, config.precision);
  return {std::move(result), clip_and_step(net_, optimizer_, config.gradient_clip)};
}

/// Throws NonFiniteError saying where.
void Trainer::step(ReadyBatch ready) {
  try {
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
    if (seconds_since(last_checkpoint_) > 60 * job_.checkpoint_minutes) checkpoint();
    std::optional<ReadyBatch> ready = fetch_or_leave();
    if (!ready) stop();
    step(std::move(*ready));
    progress.advance(
        1,
        fmt::format("loss {:.4f}",
                    sums_.sums().front().second / static_cast<double>(record_.iteration)));
  }
}

EpochHead Trainer::epoch_head() const {
  const TrainingConfig& config = job_.config;
  return {record_.epoch + 1,
          polynomial_learning_rate(
              config.learning_rate, record_.epoch, config.epochs, config.polynomial_power),
          loss_->alpha(static_cast<double>(record_.epoch))};
}

/// Runs what looks at the network between epochs and leaves it as it was. Interrupted, it is run
/// again when the training goes on.
template <class Look>
void Trainer::look_at_network(const Look& look) {
  try {
    look();
  } catch (const RetryError&) {
    stop();
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
  const bool last = record_.epoch == config.epochs;
  if (last || record_.epoch % job_.checkpoint_epochs == 0) checkpoint();
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
  storage::write_run(job_.output, record_now(), provenance_, options_);
  std::filesystem::remove(unfinished_path(job_.output));
  return *record_.outcome;
}

TrainingResult Trainer::run(const Validate& validate) {
  write_history();
  for (const std::string& line : audit_of_loss(loss_->resolved(), *dataset_, maps_.get())) {
    log_.info(line);
  }
  start_loader();
  start_device_step();
  std::string divergence;
  try {
    while (record_.epoch < job_.config.epochs && !hopeless()) {
      run_epoch();
      finish_epoch(validate);
    }
  } catch (const NonFiniteError& error) {
    divergence = error.what();
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

std::filesystem::path unfinished_path(const std::filesystem::path& output) {
  return output.string() + ".unfinished";
}

TrainingResult train(const TrainingJob& job,
                     const MakeValidator& make_validator,
                     storage::Provenance provenance,
                     const storage::WriteOptions& options,
                     Log& log) {
  provenance.inputs.push_back(job.data);
  if (!job.maps.empty()) provenance.inputs.push_back(job.maps);
  provenance.inputs.insert(provenance.inputs.end(), job.replaces.begin(), job.replaces.end());
  Trainer trainer(job, std::move(provenance), options, log);
  if (const auto before = trainer.begin_or_resume()) return {*before};
  return trainer.run(make_validator(trainer.dataset(), trainer.plan(), job.config));
}

}  // namespace regionwise::training
