#include "storage/nifti.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <numeric>

#include "core/error.hpp"
#include "core/random.hpp"
#include "storage/nifti_bytes.hpp"
#include "support/golden.hpp"
#include "support/not_a_number.hpp"
#include "support/temporary_folder.hpp"
#include "support/text.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::bytes_of;
using regionwise::testing::data_folder;
using regionwise::testing::files_in;
using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;
using testing::compress;
using testing::NiftiBytes;

using regionwise::testing::kNan;

using regionwise::testing::holds;

/// Calls body(version, big_endian) for every kind of header.
void for_each_header(const std::function<void(int, bool)>& body) {
  for (const int version : {1, 2}) {
    for (const bool big_endian : {false, true}) {
      SCOPED_TRACE(::testing::Message()
                   << "NIfTI-" << version << (big_endian ? " big" : " little"));
      body(version, big_endian);
    }
  }
}

/// 2 x 3 x 4 voxels of 1.25 x 1.5 x 10 mm.
NiftiBytes make_file(int version = 1, bool big_endian = false) {
  NiftiBytes file(version, big_endian);
  file.set_dim({3, 2, 3, 4}).set_pixdim({1, 1.25, 1.5, 10});
  std::vector<std::int16_t> voxels(24);
  std::iota(voxels.begin(), voxels.end(), std::int16_t{0});
  file.set_voxels(voxels);
  return file;
}

template <class T>
class NiftiTypes : public ::testing::Test {};
using VoxelTypes = ::testing::Types<std::int8_t,
                                    std::uint8_t,
                                    std::int16_t,
                                    std::uint16_t,
                                    std::int32_t,
                                    std::uint32_t,
                                    std::int64_t,
                                    std::uint64_t,
                                    float,
                                    double>;
TYPED_TEST_SUITE(NiftiTypes, VoxelTypes);

TYPED_TEST(NiftiTypes, AreReadInBothVersionsAndByteOrders) {
  const TemporaryFolder folder;
  using T = TypeParam;
  const std::vector<T> voxels = {0,
                                 1,
                                 2,
                                 100,
                                 static_cast<T>(std::is_signed_v<T> ? -3 : 3),
                                 static_cast<T>(sizeof(T) > 1 ? 30000 : 120)};
  for_each_header([&](int version, bool big_endian) {
    NiftiBytes file(version, big_endian);
    file.set_dim({3, 3, 2, 1}).set_voxels(voxels);
    write_bytes(folder / "x.nii", file.bytes());
    write_bytes(folder / "x.nii.gz", compress(file.bytes()));
    for (const std::string name : {"x.nii", "x.nii.gz"}) {
      const auto image = read_nifti(folder / name);
      EXPECT_EQ(image.values, std::vector<float>(voxels.begin(), voxels.end()));
      EXPECT_EQ(image.geometry.shape, (Shape3{1, 2, 3}));
      EXPECT_EQ(image.geometry.nifti_header.size(), version == 1 ? 348U : 540U);
      EXPECT_TRUE(std::equal(image.geometry.nifti_header.begin(),
                             image.geometry.nifti_header.end(),
                             reinterpret_cast<const std::uint8_t*>(file.bytes().data())));
      const auto labels = read_nifti_labels(folder / name).labels;
      EXPECT_EQ(labels.values, std::vector<std::int32_t>(voxels.begin(), voxels.end()));
    }
    // Slope and intercept.
    file.set_scaling(0.5, -10);
    write_bytes(folder / "x.nii", file.bytes());
    EXPECT_EQ(read_nifti(folder / "x.nii").values[3], 40.0F);
    EXPECT_EQ(read_nifti(folder / "x.nii").values[0], -10.0F);
  });
}

TEST(Nifti, SlopeZeroOrNanMeansNone) {
  const TemporaryFolder folder;
  for (const double slope : {0.0, kNan}) {
    write_bytes(folder / "x.nii", make_file().set_scaling(slope, 7).bytes());
    EXPECT_EQ(read_nifti(folder / "x.nii").values[5], 5.0F);
  }
  write_bytes(folder / "x.nii", make_file().set_scaling(1, kNan).bytes());
  EXPECT_TRUE(holds(message_of<DataError>([&] { read_nifti(folder / "x.nii"); }),
                    "x.nii: impossible intercept"));
}

TEST(Nifti, ReadsTwoToFourAxes) {
  const TemporaryFolder folder;
  const auto read = [&](const std::vector<std::int64_t>& dim) {
    NiftiBytes file(1, false);
    std::vector<std::uint8_t> voxels(24);
    std::iota(voxels.begin(), voxels.end(), std::uint8_t{0});
    write_bytes(folder / "x.nii", file.set_dim(dim).set_voxels(voxels).bytes());
    return read_nifti(folder / "x.nii");
  };
  EXPECT_EQ(read({2, 6, 4}).geometry.shape, (Shape3{1, 4, 6}));
  EXPECT_EQ(read({3, 6, 4, 1}).geometry.shape, (Shape3{1, 4, 6}));
  EXPECT_EQ(read({4, 6, 2, 2, 1}).channels, 1);
  EXPECT_EQ(read({7, 6, 2, 2, 1, 1, 1, 1}).channels, 1);
  const auto image = read({4, 3, 2, 1, 4});
  EXPECT_EQ(image.channels, 4);
  EXPECT_EQ(image.geometry.shape, (Shape3{1, 2, 3}));
  EXPECT_EQ(image.values[6], 6.0F);
  EXPECT_THROW(read_nifti_labels(folder / "x.nii"), DataError);
}

TEST(Nifti, TakesTheAffineFromSformThenQformThenSpacing) {
  const TemporaryFolder folder;
  using Affine = decltype(ImageGeometry::world_from_voxel);
  for_each_header([&](int version, bool big_endian) {
    auto file = make_file(version, big_endian);
    const auto geometry = [&] {
      write_bytes(folder / "x.nii", file.bytes());
      return read_nifti_geometry(folder / "x.nii");
    };
    EXPECT_EQ(geometry().spacing_mm, (Spacing3{10, 1.5, 1.25}));
    EXPECT_EQ(geometry().world_from_voxel,
              (Affine{{{1.25, 0, 0, 0}, {0, 1.5, 0, 0}, {0, 0, 10, 0}}}));
    // A half turn about z, the third axis mirrored by pixdim[0].
    file.set_qform(1, {0, 0, 1, 5, 6, 7}).set_pixdim({-1, 1.25, 1.5, 10});
    const Affine turned = {{{-1.25, 0, 0, 5}, {0, -1.5, 0, 6}, {0, 0, -10, 7}}};
    const auto found = geometry().world_from_voxel;
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(found[row][i], turned[row][i], 1e-12);
    }
    file.set_sform(2, {0, 1.5, 0, 1, 1.25, 0, 0, 2, 0, 0, 10, 3});
    EXPECT_EQ(geometry().world_from_voxel,
              (Affine{{{0, 1.5, 0, 1}, {1.25, 0, 0, 2}, {0, 0, 10, 3}}}));
    file.set_units(1);  // metres
    EXPECT_EQ(geometry().spacing_mm, (Spacing3{10000, 1500, 1250}));
    EXPECT_EQ(geometry().world_from_voxel[0][3], 1000);
  });
}

TEST(Nifti, NamesAnImpossibleHeader) {
  const TemporaryFolder folder;
  const auto message = [&](const NiftiBytes& file) {
    write_bytes(folder / "x.nii", file.bytes());
    write_bytes(folder / "x.nii.gz", compress(file.bytes()));
    const auto plain = message_of<DataError>([&] { read_nifti(folder / "x.nii"); });
    const auto compressed = message_of<DataError>([&] { read_nifti(folder / "x.nii.gz"); });
    EXPECT_NE(compressed, "");
    EXPECT_TRUE(holds(plain, (folder / "x.nii").string() + ": "));
    EXPECT_FALSE(holds(plain, "\n"));
    return plain;
  };
  for_each_header([&](int version, bool big_endian) {
    const auto file = [&] { return make_file(version, big_endian); };
    EXPECT_TRUE(holds(message(file().set_dim({0})), "has 0 axes (dim[0])"));
    EXPECT_TRUE(holds(message(file().set_dim({1})), "has 1 axes (dim[0])"));
    EXPECT_TRUE(
        holds(message(file().set_dim({3, 2, -3, 4})), "impossible size -3 of axis 2 (dim[2])"));
    EXPECT_TRUE(
        holds(message(file().set_dim({3, 2, 3, 0})), "impossible size 0 of axis 3 (dim[3])"));
    EXPECT_TRUE(holds(message(file().set_dim({5, 2, 3, 4, 1, 3})), "3 voxels along axis 5"));
    EXPECT_TRUE(holds(message(file().set_dim({3, 32767, 32767, 32767})),
                      "its header promises 32767 x 32767 x 32767 x 1 voxels, the file has"));
    EXPECT_TRUE(
        holds(message(file().set_dim({4, 32767, 32767, 32767, 32767})), "its header promises"));
    EXPECT_TRUE(holds(message(file().set_pixdim({1, 0, 1, 1})),
                      "impossible voxel size 0 along axis 1 (pixdim[1])"));
    EXPECT_TRUE(
        holds(message(file().set_pixdim({1, 1, -2, 1})), "impossible voxel size -2 along axis 2"));
    EXPECT_TRUE(holds(message(file().set_pixdim({1, 1, 1, kNan})),
                      "impossible voxel size nan along axis 3"));
    for (const double size : {3e38, 1e-38}) {
      EXPECT_TRUE(holds(message(file().set_pixdim({1, 1, size, 1})),
                        "impossible voxel size of 1 x " +
                            std::string(size > 1 ? "3e+38" : "1e-38") +
                            " x 1 mm (pixdim; 1e-06 to 1e+06 are read)"));
    }
    EXPECT_TRUE(holds(message(file().set_sform(1, std::vector<double>(12, kNan))),
                      "the affine (sform) holds nan"));
    EXPECT_TRUE(holds(message(file().set_sform(1, std::vector<double>(12, 0))),
                      "the affine (sform) has no inverse"));
    EXPECT_TRUE(holds(message(file().set_sform(1, {2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0})),
                      "by pixdim, but 2 x 2 x 2 by the affine (sform): correct the header"));
    EXPECT_TRUE(
        holds(message(file().set_qform(1, {0, 0, 0, kNan, 0, 0})), "the affine (qform) holds nan"));
    EXPECT_TRUE(holds(message(file().set_datatype(32, 64)),
                      "voxels of type NIFTI_TYPE_COMPLEX64 (32) are not read"));
    EXPECT_TRUE(holds(message(file().set_datatype(128, 24)), "NIFTI_TYPE_RGB24"));
    EXPECT_TRUE(holds(message(file().set_datatype(1536, 128)), "NIFTI_TYPE_FLOAT128"));
    EXPECT_TRUE(holds(message(file().set_datatype(77, 8)), "(77) are not read"));
  });
  EXPECT_TRUE(holds(message(make_file(2).set_dim({3, std::int64_t{1} << 40, 1, 1})),
                    "impossible size 1099511627776"));
  EXPECT_TRUE(holds(message(make_file(1).put<float>(108, -5)), "vox_offset"));
  EXPECT_TRUE(holds(message(make_file(1).put<float>(108, std::nanf(""))), "vox_offset"));
  // Voxels cannot begin in the header, nor in the four bytes after it.
  for (const float offset : {0.0F, 100.0F, 348.0F, 351.0F}) {
    EXPECT_TRUE(holds(message(make_file(1).put<float>(108, offset)), "begin at byte 352 or later"));
  }
  EXPECT_TRUE(
      holds(message(make_file(2).put<std::int64_t>(168, 540)), "begin at byte 544 or later"));
  EXPECT_TRUE(holds(message(make_file(1).put<float>(108, 1e9F)), "is cut short"));
  EXPECT_TRUE(
      holds(message(make_file(2).put<std::int64_t>(168, std::int64_t{1} << 62)), "is cut short"));
  EXPECT_TRUE(holds(message(make_file(1).put<char>(345, 'i')), "two-file NIfTI (.hdr/.img)"));
  EXPECT_TRUE(holds(message(make_file(1).put<char>(344, '\0')), "is an Analyze header"));
}

TEST(Nifti, ReadsVoxelsThatBeginLater) {
  const TemporaryFolder folder;
  const auto plain = make_file();
  auto bytes = plain.bytes();
  bytes.insert(352, std::string(1000, 'e'));
  NiftiBytes header = make_file().put<float>(108, 1352);
  bytes.replace(0, 352, header.bytes().substr(0, 352));
  write_bytes(folder / "x.nii", bytes);
  EXPECT_EQ(read_nifti(folder / "x.nii").values[7], 7.0F);
}

TEST(Nifti, NamesWhatIsNoImage) {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& bytes) {
    write_bytes(folder / "x.nii.gz", bytes);
    return message_of<DataError>([&] { read_nifti(folder / "x.nii.gz"); });
  };
  const auto place = (folder / "x.nii.gz").string();
  EXPECT_EQ(message(""), place + ": is empty");
  EXPECT_EQ(message("abc"), place + ": is not a NIfTI image");
  EXPECT_EQ(message(std::string(5000, 'x')), place + ": is not a NIfTI image");
  EXPECT_EQ(message(make_file().bytes().substr(0, 300)), place + ": is not a NIfTI image");
  EXPECT_EQ(message("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
            place + ": is a Git LFS pointer, not an image: run git lfs pull");
  EXPECT_TRUE(holds(message_of<IoError>([&] { read_nifti(folder / "none.nii"); }),
                    "none.nii: cannot be opened: No such file or directory"));
  EXPECT_TRUE(holds(message_of<IoError>([&] { read_nifti(folder.path()); }), "is a folder"));
}

TEST(Nifti, NoticesAFileCutShortAnywhere) {
  const TemporaryFolder folder;
  NiftiBytes file(1, false);
  std::vector<std::int32_t> voxels(20000);
  std::uint32_t state = 1;
  for (auto& voxel : voxels)
    voxel = static_cast<std::int32_t>((state = state * 1664525 + 1013904223) >> 8);
  file.set_dim({3, 100, 100, 2}).set_voxels(voxels);
  for (const auto& [name, whole] :
       {std::pair{"x.nii", file.bytes()}, std::pair{"x.nii.gz", compress(file.bytes())}}) {
    write_bytes(folder / name, whole);
    EXPECT_EQ(read_nifti(folder / name).values.size(), voxels.size());
    for (const auto kept : {whole.size() - 1,
                            whole.size() - 5,
                            whole.size() - 9,
                            whole.size() / 2,
                            std::size_t{400}}) {
      write_bytes(folder / name, whole.substr(0, kept));
      const auto message = message_of<DataError>([&] { read_nifti(folder / name); });
      EXPECT_TRUE(holds(message, "is cut short") || holds(message, "is not a NIfTI image"))
          << name << " " << kept << ": " << message;
    }
  }
}

TEST(Nifti, NoticesDamagedCompression) {
  const TemporaryFolder folder;
  const auto whole = compress(make_file().bytes());
  for (const auto at : {whole.size() - 6, whole.size() / 2}) {
    auto bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    write_bytes(folder / "x.nii.gz", bad);
    EXPECT_NE(message_of<DataError>([&] { read_nifti(folder / "x.nii.gz"); }), "") << at;
  }
  auto checksum = whole;
  checksum[whole.size() - 6] = static_cast<char>(checksum[whole.size() - 6] ^ 0x55);
  write_bytes(folder / "x.nii.gz", checksum);
  EXPECT_TRUE(holds(message_of<DataError>([&] { read_nifti(folder / "x.nii.gz"); }),
                    "has damaged gzip data"));
}

TEST(Nifti, CountsVoxelsThatAreNotFinite) {
  const TemporaryFolder folder;
  NiftiBytes file(1, true);
  file.set_dim({2, 2, 2}).set_voxels<double>({1, kNan, 1e300, 2});
  write_bytes(folder / "x.nii", file.bytes());
  EXPECT_EQ(
      message_of<DataError>([&] { read_nifti(folder / "x.nii"); }),
      (folder / "x.nii").string() + ": 2 voxels are not a finite float32 value (the first is nan)");
}

TEST(Nifti, RefusesVoxelsThatAreNotFinite) {
  const TemporaryFolder folder;
  for (const double value : {HUGE_VAL, -HUGE_VAL, kNan}) {
    NiftiBytes file(2, false);
    file.set_dim({2, 2, 1}).set_voxels<float>({1, static_cast<float>(value)});
    write_bytes(folder / "x.nii", file.bytes());
    EXPECT_TRUE(holds(message_of<DataError>([&] { read_nifti(folder / "x.nii"); }),
                      "1 voxel is not a finite float32 value"));
  }
}

TEST(Nifti, RefusesSizesThatAreNotFiniteInMillimetres) {
  const TemporaryFolder folder;
  const auto message = [&](double size, int units) {
    auto file = make_file(2).set_pixdim({1, size, 1.5, 10}).set_units(units);
    write_bytes(folder / "x.nii", file.bytes());
    return message_of<DataError>([&] { read_nifti_geometry(folder / "x.nii"); });
  };
  EXPECT_TRUE(holds(message(1e306, 1), "impossible voxel size of "));   // metres
  EXPECT_TRUE(holds(message(5e-324, 3), "impossible voxel size of "));  // micrometres
}

TEST(Nifti, TakesLabelsOfAnySize) {
  const TemporaryFolder folder;
  NiftiBytes file(1, false);
  file.set_dim({2, 3, 1}).set_voxels<std::int32_t>({0, 1000000000, -2147483647});
  write_bytes(folder / "x.nii", file.bytes());
  const auto classes = read_nifti_classes(folder / "x.nii", {{0, 0}});
  EXPECT_EQ(classes.unknown,
            (std::map<std::int32_t, std::int64_t>{{1000000000, 1}, {-2147483647, 1}}));
}

TEST(Nifti, TakesNoMemoryForWhatAnArchiveCannotHold) {
  const TemporaryFolder folder;
  // A bomb: 16 MiB of zeros in 16 KiB, which promise 64 GiB; and behind an image of one voxel.
  const std::string zeros(std::size_t{1} << 24, '\0');
  auto huge = make_file().set_dim({4, 4096, 4096, 1024, 2});
  write_bytes(folder / "huge.nii.gz", compress(huge.bytes().substr(0, 352) + zeros));
  EXPECT_TRUE(holds(message_of<DataError>([&] { read_nifti(folder / "huge.nii.gz"); }),
                    "is cut short: its header promises 4096 x 4096 x 1024 x 2 voxels"));
  NiftiBytes small(1, false);
  small.set_dim({2, 1, 1}).set_voxels<std::uint8_t>({7});
  write_bytes(folder / "long.nii.gz", compress(small.bytes() + zeros));
  EXPECT_EQ(read_nifti(folder / "long.nii.gz").values, std::vector<float>{7});
}

/// Deflate may expand by a thousand: what its header promises is believed as far as it is read.
TEST(Nifti, TakesNoMemoryForWhatAnArchiveDoesNotHold) {
  const TemporaryFolder folder;
  auto header = make_file().set_dim({3, 1024, 1024, 1050}).set_datatype(2, 8);
  std::string noise(1 << 21, '\0');
  RandomStream random(1, {});
  for (char& byte : noise) byte = static_cast<char>(random.integer(2));  // 8 to 1.5
  write_bytes(folder / "x.nii.gz",
              compress(header.bytes().substr(0, 352) + noise + noise + noise + noise + noise));
  const auto most_kib = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const auto before = most_kib();
  for (const std::function<void()>& read : std::vector<std::function<void()>>{
           [&] { read_nifti(folder / "x.nii.gz"); },
           [&] { read_nifti_labels(folder / "x.nii.gz"); },
           [&] {
             read_nifti_classes(folder / "x.nii.gz", {{0, 0}, {1, 1}});
           }}) {
    EXPECT_TRUE(holds(message_of<DataError>(read), "is cut short: copy it again"));
  }
  // Sanitizers keep what is given back.
  const char* sanitizer = std::getenv("REGIONWISE_SANITIZE");
  if (sanitizer != nullptr && *sanitizer != '\0') return;
  EXPECT_LT(most_kib(), before + (128 << 10));
}

TEST(Nifti, WaitsForNoPipe) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "x.nii").c_str(), 0600), 0);
  EXPECT_NE(message_of<IoError>([&] { read_nifti(folder / "x.nii"); }), "");
  EXPECT_NE(message_of<IoError>([&] { read_nifti("/dev/zero"); }), "");
}

TEST(Nifti, CountsLabelsThatAreNotWhole) {
  const TemporaryFolder folder;
  const auto read = [&](const std::vector<double>& voxels, double slope) {
    NiftiBytes file(2, false);
    file.set_dim({2, 2, 2}).set_voxels(voxels).set_scaling(slope, 0);
    write_bytes(folder / "x.nii", file.bytes());
    return read_nifti_labels(folder / "x.nii").labels.values;
  };
  const auto message = [&](const std::vector<double>& voxels) {
    return message_of<DataError>([&] { read(voxels, 0); });
  };
  const auto place = (folder / "x.nii").string();
  EXPECT_EQ(read({0, 1, -7, 2147483647}, 0), (std::vector<std::int32_t>{0, 1, -7, 2147483647}));
  EXPECT_EQ(read({0, 255, 510, 765}, 1.0 / 255 + 1e-9), (std::vector<std::int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(message({0, 1.5, 2.25, 3}),
            place + ": 2 voxels are not a whole number as labels are (the first is 1.5)");
  EXPECT_EQ(message({0, 1, kNan, 3}),
            place + ": 1 voxel is not a whole number as labels are (the first is nan)");
  EXPECT_NE(message({0, 1, 1e10, 3}), "");
}

/// An image on a turned, sheared grid as the reader sees it.
ImageGeometry example_geometry(const TemporaryFolder& folder, int version, bool big_endian) {
  auto file = make_file(version, big_endian);
  file.set_qform(2, {0, 0, 1, 5, 6, 7})
      .set_sform(4, {0, 1.5, 0.1, 1, 1.25, 0, 0, 2, 0, 0, 10, 3})
      .set_units(2);
  file.set_scaling(3, 4);
  write_bytes(folder / "source.nii", file.bytes());
  return read_nifti_geometry(folder / "source.nii");
}

Volume<Label> example_labels() {
  Volume<Label> labels(Shape3{4, 3, 2});
  for (std::size_t i = 0; i < labels.values.size(); ++i)
    labels.values[i] = static_cast<Label>(i % 4);
  return labels;
}

TEST(Nifti, WritesLabelsOntoTheGridOfTheSource) {
  const TemporaryFolder folder;
  const auto labels = example_labels();
  for_each_header([&](int version, bool big_endian) {
    const auto geometry = example_geometry(folder, version, big_endian);
    for (const std::string name : {"y.nii", "y.nii.gz"}) {
      write_nifti_labels(folder / name, labels.view(), geometry);
      const auto found = read_nifti_labels(folder / name);
      EXPECT_EQ(found.labels.values,
                std::vector<std::int32_t>(labels.values.begin(), labels.values.end()));
      EXPECT_EQ(found.geometry.shape, geometry.shape);
      EXPECT_EQ(found.geometry.spacing_mm, geometry.spacing_mm);
      EXPECT_EQ(found.geometry.world_from_voxel, geometry.world_from_voxel);
      EXPECT_EQ(found.geometry.nifti_header.size(), geometry.nifti_header.size());
    }
    // Codes and units stay; what belonged to the source's intensities goes.
    const auto bytes = bytes_of(folder / "y.nii");
    const auto small = [&](std::size_t at) { return static_cast<int>(bytes[at]); };
    EXPECT_EQ(small(version == 1 ? 252 : 344), 2);
    EXPECT_EQ(small(version == 1 ? 254 : 348), 4);
    EXPECT_EQ(small(version == 1 ? 123 : 500), 2);
    EXPECT_EQ(small(version == 1 ? 70 : 12), 2);
    EXPECT_EQ(bytes.size(), (version == 1 ? 352U : 544U) + 24U);
  });
}

TEST(Nifti, WritesFloatsOntoTheGridOfTheSource) {
  const TemporaryFolder folder;
  Volume<float> image(Shape3{4, 3, 2}, 0.1F);
  image.values[5] = -7.25F;
  write_nifti(folder / "y.nii.gz", image.view(), example_geometry(folder, 1, true));
  EXPECT_EQ(read_nifti(folder / "y.nii.gz").values, image.values);
}

TEST(Nifti, WritesWithoutASource) {
  const TemporaryFolder folder;
  ImageGeometry geometry;
  geometry.shape = {4, 3, 2};
  geometry.spacing_mm = {10, 1.5, 1.25};
  write_nifti_labels(folder / "y.nii", example_labels().view(), geometry);
  const auto plain = read_nifti_geometry(folder / "y.nii");
  EXPECT_EQ(plain.spacing_mm, geometry.spacing_mm);
  EXPECT_EQ(plain.world_from_voxel[2][2], 10);
  geometry.world_from_voxel = {{{1.25, 0, 0, -7}, {0, 1.5, 0, 8}, {0, 0, 10, 9}}};
  write_nifti_labels(folder / "y.nii", example_labels().view(), geometry);
  EXPECT_EQ(read_nifti_geometry(folder / "y.nii").world_from_voxel, geometry.world_from_voxel);
}

TEST(Nifti, FollowsTheGeometryWhereTheSourcesHeaderDiffers) {
  const TemporaryFolder folder;
  auto geometry = example_geometry(folder, 1, false);
  geometry.world_from_voxel[0][3] += 100;  // cropped, for instance
  write_nifti_labels(folder / "y.nii", example_labels().view(), geometry);
  EXPECT_NEAR(corner_distance_mm(read_nifti_geometry(folder / "y.nii"), geometry), 0, 1e-5);
}

TEST(Nifti, WritesAxesTooLongForVersionOne) {
  const TemporaryFolder folder;
  ImageGeometry geometry;
  geometry.shape = {1, 1, 40000};
  write_nifti_labels(folder / "y.nii.gz", Volume<Label>(geometry.shape, 1).view(), geometry);
  EXPECT_EQ(read_nifti_labels(folder / "y.nii.gz").labels.shape, geometry.shape);
}

TEST(Nifti, WritesTheSameBytesTwice) {
  const TemporaryFolder folder;
  const auto geometry = example_geometry(folder, 1, false);
  for (const std::string extension : {".nii", ".nii.gz"}) {
    write_nifti_labels(folder / ("a" + extension), example_labels().view(), geometry);
    write_nifti_labels(folder / ("b" + extension), example_labels().view(), geometry);
    EXPECT_EQ(bytes_of(folder / ("a" + extension)), bytes_of(folder / ("b" + extension)));
  }
  const auto gz = bytes_of(folder / "a.nii.gz");
  EXPECT_EQ(gz.substr(4, 4), std::string(4, '\0')) << "the time in the gzip header";
}

TEST(Nifti, RefusesToWriteWhatIsNoLabelMapOnItsGrid) {
  const TemporaryFolder folder;
  const auto geometry = example_geometry(folder, 1, false);
  auto labels = example_labels();
  EXPECT_THROW(write_nifti_labels(folder / "y.png", labels.view(), geometry), UsageError);
  EXPECT_THROW(write_nifti_labels(folder / "none/y.nii", labels.view(), geometry), IoError);
  EXPECT_THROW(
      write_nifti_labels(folder / "y.nii", Volume<Label>(Shape3{1, 1, 1}).view(), geometry),
      DataError);
  labels.values[3] = -1;
  EXPECT_THROW(write_nifti_labels(folder / "y.nii", labels.view(), geometry), DataError);
  EXPECT_EQ(files_in(folder.path()), 1U) << "only the source";
}

TEST(CornerDistance, IsHowFarTheFarthestCornerLies) {
  ImageGeometry a;
  a.shape = {1, 10, 20};
  a.world_from_voxel = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}};
  auto b = a;
  EXPECT_EQ(corner_distance_mm(a, b), 0);
  b.world_from_voxel[1][3] = 3;
  EXPECT_DOUBLE_EQ(corner_distance_mm(a, b), 3);
  b = a;
  b.world_from_voxel[0][0] = 1.1;
  EXPECT_NEAR(corner_distance_mm(a, b), 1.95, 1e-12);
  b = a;
  b.world_from_voxel[2][2] = -1;
  EXPECT_DOUBLE_EQ(corner_distance_mm(a, b), 1) << "a mirrored single slice";
  b.shape.width = 21;
  EXPECT_TRUE(std::isinf(corner_distance_mm(a, b)));
}

TEST(NiftiData, NamesWhatIsWrongWithOddFiles) {
  const auto folder = data_folder("odd");
  if (folder.empty()) GTEST_SKIP() << "no real images (REGIONWISE_DATA)";
  const auto message = [&](const std::string& name) {
    return message_of<DataError>([&] { read_nifti(folder / name); });
  };
  EXPECT_TRUE(holds(message("lfs_pointer/case_00000/imaging.nii.gz"), "is a Git LFS pointer"));
  EXPECT_TRUE(holds(message("lfs_pointer/case_00000/segmentation.nii.gz"), "is a Git LFS pointer"));
  EXPECT_TRUE(holds(message("truncated_gz/hippocampus_001.nii.gz"), "is cut short"));
  EXPECT_TRUE(holds(message("hippocampus/images/.DS_Store"), "is not a NIfTI image"));
  const auto image = read_nifti_geometry(folder / "shape_mismatch/case_ct/imaging.nii.gz");
  const auto label = read_nifti_geometry(folder / "shape_mismatch/case_ct/segmentation.nii.gz");
  EXPECT_EQ(image.shape, (Shape3{112, 101, 122}));
  EXPECT_EQ(label.shape, (Shape3{30, 101, 122}));
  EXPECT_TRUE(std::isinf(corner_distance_mm(image, label)));
}

/// Every .nii.gz below a folder opens and has the voxels that it promises.
void expect_all_open(const std::filesystem::path& folder, bool labels) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(".nii.gz") || name.starts_with("._")) continue;
    SCOPED_TRACE(entry.path().string());
    if (labels) {
      const auto image = read_nifti_labels(entry.path());
      EXPECT_EQ(image.labels.values.size(), static_cast<std::size_t>(image.geometry.shape.size()));
    } else {
      const auto image = read_nifti(entry.path());
      EXPECT_EQ(image.values.size(),
                static_cast<std::size_t>(image.channels * image.geometry.shape.size()));
    }
  }
}

TEST(NiftiData, OpensEveryHippocampus) {
  const auto folder = data_folder("Task04_Hippocampus");
  if (folder.empty()) GTEST_SKIP() << "no real images (REGIONWISE_DATA)";
  expect_all_open(folder / "imagesTr", false);
  expect_all_open(folder / "labelsTr", true);
}

TEST(NiftiData, OpensEveryBrain) {
  const auto folder = data_folder("BraTS_layout_TCGA_pseudo");
  if (folder.empty()) GTEST_SKIP() << "no real images (REGIONWISE_DATA)";
  expect_all_open(folder, false);
}

TEST(NiftiData, ReadsTheGeometryOfEveryKidney) {
  const auto folder = data_folder("KiTS19_labels");
  if (folder.empty()) GTEST_SKIP() << "no real images (REGIONWISE_DATA)";
  int found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.path().string().ends_with(".nii.gz")) continue;
    const auto geometry = read_nifti_geometry(entry.path());
    EXPECT_GE(geometry.shape.size(), 512 * 512) << entry.path();
    ++found;
  }
  EXPECT_GE(found, 1);
}

}  // namespace
}  // namespace regionwise::storage
