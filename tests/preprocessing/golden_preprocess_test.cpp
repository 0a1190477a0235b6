// Crop, resampling, normalisation and the way back against the reference (preprocess.h5).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "planning/crop.hpp"
#include "planning/intensity.hpp"
#include "preprocessing/preprocess.hpp"
#include "preprocessing/restore.hpp"
#include "storage/hdf5.hpp"
#include "support/golden.hpp"

namespace regionwise::preprocessing {
namespace {

using planning::crop_to_nonzero;
using planning::CroppedCase;
using planning::IntensityCollector;
using planning::IntensityStatistics;
using planning::Plan;
using sources::RawCase;

constexpr double kImageTolerance = 1e-4;
constexpr double kLabelTolerance = 0.005;   // share of voxels
constexpr double kExportTolerance = 0.001;  // share of voxels

/// A case of the golden file and the plan of its data set.
struct GoldenCase {
  const storage::Hdf5Reader& file;
  std::string group;
  Plan plan;

  template <class T>
  std::vector<T> read(const std::string& name) const {
    return file.read<T>(group + "/" + name, file.extents(group + "/" + name));
  }
  bool has(const std::string& name) const {
    const auto names = file.children(group);
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  Shape3 shape(const std::string& name) const {
    const auto extents = file.extents(group + "/" + name);
    const std::size_t n = extents.size();
    return {extents[n - 3], extents[n - 2], extents[n - 1]};
  }

  RawCase raw(bool with_label) const {
    RawCase raw;
    raw.id = group;
    raw.channels = static_cast<int>(file.extents(group + "/raw_data")[0]);
    raw.image = read<float>("raw_data");
    raw.geometry.shape = shape("raw_data");
    const auto spacing = file.reals_attribute(group, "spacing_zyx");
    for (std::size_t i = 0; i < 3; ++i) {
      raw.geometry.spacing_mm[i] = spacing[i];
      raw.geometry.world_from_voxel[i][i] = spacing[2 - i];
    }
    if (!with_label) return raw;
    raw.label.shape = raw.geometry.shape;
    for (const auto value : read<std::uint8_t>("raw_seg")) {
      raw.label.values.push_back(static_cast<Label>(value));
    }
    return raw;
  }
};

Plan golden_plan(const Json& golden) {
  Plan plan;
  plan.axis_order = golden.at("transpose_forward").get<std::array<int, 3>>();
  plan.target_spacing_mm = golden.at("target_spacing_transposed").get<Spacing3>();
  plan.normalization = golden.at("normalization_schemes").get<std::vector<std::string>>();
  plan.normalize_inside_mask = golden.at("use_mask_for_norm").at(0).get<bool>();
  if (golden.at("intensity").is_null()) return plan;
  for (std::size_t c = 0; c < plan.normalization.size(); ++c) {
    const Json& one = golden.at("intensity").at(std::to_string(c));
    plan.intensities.push_back({one.at("mean").get<double>(),
                                one.at("sd").get<double>(),
                                one.at("median").get<double>(),
                                one.at("mn").get<double>(),
                                one.at("mx").get<double>(),
                                one.at("percentile_00_5").get<double>(),
                                one.at("percentile_99_5").get<double>()});
  }
  return plan;
}

/// Calls check(case) for every case of the file.
template <class Check>
void for_each_case(const Check& check) {
  const storage::Hdf5Reader file(regionwise::testing::golden_file("preprocess.h5"));
  std::size_t cases = 0;
  for (const auto& set : file.children("/")) {
    const Plan plan =
        golden_plan(parse_json(file.text_attribute("/" + set, "plan"), "preprocess.h5:/" + set));
    for (const auto& name : file.children("/" + set)) {
      SCOPED_TRACE(set + "/" + name);
      check(GoldenCase{file, "/" + set + "/" + name, plan});
      ++cases;
    }
  }
  ASSERT_GT(cases, 0U);
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(a[i] - b[i])));
  }
  return largest;
}

template <class A, class B>
double share_of_differences(const std::vector<A>& a, const std::vector<B>& b) {
  if (a.size() != b.size()) return 1;
  std::size_t different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different += a[i] != b[i] ? 1 : 0;
  return static_cast<double>(different) / static_cast<double>(a.size());
}

TEST(GoldenPreprocess, CropsExactly) {
  for_each_case([](const GoldenCase& one) {
    const CroppedCase cropped = crop_to_nonzero(one.raw(true));
    const auto box = one.read<std::int64_t>("bbox");
    for (std::size_t axis = 0; axis < 3; ++axis) {
      EXPECT_EQ(cropped.box.start[axis], box[2 * axis]);
    }
    EXPECT_EQ(cropped.box.shape, (Shape3{box[1] - box[0], box[3] - box[2], box[5] - box[4]}));
    EXPECT_EQ(cropped.image, one.read<float>("cropped_data"));
    EXPECT_EQ(cropped.label.values, one.read<std::int8_t>("cropped_seg"));
  });
}

/// Both kernels for slices that are resized one by one: Catmull-Rom as in scikit-image 0.18, the
/// B-spline as later. Files leave the older result out where both are the same.
TEST(GoldenPreprocess, ResamplesAndNormalises) {
  for_each_case([](const GoldenCase& one) {
    for (const auto kernel : {geometry::Kernel::cubic_bspline, geometry::Kernel::catmull_rom}) {
      const bool older = kernel == geometry::Kernel::catmull_rom && one.has("data_sk018");
      const std::string suffix = older ? "_sk018" : "";
      Plan plan = one.plan;
      plan.slice_kernel = kernel;
      const Preprocessed volume =
          preprocess(crop_to_nonzero(one.raw(true)), plan, MaskSource::label);
      EXPECT_EQ(volume.shape(), one.shape("data"));
      EXPECT_LE(largest_difference(volume.image, one.read<float>("data" + suffix)),
                kImageTolerance);
      EXPECT_LE(share_of_differences(
                    volume.label.values,
                    one.read<std::int8_t>((older && one.has("seg_sk018")) ? "seg_sk018" : "seg")),
                kLabelTolerance);
    }
  });
}

TEST(GoldenPreprocess, ImagesWithoutLabelComeOutTheSame) {
  for_each_case([](const GoldenCase& one) {
    if (one.file.integer_attribute(one.group, "test_data_equals_data") != 1) return;
    Plan plan = one.plan;
    plan.slice_kernel = geometry::Kernel::cubic_bspline;
    const Preprocessed volume =
        preprocess(crop_to_nonzero(one.raw(false)), plan, MaskSource::image);
    EXPECT_LE(largest_difference(volume.image, one.read<float>("data")), kImageTolerance);
  });
}

TEST(GoldenPreprocess, ExportReturnsToTheSource) {
  for_each_case([](const GoldenCase& one) {
    const RawCase raw = one.raw(true);
    const CroppedCase cropped = crop_to_nonzero(raw);
    const geometry::Box box = cropped.box;
    const Preprocessed volume = preprocess(cropped, one.plan, MaskSource::label);
    const auto classes = one.file.extents(one.group + "/export_softmax")[0];
    const auto softmax = one.read<float>("export_softmax");
    const auto plane = static_cast<std::size_t>(volume.shape().slice_size());
    const auto voxels = static_cast<std::size_t>(volume.shape().size());
    Restorer restorer(placement(raw.geometry, box, volume, one.plan), classes);
    for (std::int64_t z = 0; z < volume.shape().depth; ++z) {
      std::vector<float> slice;
      for (std::size_t k = 0; k < static_cast<std::size_t>(classes); ++k) {
        const auto first = softmax.begin() + static_cast<std::ptrdiff_t>(
                                                 k * voxels + static_cast<std::size_t>(z) * plane);
        slice.insert(slice.end(), first, first + static_cast<std::ptrdiff_t>(plane));
      }
      restorer.add_slice(z, slice);
    }
    EXPECT_LE(share_of_differences(std::move(restorer).finish().values,
                                   one.read<std::uint8_t>("export_seg")),
              kExportTolerance);
  });
}

/// The statistics that normalise CT are of the set's own cases.
TEST(GoldenPreprocess, CollectsTheIntensitiesOfCt) {
  const storage::Hdf5Reader file(regionwise::testing::golden_file("preprocess.h5"));
  std::size_t sets = 0;
  for (const auto& set : file.children("/")) {
    SCOPED_TRACE(set);
    const Json golden = parse_json(file.text_attribute("/" + set, "plan"), "preprocess.h5");
    const Plan plan = golden_plan(golden);
    const bool is_whole = golden.at("size_reductions").size() == file.children("/" + set).size();
    if (plan.intensities.empty() || !is_whole) continue;
    ++sets;
    IntensityCollector collector(plan.intensities.size());
    for (const auto& name : file.children("/" + set)) {
      collector.add(crop_to_nonzero(GoldenCase{file, "/" + set + "/" + name, plan}.raw(true)));
    }
    const auto found = collector.statistics();
    ASSERT_EQ(found.size(), plan.intensities.size());
    for (std::size_t c = 0; c < found.size(); ++c) {
      const IntensityStatistics& expected = plan.intensities[c];
      EXPECT_NEAR(found[c].mean, expected.mean, 1e-5 * expected.sd);
      EXPECT_NEAR(found[c].sd, expected.sd, 1e-5 * expected.sd);
      EXPECT_EQ(found[c].median, expected.median);
      EXPECT_EQ(found[c].minimum, expected.minimum);
      EXPECT_EQ(found[c].maximum, expected.maximum);
      EXPECT_NEAR(found[c].percentile_00_5, expected.percentile_00_5, 1e-3);
      EXPECT_NEAR(found[c].percentile_99_5, expected.percentile_99_5, 1e-3);
    }
  }
  if (sets == 0) GTEST_SKIP() << "the selection holds no CT set with all its cases";
}

}  // namespace
}  // namespace regionwise::preprocessing
