#include "storage/lost_seal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "storage/descriptor.hpp"
#include "storage/hdf5.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::bytes_of;
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
    write_bare(path, oldest, "healed");
    EXPECT_TRUE(is_lost(path)) << "a letter may be damaged";
    // An attribute of another name that is as long.
    write_bare(path, oldest, "epochs");
    EXPECT_FALSE(is_lost(path)) << oldest;
    // Whatever stands behind HDF5's content, which ends where the superblock says.
    write_bytes(path, bytes_of(path) + "x");
    EXPECT_TRUE(is_lost(path)) << oldest;
  }
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
