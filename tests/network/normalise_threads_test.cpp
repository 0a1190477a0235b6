// The GPU's norm, run by the processor thread after thread, against its own.
#include "network/normalise_pieces.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/utils.h>

#include <vector>

#include "network/normalise.hpp"
#include "network/normalise_threads.hpp"
#include "support/tensors.hpp"

namespace regionwise::network {
namespace {

using regionwise::testing::largest_difference;
using torch::Tensor;

/// Does what the kernels of normalise.cu do, in their order, with pieces of kWidth channels.
template <int kWidth, class T, class A>
class Kernels {
 public:
  Kernels(const Tensor& x, const Tensor& scale, const Tensor& shift)
      : samples_(x.size(0)),
        channels_(x.size(1)),
        pixels_(x.size(2) * x.size(3)),
        splits_(splits_of(pixels_)),
        x_(x.data_ptr<T>()),
        scale_(scale.data_ptr<A>()),
        shift_(shift.data_ptr<A>()) {}

  Tensor forward(const Tensor& like) {
    Tensor out = torch::empty_like(like);
    for (std::int64_t n = 0; n < samples_; ++n) {
      for (std::int64_t c = 0; c < channels_; ++c) {
        const auto origin = static_cast<A>(*values(n, c));
        const auto sums = sum([&](std::int64_t first, std::int64_t end) {
          return sum_values(values(n, c), channels_, first, end, kStripes, origin);
        });
        statistics_.push_back(
            statistics_of<A>(sums, static_cast<double>(origin), pixels_, kNormEpsilon));
      }
    }
    means_.resize(statistics_.size());
    for_each_share([&](std::int64_t place, const Pixels& pixels, const auto& channels) {
      activate_pieces<kWidth>(rows(x_ + place), pixels, channels, rows(out.data_ptr<T>() + place));
    });
    return out;
  }

  /// The gradients of x and, [2, C], of scale and shift; after forward().
  std::pair<Tensor, Tensor> backward(const Tensor& gradient) {
    Tensor x_gradient = torch::empty_like(gradient);
    Tensor totals = torch::zeros({2, channels_}, torch::kFloat64);
    const T* g = gradient.data_ptr<T>();
    for (std::int64_t n = 0; n < samples_; ++n) {
      for (std::int64_t c = 0; c < channels_; ++c) {
        const auto& statistics = statistics_[n * channels_ + c];
        const T* gradients = g + n * pixels_ * channels_ + c;
        const auto sums = sum([&](std::int64_t first, std::int64_t end) {
          return sum_gradients(gradients,
                               channels_,
                               values(n, c),
                               channels_,
                               first,
                               end,
                               kStripes,
                               statistics,
                               affine(c));
        });
        totals[0][c] += sums.second;
        totals[1][c] += sums.first;
        const PairOfSums<double> means = means_of(sums, pixels_);
        means_[n * channels_ + c] = {static_cast<A>(means.first), static_cast<A>(means.second)};
      }
    }
    for_each_share([&](std::int64_t place, const Pixels& pixels, const auto& channels) {
      differentiate_pieces<kWidth>(rows(g + place),
                                   rows(x_ + place),
                                   pixels,
                                   channels,
                                   rows(x_gradient.data_ptr<T>() + place));
    });
    return {x_gradient, totals};
  }

 private:
  const T* values(std::int64_t n, std::int64_t c) const { return x_ + n * pixels_ * channels_ + c; }
  ChannelAffine<A> affine(std::int64_t c) const {
    return {scale_[c], shift_[c], static_cast<A>(kLeak)};
  }

  template <class U>
  PieceRows<U> rows(U* first) const {
    return {first, channels_};
  }

  /// Calls body with what each thread of the last kernels serves: place of its piece at pixel 0,
  /// its pixels and its channels' numbers.
  template <class Body>
  void for_each_share(const Body& body) const {
    for (std::int64_t n = 0; n < samples_; ++n) {
      for (std::int64_t c = 0; c < channels_; c += kWidth) {
        PieceChannels<kWidth, A> channels;
        for (int i = 0; i < kWidth; ++i) {
          const std::int64_t channel = n * channels_ + c + i;
          channels.statistics[i] = statistics_[channel];
          channels.affine[i] = affine(c + i);
          channels.means[i] = means_[channel];
        }
        const std::int64_t slots = slots_of(pixels_);
        for (std::int64_t slot = 0; slot < slots; ++slot) {
          body(n * pixels_ * channels_ + c, Pixels{slot, pixels_, slots}, channels);
        }
      }
    }
  }

  /// Stripes of splits, as blocks of threads share them out.
  template <class Stripe>
  PairOfSums<double> sum(const Stripe& stripe) const {
    std::vector<PairOfSums<double>> splits;
    for (std::int64_t split = 0; split < splits_; ++split) {
      std::vector<PairOfSums<A>> stripes;
      for (std::int64_t row = 0; row < kStripes; ++row) {
        stripes.push_back(stripe(split_begin(pixels_, split, splits_) + row,
                                 split_begin(pixels_, split + 1, splits_)));
      }
      splits.push_back(total_of(stripes.data(), kStripes, 1));
    }
    return total_of(splits.data(), splits_, 1);
  }

  std::int64_t samples_;
  std::int64_t channels_;
  std::int64_t pixels_;
  std::int64_t splits_;
  const T* x_;
  const A* scale_;
  const A* shift_;
  std::vector<ChannelStatistics<A>> statistics_;
  std::vector<PairOfSums<A>> means_;
};

struct Inputs {
  Tensor x;
  Tensor gradient;
  Tensor scale;
  Tensor shift;
};

Inputs random_inputs(at::IntArrayRef sizes,
                     double mean,
                     torch::ScalarType type,
                     torch::ScalarType wide) {
  torch::manual_seed(3);
  const auto like = [&](const Tensor& tensor) {
    return tensor.to(type).contiguous(torch::MemoryFormat::ChannelsLast);
  };
  return {like(torch::randn(sizes) + mean),
          like(torch::randn(sizes)),
          torch::randn({sizes[1]}).to(wide),
          torch::randn({sizes[1]}).to(wide)};
}

template <int kWidth, class T, class A>
void expect_the_processors(at::IntArrayRef sizes, double mean, double tolerance) {
  const auto type = torch::CppTypeToScalarType<T>::value;
  const Inputs in = random_inputs(sizes, mean, type, torch::CppTypeToScalarType<A>::value);
  const auto [out, statistics] = normalise(in.x, in.scale, in.shift);
  Kernels<kWidth, T, A> kernels(in.x, in.scale, in.shift);
  EXPECT_LE(largest_difference(kernels.forward(in.x), out), tolerance);
  const auto [x_gradient, scale_gradient, shift_gradient] =
      normalise_backward(in.gradient, in.x, in.scale, in.shift, statistics);
  const auto [found, totals] = kernels.backward(in.gradient);
  EXPECT_LE(largest_difference(found, x_gradient), tolerance);
  const double many = std::sqrt(static_cast<double>(in.x.numel()));
  EXPECT_LE(largest_difference(totals[0], scale_gradient), tolerance * many);
  EXPECT_LE(largest_difference(totals[1], shift_gradient), tolerance * many);
}

TEST(NormaliseThreads, GiveWhatTheProcessorDoes) {
  // Small, of several splits, and not divisible by anything.
  const std::vector<std::vector<std::int64_t>> shapes = {
      {2, 3, 1, 2}, {1, 5, 40, 41}, {2, 33, 7, 3}};
  for (const auto& sizes : shapes) {
    expect_the_processors<1, double, double>(sizes, 0, 1e-12);
    expect_the_processors<1, float, float>(sizes, 0, 2e-5);
    expect_the_processors<1, c10::BFloat16, float>(sizes, 0, 0.07);
  }
}

TEST(NormaliseThreads, GiveTheSameInWidePieces) {
  const std::vector<std::int64_t> sizes = {2, 24, 19, 31};
  expect_the_processors<kWidest<double>, double, double>(sizes, 0, 1e-12);
  expect_the_processors<kWidest<float>, float, float>(sizes, 0, 2e-5);
  expect_the_processors<kWidest<c10::BFloat16>, c10::BFloat16, float>(sizes, 0, 0.07);
}

TEST(NormaliseThreads, SurviveAMeanFarFromZero) {
  expect_the_processors<1, float, float>({1, 4, 40, 40}, 1000, 1e-3);
}

void expect_the_processors_on_a_gpu(std::int64_t channels,
                                    torch::ScalarType type,
                                    torch::ScalarType wide,
                                    double tolerance) {
  const Inputs in = random_inputs({3, channels, 50, 41}, 0, type, wide);
  const auto [out, statistics] = normalise(in.x, in.scale, in.shift);
  const auto run = [&] {
    const Tensor x = in.x.cuda();
    const Tensor scale = in.scale.cuda();
    const Tensor shift = in.shift.cuda();
    const auto [out, statistics] = normalise(x, scale, shift);
    const auto [dx, dscale, dshift] =
        normalise_backward(in.gradient.cuda(), x, scale, shift, statistics);
    return std::vector<Tensor>{out.cpu(), dx.cpu(), dscale.cpu(), dshift.cpu()};
  };
  const auto [dx, dscale, dshift] =
      normalise_backward(in.gradient, in.x, in.scale, in.shift, statistics);
  const std::vector<Tensor> expected = {out, dx, dscale, dshift};
  const std::vector<Tensor> found = run();
  const std::vector<Tensor> again = run();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_LE(largest_difference(found[i], expected[i]), tolerance * (i < 2 ? 1 : 100)) << i;
    EXPECT_TRUE(torch::equal(found[i], again[i])) << i;
  }
}

TEST(Normalise, SaysWhyADeviceIsNotServed) {
  EXPECT_EQ(missing_kernels(torch::kCPU), "");
  EXPECT_NE(missing_kernels(torch::kMeta), "");
  EXPECT_FALSE(normalises_on(torch::kMeta));
}

TEST(GpuNormalise, EqualsTheProcessorsTwiceTheSameBytes) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  if (!normalises_on(torch::kCUDA)) GTEST_SKIP() << missing_kernels(torch::kCUDA);
  for (const std::int64_t channels : {37, 40}) {  // single ones, and wide pieces
    expect_the_processors_on_a_gpu(channels, torch::kFloat64, torch::kFloat64, 1e-12);
    expect_the_processors_on_a_gpu(channels, torch::kFloat32, torch::kFloat32, 2e-5);
    expect_the_processors_on_a_gpu(channels, torch::kBFloat16, torch::kFloat32, 0.07);
  }
}

}  // namespace
}  // namespace regionwise::network
