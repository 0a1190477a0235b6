#include "storage/lost_seal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/error.hpp"
#include "storage/descriptor.hpp"
#include "storage/hdf5.hpp"
#include "storage/records.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::bytes_of;
using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;

/// A file of HDF5 alone, with an attribute of that name.
void write_bare(const std::filesystem::path& path, H5F_libver_t oldest, const char* attribute) {
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(access.get(), oldest, H5F_LIBVER_LATEST);
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle made(
      H5Acreate2(file.get(), attribute, H5T_STD_I64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  const std::int64_t one = 1;
  H5Awrite(made.get(), H5T_NATIVE_INT64, &one);
}

bool is_lost(const std::filesystem::path& path) {
  return detail::has_lost_seal(detail::Descriptor(path, O_RDONLY, path).get(), path);
}

TEST(LostSeal, IsToldFromTheBytesThatEveryVersionOfHdf5Writes) {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  for (const auto oldest : {H5F_LIBVER_EARLIEST, H5F_LIBVER_V18, H5F_LIBVER_LATEST}) {
    write_bare(path, oldest, "sealed");
    EXPECT_TRUE(is_lost(path)) << oldest;
    write_bare(path, oldest, "sealef");
    EXPECT_TRUE(is_lost(path)) << "a bit of a letter may be damaged";
    write_bare(path, oldest, "s\1\2led");
    EXPECT_TRUE(is_lost(path)) << "two may be, where they are no letters then";
    // Attributes of another name that is as long.
    for (const char* other : {"scaled", "peeled", "epochs"}) {
      write_bare(path, oldest, other);
      EXPECT_FALSE(is_lost(path)) << oldest << " " << other;
    }
    // Whatever stands behind HDF5's content, which ends where the superblock says.
    write_bytes(path, bytes_of(path) + "x");
    EXPECT_TRUE(is_lost(path)) << oldest;
  }
}

TEST(LostSeal, IsToldFromTheStartWhereTheLastPageIsTorn) {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  testing::write_example_dataset(path);
  const std::string whole = bytes_of(path);
  for (const std::size_t page : {512UL, 4096UL}) {
    std::string torn = whole;
    std::fill(torn.end() - static_cast<std::ptrdiff_t>(page), torn.end(), '\0');
    write_bytes(path, torn);
    EXPECT_TRUE(is_lost(path)) << page;
    EXPECT_THROW(Hdf5Reader{path}, DataError);
  }
}

TEST(LostSeal, OfANewerProgramIsNotLost) {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  testing::write_example_dataset(path);
  std::string newer = bytes_of(path);
  ASSERT_EQ(newer.back(), '1');
  newer.back() = '2';
  write_bytes(path, newer);
  EXPECT_NE(message_of<DataError>([&] { Hdf5Reader{path}; }).find("newer program: update"),
            std::string::npos);
}

TEST(LostSeal, IsNotFoundInFilesOfOtherKinds) {
  const TemporaryFolder folder;
  for (const std::size_t size : {0UL, 1UL, 9UL, 40UL, 100000UL}) {
    write_bytes(folder / "x", std::string(size, '\0'));
    EXPECT_FALSE(is_lost(folder / "x")) << size;
  }
  write_bytes(folder / "x", "a letter that was sealed by hand, and sent, and opened unsealed");
  EXPECT_FALSE(is_lost(folder / "x"));
}

}  // namespace
}  // namespace regionwise::storage
