#include "inference/sign_recorder.hpp"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include <fstream>
#include <iterator>
#include <numeric>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "inference/validation.hpp"
#include "maps/gradient.hpp"
#include "storage/run_file.hpp"
#include "training/small_dataset.hpp"
#include "training/trainer.hpp"

namespace regionwise::inference {
namespace {

using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_small_dataset;

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int negatives(const std::vector<double>& z, const std::vector<float>& y) {
  return negative_entries(z.data(), y.data(), static_cast<std::int64_t>(z.size()), 1);
}

TEST(NegativeEntries, AreThoseOfEquationTwo) {
  // Figure 2's vector: class 2 rises with the true class 3 where the mean of z lies above 4.
  EXPECT_EQ(negatives({12, 4, -3}, {0.8F, 0.1F, 0.1F}), 2);
  EXPECT_EQ(negatives({12, 4, -3}, {0.1F, 0.1F, 0.8F}), 1);
  EXPECT_EQ(negatives({10, 10, -3}, {0.8F, 0.1F, 0.1F}), 1);
  EXPECT_EQ(negatives({1, 1, 1}, {0.3F, 0.3F, 0.4F}), 0) << "equal values cancel exactly";
  EXPECT_EQ(negatives({0.1, 0.1, 0.1}, {0.1F, 0.2F, 0.7F}), 0);
  EXPECT_EQ(negatives({12, 4, -3}, {1, 0, 0}), 0) << "a saturated softmax has no gradient";
}

TEST(NegativeEntries, AgreeWithAutograd) {
  torch::manual_seed(3);
  for (int i = 0; i < 50; ++i) {
    const torch::Tensor z = torch::randn({5}, torch::kFloat64);
    const torch::Tensor phi = torch::randn({5}, torch::kFloat64).mul(2).requires_grad_(true);
    const torch::Tensor softmax = phi.softmax(0);
    (softmax * z).sum().backward();
    const torch::Tensor y = softmax.detach().to(torch::kFloat32).contiguous();
    EXPECT_EQ(negative_entries(z.data_ptr<double>(), y.data_ptr<float>(), 5, 1),
              phi.grad().lt(0).sum().item<int>());
  }
}

/// A softmax vector of K classes.
std::vector<double> draw_softmax(RandomStream& random, std::size_t classes) {
  std::vector<double> y(classes);
  double sum = 0;
  for (double& one : y) sum += one = 0.001 + random.uniform();
  for (double& one : y) one /= sum;
  return y;
}

TEST(SignRecorder, CountsTheNegativeEntriesOfEquation2) {
  RandomStream random(5, {.purpose = Purpose::test});
  std::vector<int> seen(7, 0);
  for (int i = 0; i < 2000; ++i) {
    const auto classes = static_cast<std::size_t>(2 + i % 5);
    const std::vector<double> y = draw_softmax(random, classes);
    std::vector<double> z(classes);
    for (double& one : z) one = 20 * random.uniform() - 10;
    // As tensors lie in memory: the classes of a pixel are a whole slice apart.
    constexpr std::size_t kStep = 3;
    std::vector<float> strided_y(classes * kStep);
    std::vector<double> strided_z(classes * kStep);
    for (std::size_t k = 0; k < classes; ++k) {
      strided_y[k * kStep] = static_cast<float>(y[k]);
      strided_z[k * kStep] = z[k];
    }
    std::vector<double> as_float(classes);
    for (std::size_t k = 0; k < classes; ++k) as_float[k] = strided_y[k * kStep];
    std::vector<double> gradient(classes);
    maps::region_wise_gradient(z, as_float, gradient);
    const int counted = negative_entries(
        strided_z.data(), strided_y.data(), static_cast<std::int64_t>(classes), kStep);
    ASSERT_EQ(counted, maps::count_negative(gradient)) << "K = " << classes;
    ++seen[static_cast<std::size_t>(counted)];
  }
  EXPECT_GT(seen[1], 0);
  EXPECT_GT(seen[4], 0);
}

TEST(SignRecorder, OfARectifiedMapExactlyOneIsNegative) {
  RandomStream random(6, {.purpose = Purpose::test});
  for (int i = 0; i < 500; ++i) {
    const std::vector<double> y = draw_softmax(random, 4);
    const std::vector<float> narrow(y.begin(), y.end());
    const std::vector<double> z = {1, 1, -random.uniform(), 1};
    EXPECT_EQ(negative_entries(z.data(), narrow.data(), 4, 1), 1);
  }
}

TEST(SignRecorder, AConstantMapHasNoNegativeEntry) {
  const std::vector<double> z = {0.3, 0.3, 0.3};
  const std::vector<float> y = {0.2F, 0.3F, 0.5F};
  EXPECT_EQ(negative_entries(z.data(), y.data(), 3, 1), 0);
}

class SignRecorderTest : public ::testing::Test {
 protected:
  SignRecorderTest() : data_(folder_.path() / "squares.h5") { write_small_dataset(data_); }

  training::TrainingJob job(const std::string& output,
                            const std::vector<std::int64_t>& sign_epochs,
                            const Json& loss = {{"name", "region-wise"},
                                                {"map", {{"name", "boundary"}}}}) const {
    training::TrainingJob job;
    job.data = data_;
    job.output = folder_.path() / output;
    job.config = training::parse_config({{"name", "small"},
                                         {"loss", loss},
                                         {"epochs", 3},
                                         {"iterations-per-epoch", 4},
                                         {"optimizer", {{"learning-rate", 0.01}}},
                                         {"validation", {{"every", 2}, {"hausdorff", false}}}},
                                        "test");
    job.seed = 11;
    job.sign_epochs = sign_epochs;
    job.make_sign_recorder = make_sign_recorder;
    return job;
  }
  storage::RunRecord run(const training::TrainingJob& job) {
    storage::Provenance provenance;
    provenance.program = "train";
    training::train(job, make_validator, provenance, {}, log_);
    return storage::read_run(job.output);
  }

  TemporaryFolder folder_;
  std::filesystem::path data_;
  Log log_{"train", Verbosity::quiet};
};

TEST_F(SignRecorderTest, ChoosesTheSlicesWithMostClassesOfDifferentCasesFirst) {
  const storage::DatasetReader dataset(data_);
  const auto cases = dataset.cases_of("validation");  // slices 0 and 1 of each hold both classes
  const auto chosen = choose_slices(dataset, cases, 3);
  ASSERT_EQ(chosen.size(), 3U);
  EXPECT_EQ(chosen[0].case_index, cases[0]);
  EXPECT_EQ(chosen[1].case_index, cases[1]);
  EXPECT_EQ(chosen[2].case_index, cases[0]);
  EXPECT_EQ(chosen[0].slice, 0);
  EXPECT_EQ(chosen[2].slice, 1);
  EXPECT_EQ(choose_slices(dataset, cases, 99).size(), 6U);
}

TEST_F(SignRecorderTest, CountsEveryPixelAtTheEpochsAsked) {
  const storage::RunRecord record = run(job("a.h5", {3, 1}));
  ASSERT_TRUE(record.signs.has_value());
  const storage::SignRecord& signs = *record.signs;
  EXPECT_EQ(signs.asked, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(signs.epochs, signs.asked);
  EXPECT_EQ(signs.map.at("name"), "boundary");
  ASSERT_EQ(signs.slices.size(), 4U);
  ASSERT_EQ(signs.pixels.size(), 6U);
  for (std::size_t e = 0; e < 2; ++e) {
    const auto first = signs.pixels.begin() + static_cast<std::ptrdiff_t>(3 * e);
    EXPECT_EQ(std::accumulate(first, first + 3, std::int64_t{0}), 2 * 3 * 20 * 18);
    EXPECT_GT(*first, 0) << "slices without foreground have no gradient";
    EXPECT_GT(first[1], 0);
  }
  const storage::SignRecord::Slice& slice = signs.slices[0];
  EXPECT_EQ(slice.case_id, "case1");
  EXPECT_EQ(slice.height, 20);
  EXPECT_EQ(slice.width, 18);
  EXPECT_EQ(slice.negatives.size(), 2U * 20 * 18);
  EXPECT_EQ(slice.labels[5 * 18 + 5], 1);
}

TEST_F(SignRecorderTest, LeavesTheTrainingAsItIs) {
  const storage::RunRecord with = run(job("with.h5", {1, 2, 3}));
  const storage::RunRecord without = run(job("without.h5", {}));
  EXPECT_FALSE(without.signs.has_value());
  ASSERT_EQ(with.weights.size(), without.weights.size());
  for (std::size_t i = 0; i < with.weights.size(); ++i) {
    EXPECT_EQ(with.weights[i].bytes, without.weights[i].bytes) << with.weights[i].name;
  }
  EXPECT_EQ(with.validation.find("dice")->values, without.validation.find("dice")->values);
}

TEST_F(SignRecorderTest, AResumedTrainingHasTheSameBytes) {
  run(job("whole.h5", {1, 2}));
  training::TrainingJob pieces = job("pieces.h5", {1, 2});
  int stops = 0;
  while (!std::filesystem::exists(pieces.output)) {
    pieces.max_iterations = 1 + stops++ % 3;
    try {
      run(pieces);
    } catch (const RetryError&) {
    }
  }
  EXPECT_GE(stops, 4);
  EXPECT_EQ(bytes_of(folder_.path() / "whole.h5"), bytes_of(pieces.output));
}

TEST_F(SignRecorderTest, ARequestIsPartOfTheJob) {
  training::TrainingJob stopped = job("a.h5", {1});
  stopped.max_iterations = 2;
  EXPECT_THROW(run(stopped), RetryError);
  EXPECT_THROW(run(job("a.h5", {2})), UsageError);
  EXPECT_THROW(run(job("b.h5", {0})), UsageError);
  EXPECT_THROW(run(job("b.h5", {4})), UsageError) << "there are but three epochs";
}

TEST_F(SignRecorderTest, FindsTheRegionWiseTermOfASumAndRefusesALossWithoutOne) {
  EXPECT_THROW(run(job("a.h5", {1}, {{"name", "dice"}})), UsageError);
  const Json sum = {{"name", "sum"},
                    {"terms", {{{"name", "dice"}}, {{"name", "region-wise"}}}},
                    {"weights", {{"kind", "equal"}}}};
  const storage::RunRecord record = run(job("b.h5", {1}, sum));
  EXPECT_EQ(record.signs->map.at("name"), "rectified");
  EXPECT_EQ(record.signs->pixels[2], 0) << "the rectified map pushes up one class at most";
}

}  // namespace
}  // namespace regionwise::inference
