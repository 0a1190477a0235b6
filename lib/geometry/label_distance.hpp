#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// Neighbours of one label in a row of an image: columns begin … end-1.
struct LabelRun {
  std::int32_t begin;
  std::int32_t end;
  Label label;

  bool operator==(const LabelRun&) const = default;
};

/// Exact squared Euclidean distances between the labels of an image, from pixel centre to pixel
/// centre; depth 1 is the 2-D transform. One object measures image after image and keeps its
/// memory. Equal to squared_distances() of distance_transform.hpp, the simple form, on the masks of
/// the labels.
///
/// T: std::int32_t for squared voxels of images that `fits` holds of; double for mm², and for
/// squared voxels of larger images (integers then too).
template <class T>
class LabelDistance {
 public:
  /// `step`: the distances between neighbours along z, y, x; all 1 where T is an integer.
  explicit LabelDistance(const Spacing3& step = {1, 1, 1});

  /// Whether distances in such an image can be measured in T.
  static bool fits(const Shape3& shape);

  /// Takes an image, which must outlive its use. No label may be negative.
  void load(VolumeView<Label> labels);

  /// Of row `row` of the image, 0 … depth × height - 1, from left to right.
  std::span<const LabelRun> runs(std::int64_t row) const {
    return std::span(runs_).subspan(row_starts_[row], row_starts_[row + 1] - row_starts_[row]);
  }
  /// How many pixels have the label.
  std::int64_t pixels(Label label) const { return pixels_[label]; }

  /// From every pixel to the nearest one of another label. Not every pixel may have the same. The
  /// result stays valid until the next call.
  std::span<const T> to_another();
  /// The largest of these among the pixels of a label; 0 where it has none.
  T deepest(Label label) const { return deepest_[label]; }

  /// From every pixel to the nearest one of `label`, which must occur; 0 on it. The result stays
  /// valid until the next call.
  std::span<const T> to(Label label);

 private:
  /// A parabola of a line's lower envelope.
  struct Parabola {
    double lifted;  ///< Height plus step² centre²: what intersections are calculated from.
    double from;    ///< Where it begins to be the lowest.
    T height;
    std::int32_t centre;
  };
  /// Counts of neighbours along the first axis.
  using Steps = std::conditional_t<std::is_integral_v<T>, std::int16_t, std::int32_t>;
  struct Kernels;

  std::int64_t rows() const { return shape_.depth * shape_.height; }
  /// Length of the axis along which steps are counted: z of a volume, y of an image.
  std::int64_t first_length() const { return shape_.depth == 1 ? shape_.height : shape_.depth; }
  void prepare(const Shape3& shape);
  void find_changes();
  /// A slice's columns that reach a site: what a row of it says holds of all its rows.
  void list_sites(const T* heights);
  std::span<const T> result() const;

  std::array<T, 3> step2_;
  Shape3 shape_{0, 0, 0};
  const Label* labels_ = nullptr;
  std::vector<LabelRun> runs_;
  std::vector<std::size_t> row_starts_;
  std::int64_t first_change_ = 0;  ///< The first row that differs from the one before it; rows()
  std::int64_t last_change_ = 0;   ///< where all are alike. The last such row.
  std::array<std::int64_t, 128> pixels_{};
  std::array<T, 128> deepest_{};
  // Room for the steps; of one slice: columns side by side, and what they give; a row; the result.
  std::vector<Steps> steps_;
  std::vector<T> columns_;
  std::vector<Label> column_labels_;
  std::vector<T> slice_;
  std::vector<T> row_;
  std::vector<std::int32_t> sites_;
  std::vector<std::int32_t> nearest_;  ///< Those that the last row's envelope had.
  std::vector<T> squared_;
  std::vector<Parabola> envelope_;
  std::vector<double> inverse_y_;  ///< 1 / (2 gap step²) for each gap between two pixels.
  std::vector<double> inverse_x_;
  // Of small images: room for a row, and the labels in rows of pitch_, which they do not fill.
  std::vector<std::int16_t> small_;
  std::vector<Label> padded_;
  std::int64_t pitch_ = 0;
};

}  // namespace regionwise::geometry
