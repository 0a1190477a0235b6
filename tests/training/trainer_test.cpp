#include "training/trainer.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "losses/loss.hpp"
#include "maps/map.hpp"
#include "reporting/live_history.hpp"
#include "storage/maps_file.hpp"
#include "storage/run_file.hpp"
#include "training/run_output.hpp"
#include "training/small_dataset.hpp"

namespace regionwise::training {
namespace {

using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;
using regionwise::testing::write_small_dataset;

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A validation that costs nothing and is a function of the weights.
Validate count_weights(const storage::DatasetReader&,
                       const planning::Plan&,
                       const TrainingConfig&) {
  return [](network::UNet& net) {
    const double sum = net->parameters().front().sum().item<double>();
    const double share = 1 / (1 + std::exp(-sum));
    return ValidationResult{{share, 1 - share}, {1.0, 2.0}, {0.0, 0.0}};
  };
}

class TrainerTest : public ::testing::Test {
 protected:
  TrainerTest() : data_(folder_.path() / "squares.h5") { write_small_dataset(data_); }

  TrainingJob job(const std::string& output, const Json& changes = Json::object()) const {
    Json json = {
        {"name", "small"},
        {"loss",
         {{"name", "sum"},
          {"terms",
           {{{"name", "dice"}}, {{"name", "region-wise"}, {"map", {{"name", "boundary"}}}}}},
          {"weights",
           {{"kind", "gradual"}, {"start", 1.0}, {"end", 0.0}, {"epochs", 4}, {"floor", 0.01}}}}},
        {"epochs", 3},
        {"iterations-per-epoch", 4},
        {"validation", {{"every", 2}}}};
    merge_json(json, changes);
    TrainingJob job;
    job.data = data_;
    job.output = folder_.path() / output;
    job.config = parse_config(json, "test");
    job.seed = 11;
    return job;
  }
  void run(const TrainingJob& job, bool force = false) {
    storage::Provenance provenance;
    provenance.program = "train";
    train(job, count_weights, provenance, {.overwrite = force}, log_);
  }

  static storage::Provenance named_train() {
    storage::Provenance provenance;
    provenance.program = "train";
    return provenance;
  }

  static std::filesystem::path newest_of(const std::filesystem::path& output) {
    return output.string() + ".unfinished";
  }

  /// Stops it again and again, within epochs and at their ends; returns how often.
  int run_in_pieces(TrainingJob pieces) {
    int stops = 0;
    while (!std::filesystem::exists(pieces.output) && stops < 100) {
      pieces.max_iterations = 1 + stops % 3;
      try {
        run(pieces);
      } catch (const RetryError&) {
        EXPECT_FALSE(std::filesystem::exists(pieces.output));
        EXPECT_TRUE(is_unfinished(pieces.output));
        ++stops;
      }
    }
    return stops;
  }

  /// A maps file of the dataset, in place of the last; `hash`: of another dataset.
  std::filesystem::path write_maps(const std::string& map, const std::string& hash = {}) {
    const auto path = folder_.path() / "maps.h5";
    const storage::DatasetReader dataset(data_);
    const maps::MapSpecification specification(Json{{"name", map}}, "map");
    storage::MapsWriter writer(path,
                               {.overwrite = true},
                               specification.resolved(),
                               dataset.info().class_names,
                               hash.empty() ? hash_file(data_) : hash);
    for (std::size_t i = 0; i < dataset.cases().size(); ++i) {
      const Volume<Label> label = dataset.label(i);
      maps::LabelBatch batch;
      batch.labels = label.values;
      batch.shape = label.shape;
      batch.classes = dataset.classes();
      writer.add(dataset.cases()[i].id, label.shape, specification.compute<float>(batch));
    }
    storage::Provenance provenance;
    provenance.configuration = Json::object();
    writer.finish(provenance);
    return path;
  }

  const Json kMapFromFile = {{"name", "region-wise"}, {"map", {{"name", "file"}}}};
  const Json kWithMaps = {{"loss", kMapFromFile}, {"augmentation", "mirror"}};
  TemporaryFolder folder_;
  std::filesystem::path data_;
  Log log_{"train", Verbosity::quiet};
};

TEST(ValidationResult, IsDescribedWithWhatItsMeansLeaveOut) {
  const double none = std::nan("");
  EXPECT_EQ(describe_validation({{0.5, 0.75}, {30, 40.5}, {0, 0}}), "Dice 0.6250, HD 35.25 mm");
  EXPECT_EQ(describe_validation({{0.5, 0}, {35.27, none}, {1, 30}}),
            "Dice 0.2500, HD 35.27 mm (31 missed)");
  EXPECT_EQ(describe_validation({{0, 0}, {none, none}, {30, 30}}),
            "Dice 0.0000, HD undefined (60 missed)");
  EXPECT_EQ(describe_validation({{none, none}, {none, none}, {0, 0}}),
            "Dice undefined, HD undefined");
  EXPECT_EQ(describe_validation({{0.5, 0}, {}, {0, 2}}), "Dice 0.2500 (2 missed)");
}

TEST_F(TrainerTest, SameJobSameBytes) {
  run(job("a.h5"));
  run(job("b.h5"));
  EXPECT_EQ(bytes_of(folder_.path() / "a.h5"), bytes_of(folder_.path() / "b.h5"));
  TrainingJob other = job("c.h5");
  other.seed = 12;
  run(other);
  EXPECT_NE(bytes_of(folder_.path() / "a.h5"), bytes_of(folder_.path() / "c.h5"));
}

TEST_F(TrainerTest, AResumedTrainingEndsWithTheBytesOfAnUninterruptedOne) {
  run(job("whole.h5"));
  const TrainingJob pieces = job("pieces.h5");
  EXPECT_GE(run_in_pieces(pieces), 5);
  EXPECT_EQ(bytes_of(folder_.path() / "whole.h5"), bytes_of(pieces.output));
  EXPECT_FALSE(is_unfinished(pieces.output));
}

TEST_F(TrainerTest, WritesACheckpointWhenItsTimeHasCome) {
  // Killed without a word after its first epoch: what is left is what was written before.
  const auto position_left = [&](const std::string& output, double minutes) {
    TrainingJob timed = job(output, {{"validation", {{"every", 1}}}});
    timed.checkpoint_minutes = minutes;
    timed.checkpoint_epochs = 100;
    struct Killed {};
    const auto die = [](const storage::DatasetReader&, const planning::Plan&, const TrainingConfig&)
        -> Validate { return [](network::UNet&) -> ValidationResult { throw Killed(); }; };
    EXPECT_THROW(train(timed, die, named_train(), {}, log_), Killed);
    const auto left = newest_of(timed.output);
    return std::filesystem::exists(left) ? storage::read_run(left).iteration : -1;
  };
  EXPECT_EQ(position_left("at_once.h5", 0), 3) << "before each of the epoch's four iterations";
  EXPECT_EQ(position_left("late.h5", 60), -1);
}

TEST_F(TrainerTest, GoesOnFromThePreviousCheckpointWhereTheNewestIsDamagedOrGone) {
  run(job("whole.h5"));
  for (const bool gone : {false, true}) {
    TrainingJob hurt = job(gone ? "gone.h5" : "hurt.h5");
    for (hurt.max_iterations = 3; hurt.max_iterations > 1; --hurt.max_iterations) {
      EXPECT_THROW(run(hurt), RetryError);
    }
    const auto checkpoints = checkpoints_of(hurt.output);
    EXPECT_EQ(storage::read_run(newest_of(hurt.output)).epoch, 1);
    EXPECT_EQ(storage::read_run(checkpoints.back()).iteration, 3) << "the one before it";
    gone ? static_cast<void>(std::filesystem::remove(newest_of(hurt.output)))
         : std::filesystem::resize_file(newest_of(hurt.output), 2000);
    hurt.max_iterations = 1;
    EXPECT_THROW(run(hurt), RetryError);
    EXPECT_EQ(storage::read_run(checkpoints.back()).iteration, 3) << "not the damaged one";
    hurt.max_iterations = 0;
    run(hurt);
    EXPECT_EQ(bytes_of(folder_.path() / "whole.h5"), bytes_of(hurt.output));
    EXPECT_FALSE(is_unfinished(hurt.output));
  }
}

TEST_F(TrainerTest, GoesOnFromACheckpointThatHasNotGotItsNameYet) {
  run(job("whole.h5"));
  // Killed before the first or the second renaming; the other checkpoint is damaged, or not.
  for (const bool second : {false, true}) {
    for (const bool damaged : {false, true}) {
      TrainingJob killed = job("killed" + std::to_string(2 * second + damaged) + ".h5");
      killed.max_iterations = 2;
      EXPECT_THROW(run(killed), RetryError);
      const auto newest = newest_of(killed.output);
      const auto other = second ? checkpoints_of(killed.output).back() : newest;
      const auto before = folder_.path() / "before.h5";
      std::filesystem::rename(newest, before);
      killed.max_iterations = 1;
      std::filesystem::copy(before, newest);
      EXPECT_THROW(run(killed), RetryError);
      EXPECT_EQ(storage::read_run(newest).iteration, 3);
      std::filesystem::rename(newest, checkpoints_of(killed.output).front());
      std::filesystem::remove(checkpoints_of(killed.output).back());
      std::filesystem::rename(before, other);
      if (damaged) std::filesystem::resize_file(other, 2000);
      EXPECT_TRUE(is_unfinished(killed.output));
      EXPECT_THROW(run(killed), RetryError);
      EXPECT_EQ(storage::read_run(newest).epoch, 1) << "from iteration 3, not 2";
      EXPECT_EQ(storage::read_run(newest).iteration, 0);
      killed.max_iterations = 0;
      run(killed);
      EXPECT_EQ(bytes_of(folder_.path() / "whole.h5"), bytes_of(killed.output));
      EXPECT_FALSE(is_unfinished(killed.output));
    }
  }
}

TEST_F(TrainerTest, BeginsAnewOnRequestOnlyWhereAllCheckpointsAreDamaged) {
  TrainingJob hurt = job("hurt.h5");
  hurt.max_iterations = 2;
  for (int i = 0; i < 2; ++i) EXPECT_THROW(run(hurt), RetryError);
  for (const auto& checkpoint : checkpoints_of(hurt.output)) {
    if (std::filesystem::exists(checkpoint)) std::filesystem::resize_file(checkpoint, 2000);
  }
  hurt.max_iterations = 0;
  EXPECT_THROW(run(hurt), DataError);
  run(hurt, /*force=*/true);
  run(job("whole.h5"));
  EXPECT_EQ(bytes_of(folder_.path() / "whole.h5"), bytes_of(hurt.output));
}

TEST_F(TrainerTest, CheckpointsAtAnyTimeNeverChangeBytes) {
  run(job("whole.h5"));
  TrainingJob often = job("often.h5");
  often.checkpoint_minutes = 0;
  run(often);
  EXPECT_EQ(bytes_of(folder_.path() / "whole.h5"), bytes_of(folder_.path() / "often.h5"));
  TrainingJob pieces = job("pieces.h5");
  pieces.checkpoint_minutes = 1e-4;
  EXPECT_GT(run_in_pieces(pieces), 3);
  EXPECT_EQ(bytes_of(folder_.path() / "whole.h5"), bytes_of(folder_.path() / "pieces.h5"));
}

TEST_F(TrainerTest, SaysWhatItsMapCanDoWrongAndWritesNothingOfIt) {
  run(job("quiet.h5"));
  FILE* sink = std::tmpfile();
  Log log("train", Verbosity::normal, sink);
  train(job("told.h5"), count_weights, named_train(), {}, log);
  std::string text(4096, '\0');
  std::rewind(sink);
  text.resize(std::fread(text.data(), 1, text.size(), sink));
  std::fclose(sink);
  EXPECT_EQ(text.find("train: map boundary: on average "), 0U) << text;
  EXPECT_EQ(text.find(": map ", 7), std::string::npos) << "more than one line: " << text;
  EXPECT_EQ(bytes_of(folder_.path() / "quiet.h5"), bytes_of(folder_.path() / "told.h5"));
}

TEST_F(TrainerTest, LoaderThreadsNeverChangeBytes) {
  TrainingJob none = job("none.h5");
  none.loader_threads = 0;
  run(none);
  for (const int threads : {1, 2}) {
    TrainingJob some = job("some" + std::to_string(threads) + ".h5");
    some.loader_threads = threads;
    run(some);
    EXPECT_EQ(bytes_of(none.output), bytes_of(some.output)) << threads << " threads";
  }
}

TEST_F(TrainerTest, AnInterruptedValidationIsDoneWhenResumed) {
  run(job("whole.h5"));
  const TrainingJob stopped = job("stopped.h5");
  int calls = 0;
  const auto interrupted_once = [&](const auto& dataset, const auto& plan, const auto& config) {
    return [&calls, validate = count_weights(dataset, plan, config)](network::UNet& net) {
      if (++calls == 1) throw RetryError("interrupted");
      return validate(net);
    };
  };
  storage::Provenance provenance;
  provenance.program = "train";
  EXPECT_THROW(train(stopped, interrupted_once, provenance, {}, log_), RetryError);
  EXPECT_TRUE(is_unfinished(stopped.output));
  train(stopped, interrupted_once, provenance, {}, log_);
  EXPECT_EQ(bytes_of(folder_.path() / "whole.h5"), bytes_of(stopped.output));
}

TEST_F(TrainerTest, AValidationThatADiskFailsIsDoneWhenResumed) {
  run(job("whole.h5"));
  const TrainingJob failed = job("failed.h5");
  int calls = 0;
  const auto unread_once = [&](const auto& dataset, const auto& plan, const auto& config) {
    return [&calls, validate = count_weights(dataset, plan, config)](network::UNet& net) {
      if (++calls == 1) throw IoError("squares.h5: cannot be read", EIO);
      return validate(net);
    };
  };
  try {
    train(failed, unread_once, named_train(), {}, log_);
    FAIL() << "a validation without its data";
  } catch (const IoError& error) {
    EXPECT_TRUE(error.of_machine());
    EXPECT_STREQ(error.what(), "squares.h5: cannot be read; run the same command again to resume");
  }
  EXPECT_TRUE(is_unfinished(failed.output));
  train(failed, unread_once, named_train(), {}, log_);
  EXPECT_EQ(bytes_of(folder_.path() / "whole.h5"), bytes_of(failed.output));
}

TEST_F(TrainerTest, AnErrorOfALoaderThreadIsTheTrainings) {
  const auto break_file =
      [&](const storage::DatasetReader&, const planning::Plan&, const TrainingConfig&) {
        std::filesystem::resize_file(data_, 800);
        return [](network::UNet&) { return ValidationResult{{0, 0}, {}, {0, 0}}; };
      };
  for (const int threads : {0, 2}) {
    std::filesystem::remove(data_);
    write_small_dataset(data_);
    TrainingJob broken = job("broken.h5");
    broken.loader_threads = threads;
    try {
      train(broken, break_file, {}, {}, log_);
      FAIL() << "the data cannot be read";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find("epoch 1, iteration "), std::string::npos) << message;
      EXPECT_NE(message.find(": case"), std::string::npos) << message;
      EXPECT_NE(message.find(" slice "), std::string::npos) << message;
    }
  }
}

TEST_F(TrainerTest, HistoryHoldsLossTermsAndSchedule) {
  run(job("a.h5"));
  const storage::RunRecord record = storage::read_run(folder_.path() / "a.h5");
  EXPECT_TRUE(record.finished);
  EXPECT_EQ(record.training.rows(), 3);
  EXPECT_EQ(record.training.find("alpha")->values, (std::vector<double>{1.0, 0.75, 0.5}));
  EXPECT_DOUBLE_EQ(record.training.find("learning_rate")->values[1],
                   polynomial_learning_rate(1e-4, 1, 3, 0.9));
  ASSERT_NE(record.training.find("term dice"), nullptr);
  EXPECT_EQ(record.validation.find("epoch")->values, (std::vector<double>{2, 3}));
  EXPECT_EQ(record.validation.find("dice")->values.size(), 4U);
}

TEST_F(TrainerTest, RefusesToGoOnWithAnotherJob) {
  TrainingJob stopped = job("a.h5");
  stopped.max_iterations = 2;
  EXPECT_THROW(run(stopped), RetryError);
  EXPECT_THROW(run(job("a.h5", {{"epochs", 4}})), UsageError);
  TrainingJob other_seed = job("a.h5");
  other_seed.seed = 12;
  EXPECT_THROW(run(other_seed), UsageError);
  run(other_seed, /*force=*/true);
  EXPECT_THROW(run(job("a.h5")), UsageError) << "a finished run is not replaced";
}

TEST_F(TrainerTest, TrainsOnPrecomputedMaps) {
  TrainingJob with_maps = job("a.h5", {{"loss", kMapFromFile}});
  with_maps.maps = write_maps("rectified");
  EXPECT_THROW(run(with_maps), UsageError) << "rotation and scaling would bend the maps";
  with_maps = job("a.h5", kWithMaps);
  EXPECT_THROW(run(with_maps), Error) << "no maps file was given";
  with_maps.maps = write_maps("rectified");
  run(with_maps);
  EXPECT_TRUE(std::filesystem::exists(with_maps.output));
}

TEST_F(TrainerTest, RefusesMapsOfAnotherDataset) {
  TrainingJob with_maps = job("a.h5", kWithMaps);
  with_maps.maps = write_maps("rectified", "0123");
  try {
    run(with_maps);
    FAIL() << "the maps are not of this dataset";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("maps.h5: was not computed from"), std::string::npos)
        << error.what();
  }
}

TEST_F(TrainerTest, RefusesToGoOnWithOtherMaps) {
  TrainingJob with_maps = job("a.h5", kWithMaps);
  with_maps.maps = write_maps("rectified");
  with_maps.max_iterations = 2;
  EXPECT_THROW(run(with_maps), RetryError);
  write_maps("boundary");
  try {
    run(with_maps);
    FAIL() << "the maps file is another than before";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("another maps file"), std::string::npos)
        << error.what();
  }
  write_maps("rectified");
  EXPECT_THROW(run(with_maps), RetryError) << "stopped again, after it went on";
}

TEST_F(TrainerTest, HoldsItsOutputFromTheFirstIterationOn) {
  storage::Provenance provenance;
  const TrainingJob first = job("a.h5");
  int validations = 0;
  train(
      first,
      [&](const storage::DatasetReader&, const planning::Plan&, const TrainingConfig&) {
        EXPECT_TRUE(std::filesystem::exists(first.output.string() + ".lock"));
        return [&](network::UNet&) {
          EXPECT_TRUE(std::filesystem::exists(first.output.string() + ".lock"));
          ++validations;
          return ValidationResult{{1, 1}, {1, 1}, {0, 0}};
        };
      },
      provenance,
      {},
      log_);
  EXPECT_EQ(validations, 2);
  EXPECT_FALSE(std::filesystem::exists(first.output.string() + ".lock"));
}

TEST_F(TrainerTest, ALossThatIsNotFiniteEndsTheTrainingAsFailed) {
  const Json diverging = {{"optimizer", {{"learning-rate", 1e30}}}, {"epochs", 30}};
  const TrainingJob whole = job("whole.h5", diverging);
  const TrainingResult result = train(whole, count_weights, named_train(), {}, log_);
  const storage::RunOutcome& outcome = result.outcome;
  EXPECT_EQ(outcome.reason, "diverged");
  EXPECT_EQ(outcome.since_epoch, 1);
  EXPECT_TRUE(outcome.stopped_early);
  const storage::RunRecord run = storage::read_run(whole.output);
  EXPECT_TRUE(run.finished);
  EXPECT_EQ(run.outcome, outcome);
  EXPECT_EQ(run.epoch, 0);
  EXPECT_EQ(run.training.rows(), 1);
  EXPECT_TRUE(std::isnan(run.training.find("loss")->values[0]));
  EXPECT_EQ(run.validation.find("epoch")->values, std::vector<double>{0})
      << "readers find a validation of the weights that the file holds";

  const std::string said = describe(result);
  for (const char* part : {"diverged: not finite in epoch 1",
                           "epoch 1, iteration",
                           "is not finite; cases: ",
                           "case0 slice",
                           "--seed",
                           "optimizer.learning-rate"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << " is not in " << said;
  }

  const TrainingJob pieces = job("pieces.h5", diverging);
  EXPECT_GE(run_in_pieces(pieces), 1);
  EXPECT_EQ(bytes_of(whole.output), bytes_of(pieces.output));
}

/// Validations in which the first class is lost from the second on.
Validate lose_first_class(const storage::DatasetReader&,
                          const planning::Plan&,
                          const TrainingConfig&) {
  return [validations = std::make_shared<int>(0)](network::UNet&) {
    return ValidationResult{{++*validations > 1 ? 0.0 : 0.8, 0.9}, {3, 1}, {1, 0}, {2, 2}};
  };
}

TEST_F(TrainerTest, MarksARunThatLostAClass) {
  const Json each_epoch = {{"epochs", 6}, {"validation", {{"every", 1}}}};
  const TrainingJob lost = job("lost.h5", each_epoch);
  const auto outcome = train(lost, lose_first_class, named_train(), {}, log_).outcome;
  EXPECT_EQ(outcome.reason, "dead-class");
  EXPECT_EQ(outcome.classes, std::vector<std::string>{"bright"});
  EXPECT_EQ(outcome.since_epoch, 2);
  EXPECT_FALSE(outcome.stopped_early);
  EXPECT_EQ(storage::read_run(lost.output).outcome, outcome);

  // The rule is part of the configuration.
  Json lenient = each_epoch;
  lenient["failure"] = {{"validations", 6}};
  EXPECT_FALSE(train(job("lenient.h5", lenient), lose_first_class, named_train(), {}, log_)
                   .outcome.failed());
  EXPECT_EQ(
      storage::read_run(folder_.path() / "lenient.h5").configuration["failure"]["validations"], 6);
}

TEST_F(TrainerTest, StopsAHopelessTrainingOnRequest) {
  TrainingJob stopping = job("stopped.h5",
                             {{"epochs", 9},
                              {"validation", {{"every", 1}}},
                              {"failure", {{"validations", 2}, {"stop-after", 4}}}});
  stopping.stop_failed = true;
  const auto outcome = train(stopping, lose_first_class, named_train(), {}, log_).outcome;
  EXPECT_TRUE(outcome.failed());
  EXPECT_TRUE(outcome.stopped_early);
  const storage::RunRecord run = storage::read_run(stopping.output);
  EXPECT_EQ(run.epoch, 5) << "four validations after the first";
  EXPECT_TRUE(run.finished);
  EXPECT_EQ(run.training.rows(), 5);
}

TEST_F(TrainerTest, LeavesAFinishedOutputOfTheSameJobAsItIs) {
  const Json each_epoch = {{"epochs", 4}, {"validation", {{"every", 1}}}};
  TrainingJob again = job("a.h5", each_epoch);
  const auto outcome = train(again, lose_first_class, named_train(), {}, log_).outcome;
  const std::string before = bytes_of(again.output);
  EXPECT_EQ(train(again, lose_first_class, named_train(), {}, log_).outcome, outcome);
  EXPECT_EQ(bytes_of(again.output), before);
  again.seed = 12;
  EXPECT_THROW(train(again, lose_first_class, named_train(), {}, log_), UsageError);
}

TEST_F(TrainerTest, OverwritesOnRequestOnlyWhatItDidNotFinishItself) {
  TrainingJob updated = job("a.h5", {{"epochs", 1}});
  updated.keep_finished = true;
  const auto update = [&] {
    train(updated, count_weights, named_train(), {.overwrite = true}, log_);
  };
  const auto identity = [&] { return std::filesystem::last_write_time(updated.output); };
  update();
  const auto first = identity();
  update();
  EXPECT_EQ(identity(), first) << "trained again";
  updated.seed = 12;
  update();
  EXPECT_EQ(storage::read_run(updated.output).seed, 12u) << "another job's";
  std::filesystem::resize_file(updated.output, std::filesystem::file_size(updated.output) / 2);
  update();
  EXPECT_EQ(storage::read_run(updated.output).seed, 12u) << "a damaged one";
  updated.keep_finished = false;
  const auto last = identity();
  update();
  EXPECT_NE(identity(), last) << "--force trains anew";
}

TEST_F(TrainerTest, GivingUpIsPartOfTheJob) {
  // Hopeless after the epochs 2 to 5.
  const auto lost = [&](const std::string& output, std::int64_t epochs, bool stop_failed) {
    TrainingJob made = job(output,
                           {{"epochs", epochs},
                            {"validation", {{"every", 1}}},
                            {"failure", {{"validations", 2}, {"stop-after", 4}}}});
    made.stop_failed = stop_failed;
    return made;
  };
  const auto run_lost = [&](const TrainingJob& made) {
    return train(made, lose_first_class, named_train(), {}, log_).outcome;
  };
  EXPECT_TRUE(run_lost(lost("stopped.h5", 9, true)).stopped_early);
  EXPECT_TRUE(run_lost(lost("stopped.h5", 9, true)).stopped_early) << "the same job";
  EXPECT_THROW(run_lost(lost("stopped.h5", 9, false)), UsageError);
  EXPECT_FALSE(run_lost(lost("whole.h5", 9, false)).stopped_early);
  EXPECT_THROW(run_lost(lost("whole.h5", 9, true)), UsageError);
  // It makes no difference to one that ends before or when it would give up, or is not failed.
  run_lost(lost("short.h5", 5, true));
  EXPECT_FALSE(run_lost(lost("short.h5", 5, false)).stopped_early);
  run_lost(lost("plain.h5", 5, false));
  EXPECT_FALSE(run_lost(lost("plain.h5", 5, true)).stopped_early);

  // Nor is an unfinished one that went further than it should have taken up.
  TrainingJob begun = lost("begun.h5", 9, false);
  begun.max_iterations = 4 * 5 + 1;
  EXPECT_THROW(run_lost(begun), RetryError);
  begun.stop_failed = true;
  EXPECT_THROW(run_lost(begun), UsageError);
  begun.stop_failed = false;
  begun.max_iterations = 0;
  EXPECT_FALSE(run_lost(begun).stopped_early);
}

TEST_F(TrainerTest, ADivergedRunIsTheSameWhetherItWasToGiveUpOrNot) {
  TrainingJob diverging = job("a.h5", {{"optimizer", {{"learning-rate", 1e30}}}, {"epochs", 30}});
  diverging.stop_failed = true;
  const auto outcome = train(diverging, count_weights, named_train(), {}, log_).outcome;
  EXPECT_TRUE(outcome.stopped_early);
  diverging.stop_failed = false;
  EXPECT_EQ(train(diverging, count_weights, named_train(), {}, log_).outcome, outcome);
}

TEST_F(TrainerTest, ReplacesAHistoryOnlyWhereItIsItsOwnOrOnRequest) {
  const TrainingJob other = job("other.h5");
  run(other);
  TrainingJob mine = job("mine.h5");
  const auto history = reporting::live_history_path(mine.output);
  const std::string refusal =
      history.string() + ": exists: is not the history of this training, use --force to replace it";
  const auto message = [&] { return message_of<IoError>([&] { run(mine); }); };
  write_bytes(history, "my notes\n");
  EXPECT_EQ(message(), refusal);
  EXPECT_EQ(bytes_of(history), "my notes\n");
  std::filesystem::copy_file(reporting::live_history_path(other.output),
                             history,
                             std::filesystem::copy_options::overwrite_existing);
  ++mine.seed;
  EXPECT_EQ(message(), refusal);
  --mine.seed;
  mine.max_iterations = 5;
  EXPECT_THROW(run(mine), RetryError) << "as after a kill before the first checkpoint";
  write_bytes(history, "");
  EXPECT_THROW(run(mine), RetryError) << "a checkpoint says whose it is";
  mine.max_iterations = 0;
  run(mine);
  std::filesystem::remove(mine.output);
  write_bytes(history, "my notes\n");
  train(mine, count_weights, named_train(), {.overwrite = true}, log_);
  EXPECT_EQ(bytes_of(history), bytes_of(reporting::live_history_path(other.output)));
}

TEST_F(TrainerTest, RefusesTheNameOfAFileBesideAnOutput) {
  for (const char* ending :
       {".unfinished", ".unfinished.previous", ".unfinished.next", ".history.jsonl"}) {
    EXPECT_THROW(run(job(std::string("run.h5") + ending)), UsageError) << ending;
  }
}

TEST_F(TrainerTest, RecordsWhoseRunsItReplaces) {
  const Json each_epoch = {{"epochs", 4}, {"validation", {{"every", 1}}}};
  const TrainingJob failed = job("failed.h5", each_epoch);
  train(failed, lose_first_class, named_train(), {}, log_);
  TrainingJob next = job("next.h5", each_epoch);
  next.replaces = {failed.output};
  EXPECT_THROW(run(next), UsageError) << "the same seed";
  next.seed = 14;
  run(next);
  EXPECT_EQ(storage::read_run(next.output).replaced_seeds, std::vector<std::uint64_t>{11});
  TrainingJob longer = job("longer.h5", {{"epochs", 5}, {"validation", {{"every", 1}}}});
  longer.seed = 14;
  longer.replaces = {failed.output};
  EXPECT_THROW(run(longer), DataError) << "another configuration";
}

TEST_F(TrainerTest, GoesOnWithWhatAnOlderProgramBegan) {
  TrainingJob old = job("old.h5");
  old.max_iterations = 10;
  EXPECT_THROW(run(old), RetryError);
  const auto unfinished = newest_of(old.output);
  storage::RunRecord record = storage::read_run(unfinished);
  record.configuration.erase("failure");
  ASSERT_EQ(record.validation.columns.back().name, "misses");
  storage::Provenance provenance;
  provenance.configuration = Json::object();
  storage::write_run(unfinished, record, provenance, {.overwrite = true});
  old.max_iterations = 0;
  train(old, lose_first_class, named_train(), {}, log_);
  EXPECT_EQ(storage::read_run(old.output).validation.find("cases"), nullptr);
}

TEST_F(TrainerTest, RefusesADatasetWithNobodyToTrainOn) {
  std::filesystem::remove(data_);
  write_small_dataset(data_, "validation");
  try {
    run(job("empty.h5"));
    FAIL() << "trained on nothing";
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), data_.string() + ": no case belongs to the split \"train\"");
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "empty.h5"));
  EXPECT_FALSE(is_unfinished(folder_.path() / "empty.h5"));
}

// The least that a network takes; most such patches hold a single class.
TEST_F(TrainerTest, PatchesOfTwoPixelsTrainToFiniteNumbers) {
  const Json smallest = {
      {"plan", {{"patch_size", {1, 2}}, {"strides", {{1, 1}}}, {"kernels", {{3, 3}, {3, 3}}}}}};
  for (const losses::LossEntry& entry : losses::all_losses()) {
    Json changes = smallest;
    changes["epochs"] = 1;
    TrainingJob tiny = job(entry.name + ".h5", changes);
    tiny.config.loss = {{"name", entry.name}};
    const TrainingResult result = train(tiny, count_weights, named_train(), {}, log_);
    EXPECT_EQ(result.divergence, "") << entry.name;
    const storage::RunRecord run = storage::read_run(tiny.output);
    EXPECT_TRUE(std::isfinite(run.training.find("loss")->values[0])) << entry.name;
  }
}

TEST_F(TrainerTest, BfloatNamesTheFirstNumberThatIsNotFinite) {
  const TrainingJob diverging =
      job("diverging.h5",
          {{"precision", "bfloat16"}, {"optimizer", {{"learning-rate", 1e30}}}, {"epochs", 30}});
  const std::string said = describe(train(diverging, count_weights, named_train(), {}, log_));
  for (const char* part : {"epoch 1, iteration ", " is not finite; cases: ", "case", " slice "}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << " is not in " << said;
  }
  const bool tensor = said.find("the logits of output 0 is not finite") != std::string::npos ||
                      said.find("the gradient of ") != std::string::npos;
  EXPECT_TRUE(tensor) << said;
}

TEST_F(TrainerTest, EveryPrecisionTrains) {
  for (const char* precision : {"float64", "bfloat16"}) {
    const std::string output = std::string(precision) + ".h5";
    run(job(output, {{"precision", precision}}));
    const auto record = storage::read_run(folder_.path() / output);
    EXPECT_EQ(record.weights.front().element_type,
              std::string(precision) == "float64" ? "float64" : "float32");
  }
}

class GpuTrainerTest : public TrainerTest {
 protected:
  TrainingJob gpu_job(const std::string& output) const {
    TrainingJob made = job(output);
    made.device = torch::Device(torch::kCUDA, 0);
    return made;
  }
};

TEST_F(GpuTrainerTest, SameBytesTwiceRecordedOrNotAndResumed) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  run(gpu_job("whole.h5"));
  const std::string whole = bytes_of(folder_.path() / "whole.h5");
  run(gpu_job("again.h5"));
  EXPECT_EQ(bytes_of(folder_.path() / "again.h5"), whole);
  TrainingJob eager = gpu_job("eager.h5");
  eager.record_steps = false;
  run(eager);
  EXPECT_EQ(bytes_of(eager.output), whole);
  const TrainingJob pieces = gpu_job("pieces.h5");
  EXPECT_GE(run_in_pieces(pieces), 5);
  EXPECT_EQ(bytes_of(pieces.output), whole);
}

}  // namespace
}  // namespace regionwise::training
