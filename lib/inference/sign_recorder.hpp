#pragma once

#include <cstdint>
#include <vector>

#include "storage/dataset_file.hpp"
#include "training/hooks.hpp"

namespace regionwise::inference {

/// A slice of a case of a dataset.
struct SliceChoice {
  std::size_t case_index = 0;
  std::int64_t slice = 0;
};

/// Which slices are pictured: those with the most foreground classes, among equals with the most
/// foreground, then the first; one of each case first, more of a case where there are fewer cases
/// than `count`. A function of the labels alone, so the same in every training on a dataset.
std::vector<SliceChoice> choose_slices(const storage::DatasetReader& dataset,
                                       const std::vector<std::size_t>& cases,
                                       std::size_t count);

/// Negative entries of the region-wise loss's derivative by the logits of one pixel (Valverde and
/// Tohka, Eq. 2): of y_k Σ_l y_l (z_k − z_l), k = 0 … K−1. z: values of the map, y: softmax; the
/// K numbers of each lie `step` apart. In 0 … K−1: where z is largest it never is negative.
int negative_entries(const double* z, const float* y, std::int64_t classes, std::int64_t step);

/// What `train --record-signs` runs: on the cases that the training validates on, whole slices as
/// `evaluate` segments them (a sliding window, not mirrored), the map of each slice by itself (a
/// training sees that of its patches). Four slices are pictured, see choose_slices; all are
/// counted.
training::RecordSigns make_sign_recorder(const storage::DatasetReader& dataset,
                                         const storage::MapsReader* maps,
                                         const planning::Plan& plan,
                                         const training::TrainingConfig& config);

}  // namespace regionwise::inference
