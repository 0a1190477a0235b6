#include "training/adam.hpp"

#include <ATen/Parallel.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>
#include <vector>

#include "core/multiversion.hpp"
#include "training/adam_state.hpp"

namespace regionwise::training {
namespace {

using torch::Tensor;
using torch::optim::AdamOptions;

/// Numbers that are worked on in one go; threads share out such pieces.
constexpr std::int64_t kPiece = 1 << 15;

struct Piece {
  std::size_t parameter;
  std::int64_t first;
  std::int64_t count;
};

std::vector<Tensor> with_gradient(torch::optim::Adam& optimizer) {
  std::vector<Tensor> parameters;
  for (auto& group : optimizer.param_groups()) {
    for (const Tensor& parameter : group.params()) {
      if (parameter.grad().defined()) parameters.push_back(parameter);
    }
  }
  return parameters;
}

/// Whether all gradients can be walked through as plain arrays of the parameters' one type.
bool are_plain_arrays(const std::vector<Tensor>& parameters) {
  return std::all_of(parameters.begin(), parameters.end(), [&](const Tensor& parameter) {
    const Tensor& gradient = parameter.grad();
    const auto type = parameter.scalar_type();
    return parameter.is_cpu() && (type == torch::kFloat32 || type == torch::kFloat64) &&
           type == parameters.front().scalar_type() && gradient.scalar_type() == type &&
           gradient.layout() == torch::kStrided && gradient.is_non_overlapping_and_dense() &&
           parameter.is_non_overlapping_and_dense();
  });
}

std::vector<Piece> pieces_of(const std::vector<Tensor>& parameters) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::int64_t size = parameters[i].numel();
    for (std::int64_t first = 0; first < size; first += kPiece) {
      pieces.push_back({i, first, std::min(kPiece, size - first)});
    }
  }
  return pieces;
}

template <class Body>
void for_each_piece(const std::vector<Piece>& pieces, const Body& body) {
  at::parallel_for(0, std::ssize(pieces), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(static_cast<std::size_t>(i));
  });
}

/// Sums kept apart, so that the compiler may add them as vectors.
constexpr std::int64_t kSums = 64;

template <class A>
REGIONWISE_INLINE double sum_of_squares(const A* values, std::int64_t count) {
  A sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (std::int64_t j = 0; j < kSums; ++j) sums[j] += values[i + j] * values[i + j];
  }
  double sum = 0;
  for (; i < count; ++i) sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  for (const A part : sums) sum += static_cast<double>(part);
  return sum;
}

template <class A>
struct Rule {
  A gradient_scale;
  A weight_decay;
  A beta1;
  A beta2;
  A rest1;  ///< 1 − β₁
  A rest2;
  A step_size;      ///< Learning rate divided by mean's bias correction.
  A spread_factor;  ///< Divides the root of the mean square: the root of its bias correction.
  A epsilon;
};

template <class A>
REGIONWISE_INLINE void update(
    A* parameter, const A* gradient, A* mean, A* square, std::int64_t count, const Rule<A>& rule) {
  for (std::int64_t i = 0; i < count; ++i) {
    const A g = gradient[i] * rule.gradient_scale + parameter[i] * rule.weight_decay;
    mean[i] = mean[i] * rule.beta1 + g * rule.rest1;
    square[i] = square[i] * rule.beta2 + g * g * rule.rest2;
    const A spread = std::sqrt(square[i]) / rule.spread_factor + rule.epsilon;
    parameter[i] -= rule.step_size * mean[i] / spread;
  }
}

// What is compiled for several processors must be plain functions: one of each a type.
REGIONWISE_MULTIVERSION double squares_of(const float* values, std::int64_t count) {
  return sum_of_squares(values, count);
}
REGIONWISE_MULTIVERSION double squares_of(const double* values, std::int64_t count) {
  return sum_of_squares(values, count);
}
REGIONWISE_MULTIVERSION void update_piece(float* __restrict parameter,
                                          const float* __restrict gradient,
                                          float* __restrict mean,
                                          float* __restrict square,
                                          std::int64_t count,
                                          const Rule<float>& rule) {
  const Rule<float> copy = rule;
  update(parameter, gradient, mean, square, count, copy);
}
REGIONWISE_MULTIVERSION void update_piece(double* __restrict parameter,
                                          const double* __restrict gradient,
                                          double* __restrict mean,
                                          double* __restrict square,
                                          std::int64_t count,
                                          const Rule<double>& rule) {
  const Rule<double> copy = rule;
  update(parameter, gradient, mean, square, count, copy);
}

template <class A>
double plain_norm(const std::vector<Tensor>& parameters) {
  const std::vector<Piece> pieces = pieces_of(parameters);
  std::vector<double> squares(pieces.size());
  for_each_piece(pieces, [&](std::size_t i) {
    const Piece& piece = pieces[i];
    const A* values = parameters[piece.parameter].grad().template data_ptr<A>() + piece.first;
    squares[i] = squares_of(values, piece.count);
  });
  double sum = 0;
  for (const double square : squares) sum += square;
  return std::sqrt(sum);
}

template <class A>
Rule<A> rule_of(const AdamOptions& options, std::int64_t step, double gradient_scale) {
  const auto [beta1, beta2] = options.betas();
  const double correction1 = 1 - std::pow(beta1, static_cast<double>(step));
  const double correction2 = 1 - std::pow(beta2, static_cast<double>(step));
  return {.gradient_scale = static_cast<A>(gradient_scale),
          .weight_decay = static_cast<A>(options.weight_decay()),
          .beta1 = static_cast<A>(beta1),
          .beta2 = static_cast<A>(beta2),
          .rest1 = static_cast<A>(1 - beta1),
          .rest2 = static_cast<A>(1 - beta2),
          .step_size = static_cast<A>(options.lr() / correction1),
          .spread_factor = static_cast<A>(std::sqrt(correction2)),
          .epsilon = static_cast<A>(options.eps())};
}

template <class A>
struct Job {
  A* parameter;
  const A* gradient;
  A* mean;
  A* square;
  Rule<A> rule;
};

template <class A>
void plain_step(torch::optim::Adam& optimizer,
                const std::vector<Tensor>& parameters,
                double gradient_scale) {
  std::vector<Job<A>> jobs;
  std::vector<Tensor> gradients;  // those that had another order live as long as the jobs
  for (auto& group : optimizer.param_groups()) {
    const auto& options = static_cast<const AdamOptions&>(group.options());
    for (const Tensor& parameter : group.params()) {
      Tensor gradient = parameter.grad();
      if (!gradient.defined()) continue;
      if (gradient.strides() != parameter.strides()) {
        gradient = torch::empty_like(parameter, torch::MemoryFormat::Preserve).copy_(gradient);
      }
      auto& state = adam_state_of(optimizer, parameter);
      state.step(state.step() + 1);
      jobs.push_back({parameter.data_ptr<A>(),
                      gradient.data_ptr<A>(),
                      state.exp_avg().template data_ptr<A>(),
                      state.exp_avg_sq().template data_ptr<A>(),
                      rule_of<A>(options, state.step(), gradient_scale)});
      gradients.push_back(gradient);
    }
  }
  const std::vector<Piece> pieces = pieces_of(parameters);
  for_each_piece(pieces, [&](std::size_t i) {
    const Piece& piece = pieces[i];
    const Job<A>& job = jobs[piece.parameter];
    update_piece(job.parameter + piece.first,
                 job.gradient + piece.first,
                 job.mean + piece.first,
                 job.square + piece.first,
                 piece.count,
                 job.rule);
  });
}

bool uses_amsgrad(torch::optim::Adam& optimizer) {
  const auto& groups = optimizer.param_groups();
  return std::any_of(groups.begin(), groups.end(), [](const auto& group) {
    return static_cast<const AdamOptions&>(group.options()).amsgrad();
  });
}

}  // namespace

torch::optim::AdamParamState& adam_state_of(torch::optim::Adam& optimizer,
                                            const Tensor& parameter) {
  auto* state = adam_state(optimizer, parameter);
  if (state == nullptr) {
    auto begun = std::make_unique<torch::optim::AdamParamState>();
    begun->step(0);
    begun->exp_avg(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
    begun->exp_avg_sq(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
    set_adam_state(optimizer, parameter, std::move(begun));
    state = adam_state(optimizer, parameter);
  }
  const auto like_parameter = [&](Tensor& tensor) {
    if (tensor.strides() == parameter.strides()) return;
    tensor = torch::empty_like(parameter, torch::MemoryFormat::Preserve).copy_(tensor);
  };
  like_parameter(state->exp_avg());
  like_parameter(state->exp_avg_sq());
  return *state;
}

double gradient_norm(torch::optim::Adam& optimizer) {
  const std::vector<Tensor> parameters = with_gradient(optimizer);
  if (parameters.empty()) return 0;
  if (are_plain_arrays(parameters)) {
    return parameters.front().scalar_type() == torch::kFloat32 ? plain_norm<float>(parameters)
                                                               : plain_norm<double>(parameters);
  }
  std::vector<Tensor> norms;
  for (const Tensor& parameter : parameters) {
    norms.push_back(torch::linalg_vector_norm(parameter.grad(), 2));
  }
  return torch::linalg_vector_norm(torch::stack(norms), 2).item<double>();
}

void adam_step(torch::optim::Adam& optimizer, double gradient_scale) {
  const torch::NoGradGuard no_grad;
  const std::vector<Tensor> parameters = with_gradient(optimizer);
  if (!are_plain_arrays(parameters) || uses_amsgrad(optimizer)) {
    for (const Tensor& parameter : parameters) {
      if (gradient_scale != 1) parameter.grad().mul_(gradient_scale);
    }
    optimizer.step();
    return;
  }
  if (parameters.empty()) return;
  if (parameters.front().scalar_type() == torch::kFloat32) {
    plain_step<float>(optimizer, parameters, gradient_scale);
  } else {
    plain_step<double>(optimizer, parameters, gradient_scale);
  }
}

}  // namespace regionwise::training
