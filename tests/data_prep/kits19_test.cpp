#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/error.hpp"
#include "sources/adapter.hpp"
#include "sources/case_reader.hpp"
#include "sources/conversion.hpp"
#include "storage/nifti.hpp"
#include "storage/orientation.hpp"
#include "support/golden.hpp"
#include "support/image_files.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::sources {
namespace {

using testing::TemporaryFolder;

void write_case(const std::filesystem::path& folder) {
  testing::write_image(folder / "imaging.nii.gz");
  testing::write_label(folder / "segmentation.nii.gz", {0, 1, 2});
}

TEST(Kits19, EvenCasesTrainAndErrataAreKnown) {
  const TemporaryFolder folder;
  for (const char* name : {"case_00000", "case_00003", "case_00015", "case_00024"})
    write_case(folder / (std::string("data/") + name));
  // Cases from 210 on come without labels.
  testing::write_image(folder / "data/case_00210/imaging.nii.gz");
  Log log("test", Verbosity::quiet);
  const Description description = find_description("kits19");
  const SourceData source = find_cases(description, folder.path(), log);
  ASSERT_EQ(source.cases.size(), 4U);
  EXPECT_EQ(source.cases[0].split, "train");
  EXPECT_EQ(source.cases[1].split, "validation");
  EXPECT_EQ(source.cases[3].split, "train");
  EXPECT_EQ(source.channels, (std::vector<std::string>{"CT"}));
  FindOptions options;
  options.skip_errata = true;
  const SourceData sound = find_cases(description, folder / "data", log, options);
  EXPECT_EQ(sound.cases.size(), 3U);
  ASSERT_EQ(sound.left_out.size(), 1U);
  EXPECT_EQ(sound.left_out[0].first, "case_00015");
  EXPECT_EQ(description.errata.size(), 4U);
  ASSERT_TRUE(description.slices.has_value());
  const RawCase raw = read_case(source.cases[0], source, false, &log);
  const RawCase done = convert_slices(raw, *description.slices, ConversionPreset::authors);
  EXPECT_EQ(done.label.shape, (Shape3{3, 256, 256}));
}

TEST(Kits19, SpacingIsComparedWithKitsJson) {
  const TemporaryFolder folder;
  storage::ImageGeometry grid = testing::small_grid();
  grid.spacing_mm = {4, 1, 1};
  grid.world_from_voxel = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 4, 0}}};
  for (const char* name : {"case_00000", "case_00001", "case_00002"}) {
    testing::write_image(folder / (std::string(name) + "/imaging.nii.gz"), grid);
    testing::write_label(folder / (std::string(name) + "/segmentation.nii.gz"), {0, 1}, grid);
  }
  testing::write_bytes(folder / "kits.json", R"([
    {"case_id": "case_00000", "captured_pixel_width": 1.001, "captured_slice_thickness": 1},
    {"case_id": "case_00001", "captured_pixel_width": 0.8, "captured_slice_thickness": 4}])");
  FILE* sink = std::tmpfile();
  Log log("test", Verbosity::normal, sink);
  Description kits19 = find_description("kits19");
  kits19.patients = 0;  // so few are warned of
  const SourceData source = find_cases(kits19, folder.path(), log);
  for (const CaseFiles& files : source.cases) read_case(files, source, false, &log);
  std::rewind(sink);
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), sink));
  std::fclose(sink);
  EXPECT_NE(text.find("case_00001/imaging.nii.gz: pixels of 1 x 1 mm, but kits.json says 0.8 mm"),
            std::string::npos)
      << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  for (const char* broken : {"{", "{}", R"([{"case_id": "case_00000"}])"}) {
    testing::write_bytes(folder / "kits.json", broken);
    EXPECT_THROW(find_cases(find_description("kits19"), folder.path(), log), DataError) << broken;
  }
}

using Counts = std::array<std::int64_t, 3>;  ///< Voxels of background, kidney, tumour.

Counts count(const Volume<Label>& labels) {
  Counts counts{};
  for (const Label label : labels.values) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

/// Voxels of `converted` that are kidney although none of the source voxels they touch is. Both
/// hold the same slices from bottom to top; `source` others, without labels, between them.
std::int64_t invented_kidney(const Volume<Label>& source, const Volume<Label>& converted) {
  const std::int64_t height = converted.shape.height, width = converted.shape.width;
  std::int64_t invented = 0, slice = 0;
  for (std::int64_t z = 0; z < source.shape.depth; ++z) {
    const auto first = source.values.begin() + z * source.shape.slice_size();
    if (std::all_of(first, first + source.shape.slice_size(), [](Label l) { return l == 0; }))
      continue;
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        if (converted.at(slice, y, x) != 1) continue;
        bool any = false;
        for (auto v = y * source.shape.height / height; v * height < (y + 1) * source.shape.height;
             ++v) {
          for (auto u = x * source.shape.width / width; u * width < (x + 1) * source.shape.width;
               ++u)
            any = any || source.at(z, v, u) == 1;
        }
        invented += any ? 0 : 1;
      }
    }
    ++slice;
  }
  EXPECT_EQ(slice, converted.shape.depth);
  return invented;
}

double peak_gib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024 * 1024);
}

double percent(double part, double whole) {
  return 100 * part / whole;
}

/// Takes a label, in place of the image too, through everything that happens to a case.
void convert_both_ways(const CaseFiles& files, const SourceData& source, Log& log) {
  const SliceConversion how = *find_description("kits19").slices;
  RawCase raw = read_case(files, source, false, &log);
  const Volume<Label> canonical = raw.label;
  const Shape3 stored_shape = raw.geometry.shape;
  {
    const auto read = storage::read_nifti_classes(files.label, source.label_map);
    const auto back =
        storage::to_stored(raw.label.values, stored_shape, storage::orientation_of(raw.geometry));
    EXPECT_TRUE(back == read.classes.values) << "the way back is exact";
  }
  const Counts before = count(canonical);
  const Spacing3 spacing = storage::canonical_geometry(raw.geometry).spacing_mm;
  const RawCase authors = convert_slices(raw, how, ConversionPreset::authors);
  const RawCase paper = convert_slices(std::move(raw), how, ConversionPreset::paper);
  EXPECT_EQ(authors.geometry.spacing_mm, spacing);
  EXPECT_DOUBLE_EQ(paper.geometry.spacing_mm[1],
                   spacing[1] * static_cast<double>(canonical.shape.height) / 256);
  EXPECT_DOUBLE_EQ(paper.geometry.spacing_mm[2],
                   spacing[2] * static_cast<double>(canonical.shape.width) / 256);
  const Counts a = count(authors.label), p = count(paper.label);
  const auto invented = static_cast<double>(invented_kidney(canonical, authors.label));
  EXPECT_EQ(invented_kidney(canonical, paper.label), 0);
  const double reduction =
      static_cast<double>(canonical.shape.slice_size()) / static_cast<double>(256 * 256);
  const auto growth = [&](const Counts& after, std::size_t k) {
    return percent(reduction * static_cast<double>(after[k]), static_cast<double>(before[k])) - 100;
  };
  std::printf(
      "%s %4lld of %4lld slices; authors: kidney %+.1f %%, tumour %+.1f %%, invented kidney %.1f "
      "%% of "
      "the tumour; paper: kidney %+.1f %%, tumour %+.1f %%; peak %.2f GiB\n",
      files.id.c_str(),
      static_cast<long long>(authors.label.shape.depth),
      static_cast<long long>(canonical.shape.depth),
      growth(a, 1),
      growth(a, 2),
      percent(invented, static_cast<double>(a[2])),
      growth(p, 1),
      growth(p, 2),
      peak_gib());
  // Half-way values round up: the bicubic kidney grows, the nearest one hardly changes.
  EXPECT_GT(growth(a, 1), 1);
  EXPECT_LT(std::abs(growth(p, 1)), 1.5);
  EXPECT_GT(invented, 0);
}

TEST(Kits19, LabelsWithoutImagesAreProblems) {
  const auto root = testing::data_folder("KiTS19_labels");
  if (root.empty()) GTEST_SKIP() << "no KiTS19_labels in REGIONWISE_DATA";
  Log log("test", Verbosity::quiet);
  const SourceData found = find_cases(find_description("kits19"), root, log);
  EXPECT_EQ(found.problems.size(), 12U) << "the images are not there";
}

TEST(Kits19, EveryRealLabelIsTurnedConvertedAndTurnedBackBelow4GiB) {
  const auto root = testing::data_folder("KiTS19_labels");
  if (root.empty()) GTEST_SKIP() << "no KiTS19_labels in REGIONWISE_DATA";
  Log log("test", Verbosity::quiet);
  // The images are not there: the labels stand for them.
  Description description = find_description("kits19");
  description.images = {description.label};
  SourceData source = find_cases(description, root, log);
  check_headers(source, false);
  EXPECT_TRUE(source.problems.empty());
  ASSERT_EQ(source.cases.size(), 12U);
  for (const CaseFiles& files : source.cases) {
    SCOPED_TRACE(files.id);
    convert_both_ways(files, source, log);
  }
  EXPECT_LT(peak_gib(), 4);
}

}  // namespace
}  // namespace regionwise::sources
