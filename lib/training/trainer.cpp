#include "training/trainer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "core/hash.hpp"
#include "core/interrupt.hpp"
#include "losses/loss.hpp"
#include "network/compat.hpp"
#include "network/weights.hpp"
#include "reporting/live_history.hpp"
#include "storage/complete_file.hpp"
#include "storage/maps_file.hpp"
#include "storage/output_lock.hpp"
#include "storage/run_file.hpp"
#include "training/device_step.hpp"
#include "training/loader.hpp"
#include "training/sampler.hpp"
#include "training/step.hpp"

namespace regionwise::training {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Sums over the iterations of an epoch; stored with a checkpoint, so that a resumed epoch has the
/// same means.
class EpochSums {
 public:
  void add(const StepResult& step, double gradient_norm) {
    add("loss", step.loss);
    for (const auto& [name, value] : step.terms) add("term " + name, value);
    add("gradient-norm", gradient_norm);
  }
  const std::vector<std::pair<std::string, double>>& sums() const { return sums_; }

  std::vector<storage::NamedArray> to_arrays() const {
    std::vector<storage::NamedArray> arrays;
    for (const auto& [name, sum] : sums_) {
      arrays.push_back(network::to_array(name, torch::tensor({sum}, torch::kFloat64)));
    }
    return arrays;
  }
  static EpochSums from_arrays(const std::vector<storage::NamedArray>& arrays) {
    EpochSums sums;
    for (const auto& array : arrays) {
      sums.sums_.emplace_back(array.name, network::to_tensor(array).item<double>());
    }
    return sums;
  }

 private:
  void add(const std::string& name, double value) {
    for (auto& [known, sum] : sums_) {
      if (known != name) continue;
      sum += value;
      return;
    }
    sums_.emplace_back(name, value);
  }

  std::vector<std::pair<std::string, double>> sums_;
};

/// The mean over the classes that have a value, as text; "undefined" where none has.
std::string mean_text(const std::vector<double>& values, int digits, const char* unit) {
  double sum = 0;
  int count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? fmt::format("{:.{}f}{}", sum / count, digits, unit) : "undefined";
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

  void begin_or_resume();
  void run(const Validate& validate);

  const storage::DatasetReader& dataset() const { return *dataset_; }
  const planning::Plan& plan() const { return plan_; }

 private:
  std::string difference_from(const storage::RunRecord& begun) const;
  void resume(const storage::RunRecord& unfinished);
  void start_loader();
  void run_epoch();
  void start_device_step();
  std::optional<ReadyBatch> fetch();
  std::pair<StepResult, double> take_step(const StepInput& input);
  void step(ReadyBatch ready);
  [[noreturn]] void stop();
  void finish_epoch(const Validate& validate);
  std::string validate_epoch(const Validate& validate);
  void set_learning_rate(double rate);
  void checkpoint();
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
  network::UNet net_;
  torch::optim::Adam optimizer_;
  std::unique_ptr<DeviceStep> device_step_;  ///< Null on the CPU.
  std::unique_ptr<Loader> loader_;
  std::optional<ReadyBatch> ahead_;  ///< On a GPU: the next batch, brought there during a step.
  storage::RunRecord record_;        ///< What never changes, the history and the position.
  std::optional<storage::OutputLock> lock_;  ///< Of the whole training, checkpoints and all.
  EpochSums sums_;
  std::int64_t iterations_this_time_ = 0;
  Clock::time_point last_checkpoint_ = Clock::now();
};

network::UNetConfig network_config(const storage::DatasetReader& dataset,
                                   const planning::Plan& plan) {
  network::UNetConfig config;
  config.in_channels = dataset.channels();
  config.classes = dataset.classes();
  config.strides = plan.strides;
  config.kernels = plan.kernels;
  config.base_features = plan.base_features;
  config.max_features = plan.max_features;
  return config;
}

/// Whether a loss, or a part of it, takes its map from a file.
bool takes_map_from_file(const Json& loss) {
  if (!loss.is_structured()) return false;
  for (const auto& [key, value] : loss.items()) {
    if (key == "map" && value.is_object() && value.value("name", "") == "file") return true;
    if (takes_map_from_file(value)) return true;
  }
  return false;
}

std::optional<storage::MapsReader> open_maps(const TrainingJob& job,
                                             const storage::DatasetReader& dataset) {
  const bool needed = takes_map_from_file(job.config.loss);
  if (needed && job.maps.empty()) {
    throw UsageError("the loss takes its map from a file: give it with --maps");
  }
  if (!needed && !job.maps.empty()) {
    throw UsageError("no map of the loss is {\"name\": \"file\"}: --maps would not be used");
  }
  if (!needed) return std::nullopt;
  storage::MapsReader maps(job.maps);
  if (maps.class_names() != dataset.info().class_names) {
    throw DataError(fmt::format(
        "{}: its classes are not those of {}", job.maps.string(), dataset.path().string()));
  }
  if (maps.dataset_hash() != hash_file(job.data)) {
    throw DataError(fmt::format("{}: was not computed from {} as it is now: run compute-maps again",
                                job.maps.string(),
                                dataset.path().string()));
  }
  return maps;
}

template <class T>
std::shared_ptr<const T> shared(std::optional<T> object) {
  return object ? std::make_shared<const T>(std::move(*object)) : nullptr;
}

torch::optim::AdamOptions adam_options(const TrainingConfig& config) {
  return torch::optim::AdamOptions(config.learning_rate)
      .betas({0.9, 0.999})
      .eps(1e-8)
      .weight_decay(config.weight_decay);
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
      maps_(shared(open_maps(job, *dataset_))),
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

  TrainingConfig resolved = job.config;
  resolved.loss = loss_->resolved();
  resolved.plan = planning::to_json(plan_);
  record_.name = job.config.name;
  record_.seed = job.seed;
  record_.configuration = to_json(resolved);
  record_.dataset_name = dataset_->info().name;
  record_.dataset_hash = hash_file(job.data);
  record_.split_hash = dataset_->split_hash();
  if (maps_) record_.maps_hash = hash_file(job.maps);
  record_.class_names = dataset_->info().class_names;
  record_.channels = dataset_->info().channels;
  record_.plan = dataset_->info().plan;

  provenance_.configuration = record_.configuration;
  provenance_.seed = job.seed;
  provenance_.device = job.device.str();
  provenance_.libtorch = network::libtorch_version();
}

void Trainer::begin_or_resume() {
  const auto unfinished = unfinished_path(job_.output);
  if (std::filesystem::exists(job_.output) && !options_.overwrite) {
    throw IoError(fmt::format("{}: is finished; --force trains it anew", job_.output.string()));
  }
  {
    const storage::CompleteFile probe(job_.output, options_.overwrite);
  }  // found out now, not at the end
  lock_.emplace(job_.output);
  if (!std::filesystem::exists(unfinished)) return;
  storage::RunRecord begun;
  std::string difference;
  try {
    begun = storage::read_run(unfinished);
    difference = difference_from(begun);
  } catch (const DataError& damage) {
    if (!options_.overwrite) throw;
    log_.warn(fmt::format("{}; beginning anew", damage.what()));
    return;
  }
  if (difference.empty()) {
    resume(begun);
    log_.info(fmt::format("resuming {} at epoch {}, iteration {}",
                          job_.output.string(),
                          record_.epoch + 1,
                          record_.iteration + 1));
    return;
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
}

/// What makes an unfinished training another one than this; empty where nothing does.
std::string Trainer::difference_from(const storage::RunRecord& begun) const {
  const Json changes = Json::diff(begun.configuration, record_.configuration);
  if (!changes.empty()) {
    return fmt::format("configuration ({})", changes.front().at("path").get<std::string>());
  }
  if (begun.seed != record_.seed) return fmt::format("seed ({})", begun.seed);
  if (begun.dataset_hash != record_.dataset_hash) return "dataset";
  if (begun.maps_hash != record_.maps_hash) return "maps file";
  return {};
}

void Trainer::resume(const storage::RunRecord& unfinished) {
  record_.epoch = unfinished.epoch;
  record_.iteration = unfinished.iteration;
  record_.training = unfinished.training;
  record_.validation = unfinished.validation;
  sums_ = EpochSums::from_arrays(unfinished.partial_epoch);
  network::load_weights(net_, unfinished.weights, "weights");

  std::map<std::string, torch::Tensor> state;
  for (const auto& array : unfinished.optimizer) state[array.name] = network::to_tensor(array);
  for (const auto& parameter : net_->named_parameters()) {
    const auto step = state.find(parameter.key() + "/step");
    if (step == state.end()) continue;
    auto adam = std::make_unique<torch::optim::AdamParamState>();
    adam->step(step->second.item<std::int64_t>());
    adam->exp_avg(state.at(parameter.key() + "/exp_avg").to(parameter.value()));
    adam->exp_avg_sq(state.at(parameter.key() + "/exp_avg_sq").to(parameter.value()));
    network::set_adam_state(optimizer_, parameter.value(), std::move(adam));
  }
}

storage::RunRecord Trainer::record_now() const {
  storage::RunRecord record = record_;
  record.weights = network::weights_of(net_);
  record.partial_epoch = sums_.to_arrays();
  auto& optimizer = const_cast<torch::optim::Adam&>(optimizer_);  // state() has no const form
  for (const auto& parameter : net_->named_parameters()) {
    const auto* adam = network::adam_state(optimizer, parameter.value());
    if (adam == nullptr) continue;
    const std::string& name = parameter.key();
    record.optimizer.push_back(
        network::to_array(name + "/step", torch::tensor({adam->step()}, torch::kInt64)));
    record.optimizer.push_back(network::to_array(name + "/exp_avg", adam->exp_avg()));
    record.optimizer.push_back(network::to_array(name + "/exp_avg_sq", adam->exp_avg_sq()));
  }
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
      .threads = job_.loader_threads};
  loader_ = std::make_unique<Loader>(
      sampler, config.augmentation, masked_channels(plan_, dataset_->channels()), options);
}

/// Leaves a checkpoint and ends the program's work for now.
void Trainer::stop() {
  checkpoint();
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
  std::optional<Batch> batch = loader_->next(interrupted);
  if (!batch) return std::nullopt;
  StepInput input = to_device(*batch);
  return ReadyBatch{std::move(*batch), std::move(input)};
}

std::pair<StepResult, double> Trainer::take_step(const StepInput& input) {
  const TrainingConfig& config = job_.config;
  if (device_step_) {
    device_step_->start(input);
    if (record_.iteration + 1 < config.iterations_per_epoch) ahead_ = fetch();
    return device_step_->finish();
  }
  StepResult result =
      compute_gradients(net_, *loss_, input, config.deep_supervision, config.precision);
  return {std::move(result), clip_and_step(net_, optimizer_, config.gradient_clip)};
}

void Trainer::step(ReadyBatch ready) {
  try {
    const auto [result, norm] = take_step(ready.input);
    sums_.add(result, norm);
  } catch (const NonFiniteError& error) {
    throw RetryError(fmt::format(
        "{}: epoch {}, iteration {}: {} is not finite; the same command would end the same way: "
        "give another --seed or a lower --set optimizer.learning-rate=…, with --force to begin "
        "anew; cases: {}",
        job_.output.string(),
        record_.epoch + 1,
        record_.iteration + 1,
        error.what(),
        describe(ready.batch)));
  }
  ++record_.iteration;
  ++iterations_this_time_;
}

void Trainer::run_epoch() {
  set_learning_rate(polynomial_learning_rate(
      job_.config.learning_rate, record_.epoch, job_.config.epochs, job_.config.polynomial_power));
  Progress progress(log_,
                    fmt::format("epoch {}/{}", record_.epoch + 1, job_.config.epochs),
                    job_.config.iterations_per_epoch - record_.iteration);
  while (record_.iteration < job_.config.iterations_per_epoch) {
    const bool enough = job_.max_iterations > 0 && iterations_this_time_ >= job_.max_iterations;
    if (interrupted() || enough) stop();
    if (seconds_since(last_checkpoint_) > 60 * job_.checkpoint_minutes) checkpoint();
    std::optional<ReadyBatch> ready = fetch();
    if (!ready) stop();
    step(std::move(*ready));
    progress.advance(
        1,
        fmt::format("loss {:.4f}",
                    sums_.sums().front().second / static_cast<double>(record_.iteration)));
  }
}

/// Validates after this epoch where it is its turn; what there is to say of it.
std::string Trainer::validate_epoch(const Validate& validate) {
  const std::int64_t done = record_.epoch + 1;
  if (done != job_.config.epochs && done % job_.config.validate_every != 0) return {};
  ValidationResult result;
  try {
    result = validate(net_);
  } catch (const RetryError&) {
    stop();  // at the end of the epoch: going on begins with this validation
  }
  net_->train();
  const std::vector<std::string> classes(record_.class_names.begin() + 1,
                                         record_.class_names.end());
  auto& validation = record_.validation;
  validation.column("epoch", "1").values.push_back(static_cast<double>(done));
  const auto append = [&](const char* name, const char* unit, const std::vector<double>& values) {
    auto& column = validation.column(name, unit, classes);
    column.values.insert(column.values.end(), values.begin(), values.end());
  };
  append("dice", "1", result.dice);
  if (!result.hausdorff_mm.empty()) append("hausdorff", "mm", result.hausdorff_mm);
  append("misses", "1", result.misses);
  return ", validation " + describe_validation(result);
}

void Trainer::finish_epoch(const Validate& validate) {
  const std::string validated = validate_epoch(validate);
  const std::int64_t epoch = record_.epoch;
  auto& training = record_.training;
  training.column("epoch", "1").values.push_back(static_cast<double>(epoch + 1));
  const double rate = polynomial_learning_rate(
      job_.config.learning_rate, epoch, job_.config.epochs, job_.config.polynomial_power);
  training.column("learning_rate", "1").values.push_back(rate);
  training.column("alpha", "1").values.push_back(loss_->alpha(static_cast<double>(epoch)));
  for (const auto& [name, sum] : sums_.sums()) {
    training.column(name, "1").values.push_back(
        sum / static_cast<double>(job_.config.iterations_per_epoch));
  }
  log_.info(fmt::format("epoch {}/{}: loss {:.4f}, learning rate {:.3g}{}",
                        epoch + 1,
                        job_.config.epochs,
                        training.find("loss")->values.back(),
                        rate,
                        validated));
  ++record_.epoch;
  record_.iteration = 0;
  sums_ = EpochSums();
  write_history();
  const bool last = record_.epoch == job_.config.epochs;
  if (last || record_.epoch % job_.checkpoint_epochs == 0) checkpoint();
}

void Trainer::write_history() {
  try {
    reporting::write_live_history(
        reporting::live_history_path(job_.output), record_, job_.config.epochs);
  } catch (const IoError& error) {
    log_.warn(error.what());  // the run file will hold it
  }
}

void Trainer::run(const Validate& validate) {
  write_history();
  start_loader();
  start_device_step();
  while (record_.epoch < job_.config.epochs) {
    run_epoch();
    finish_epoch(validate);
  }
  record_.finished = true;
  storage::write_run(job_.output, record_now(), provenance_, options_);
  std::filesystem::remove(unfinished_path(job_.output));
}

}  // namespace

std::filesystem::path unfinished_path(const std::filesystem::path& output) {
  return output.string() + ".unfinished";
}

std::string describe_validation(const ValidationResult& result) {
  std::string text = "Dice " + mean_text(result.dice, 4, "");
  if (!result.hausdorff_mm.empty()) text += ", HD " + mean_text(result.hausdorff_mm, 2, " mm");
  const double misses = std::accumulate(result.misses.begin(), result.misses.end(), 0.0);
  return misses > 0 ? fmt::format("{} ({:.0f} missed)", text, misses) : text;
}

void train(const TrainingJob& job,
           const MakeValidator& make_validator,
           storage::Provenance provenance,
           const storage::WriteOptions& options,
           Log& log) {
  provenance.inputs.push_back(job.data);
  if (!job.maps.empty()) provenance.inputs.push_back(job.maps);
  Trainer trainer(job, std::move(provenance), options, log);
  trainer.begin_or_resume();
  trainer.run(make_validator(trainer.dataset(), trainer.plan(), job.config));
}

}  // namespace regionwise::training
