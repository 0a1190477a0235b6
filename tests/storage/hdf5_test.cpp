#include "storage/hdf5.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "storage/damage.hpp"
#include "storage/hdf5_detail.hpp"
#include "support/temporary_folder.hpp"
#include "support/text.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::bytes_of;
using regionwise::testing::files_in;
using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;

using regionwise::testing::holds;

template <class T>
std::vector<T> counting(std::size_t size) {
  std::vector<T> values(size);
  std::iota(values.begin(), values.end(), T{});
  return values;
}

/// Every kind of object and attribute.
void write_example(const std::filesystem::path& path, WriteOptions options = {}) {
  Hdf5Writer file(path, options);
  file.write<float>("/a/b/volume", {2, 3, 4}, counting<float>(24), {1, 3, 4});
  file.label_axes("/a/b/volume", {"D", "H", "W"});
  file.write<std::int64_t>("/scalar", {}, std::vector<std::int64_t>{-5});
  file.write<double>("/empty", {0, 3}, {});
  file.create<std::int8_t>("/blocks", {4, 5}, {1, 5});
  for (std::int64_t row = 3; row >= 0; --row) {
    file.write_block<std::int8_t>(
        "/blocks", {row, 0}, {1, 5}, std::vector<std::int8_t>(5, static_cast<std::int8_t>(row)));
  }
  file.write_text("/text", "Größe ✓");
  file.write_texts("/texts", {"", "one", std::string(200000, 'x')});
  file.write_texts("/no_texts", {});
  file.group("/group");
  file.attribute("/group", "text", "café");
  file.attribute("/group", "empty", "");
  file.attribute("/group", "long", std::string(300000, 'y'));
  file.attribute("/group", "integer", std::int64_t{-7});
  file.attribute("/group", "largest", std::uint64_t{18446744073709551615ULL});
  file.attribute("/group", "flag", true);
  file.attribute("/group", "real", 0.1);
  file.attribute("/group", "reals", std::vector<double>{1.5, -2.5});
  file.attribute("/group", "integers", std::vector<std::int64_t>{1, 2, 3});
  file.attribute("/group", "texts", std::vector<std::string>{"a", "", "ü"});
  file.attribute("/group", "none", std::vector<std::string>{});
  file.commit();
}

TEST(Hdf5, ReadsWhatItWrote) {
  const TemporaryFolder folder;
  write_example(folder / "x.h5");
  const Hdf5Reader file(folder / "x.h5");
  EXPECT_EQ(file.read<float>("/a/b/volume", {-1, 3, 4}), counting<float>(24));
  EXPECT_EQ(file.extents("/a/b/volume"), (Extents{2, 3, 4}));
  EXPECT_EQ(file.element_type("/a/b/volume"), "float32");
  EXPECT_EQ(file.texts_attribute("/a/b/volume", "DIMENSION_LABELS"),
            (std::vector<std::string>{"D", "H", "W"}));
  EXPECT_EQ(file.read<std::int64_t>("/scalar", {}), std::vector<std::int64_t>{-5});
  EXPECT_TRUE(file.read<double>("/empty").empty());
  EXPECT_EQ(file.read<std::int8_t>("/blocks")[15], 3);
  EXPECT_EQ(file.read_text("/text"), "Größe ✓");
  EXPECT_EQ(file.read_texts("/texts"),
            (std::vector<std::string>{"", "one", std::string(200000, 'x')}));
  EXPECT_TRUE(file.read_texts("/no_texts").empty());
  EXPECT_EQ(file.text_attribute("/group", "text"), "café");
  EXPECT_EQ(file.text_attribute("/group", "empty"), "");
  EXPECT_EQ(file.text_attribute("/group", "long"), std::string(300000, 'y'));
  EXPECT_EQ(file.integer_attribute("/group", "integer"), -7);
  EXPECT_EQ(file.unsigned_attribute("/group", "largest"), 18446744073709551615ULL);
  EXPECT_EQ(file.integer_attribute("/group", "flag"), 1);
  EXPECT_EQ(file.real_attribute("/group", "real"), 0.1);
  EXPECT_EQ(file.real_attribute("/group", "integer"), -7.0);
  EXPECT_EQ(file.reals_attribute("/group", "reals"), (std::vector<double>{1.5, -2.5}));
  EXPECT_EQ(file.integers_attribute("/group", "integers"), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(file.texts_attribute("/group", "texts"), (std::vector<std::string>{"a", "", "ü"}));
  EXPECT_TRUE(file.texts_attribute("/group", "none").empty());
  EXPECT_EQ(file.children("/"),
            (std::vector<std::string>{
                "a", "blocks", "empty", "group", "no_texts", "scalar", "text", "texts"}));
}

TEST(Hdf5, WritesEveryElementType) {
  const TemporaryFolder folder;
  {
    Hdf5Writer file(folder / "x.h5");
    file.write<float>("float32", {3}, counting<float>(3));
    file.write<double>("float64", {3}, counting<double>(3));
    file.write<std::int8_t>("int8", {3}, counting<std::int8_t>(3));
    file.write<std::uint8_t>("uint8", {3}, counting<std::uint8_t>(3));
    file.write<std::int32_t>("int32", {3}, counting<std::int32_t>(3));
    file.write<std::int64_t>("int64", {3}, counting<std::int64_t>(3));
    file.write<std::uint64_t>("uint64", {3}, counting<std::uint64_t>(3));
    file.commit();
  }
  const Hdf5Reader file(folder / "x.h5");
  for (const auto& name : file.children("/")) EXPECT_EQ(file.element_type(name), name);
  EXPECT_EQ(file.read<std::uint64_t>("uint64"), counting<std::uint64_t>(3));
}

TEST(Hdf5, WritesTheSameBytesTwice) {
  const TemporaryFolder folder;
  for (const int compress : {0, 4}) {
    write_example(folder / "first.h5", {compress, true});
    const auto first = bytes_of(folder / "first.h5");
    // A time kept anywhere in the file would have the next second in it.
    const auto start = std::time(nullptr);
    while (std::time(nullptr) == start) continue;
    write_example(folder / "second.h5", {compress, true});
    EXPECT_TRUE(first == bytes_of(folder / "second.h5")) << "compress " << compress;
  }
}

TEST(Hdf5, CompressesChunkedDataSets) {
  const TemporaryFolder folder;
  const std::vector<float> zeros(100000);
  for (const int compress : {0, 1}) {
    Hdf5Writer file(folder / std::to_string(compress), {compress, false});
    file.write<float>("x", {100, 1000}, zeros, {1, 1000});
    file.commit();
  }
  EXPECT_LT(std::filesystem::file_size(folder / "1"),
            std::filesystem::file_size(folder / "0") / 10);
  EXPECT_EQ(Hdf5Reader(folder / "1").read<float>("x"), zeros);
}

TEST(Hdf5, ReadsABlock) {
  const TemporaryFolder folder;
  write_example(folder / "x.h5");
  const Hdf5Reader file(folder / "x.h5");
  std::vector<float> block(4);
  file.read_block<float>("/a/b/volume", {1, 1, 2}, {1, 2, 2}, block);
  EXPECT_EQ(block, (std::vector<float>{18, 19, 22, 23}));
}

TEST(Hdf5, RefusesABlockOutsideTheDataSet) {
  const TemporaryFolder folder;
  write_example(folder / "x.h5");
  const Hdf5Reader file(folder / "x.h5");
  std::vector<float> block(12);
  const auto read = [&](const Extents& offset, const Extents& count) {
    return message_of<DataError>(
        [&] { file.read_block<float>("/a/b/volume", offset, count, block); });
  };
  EXPECT_TRUE(holds(read({2, 0, 0}, {1, 3, 4}), "x.h5:/a/b/volume: the block [1,3,4] at [2,0,0]"));
  EXPECT_NE(read({-1, 0, 0}, {1, 3, 4}), "");
  EXPECT_NE(read({0, 0}, {3, 4}), "");
  EXPECT_NE(read({0, 0, 0}, {1, 1, 4}), "");
}

TEST(Hdf5, SaysWhichTypeAndExtentsItFound) {
  const TemporaryFolder folder;
  write_example(folder / "x.h5");
  const Hdf5Reader file(folder / "x.h5");
  const auto place = (folder / "x.h5").string();
  EXPECT_EQ(message_of<DataError>([&] {
              file.read<float>("/blocks", {4, -1});
            }),
            place + ":/blocks: expected float32 [4,-1], found int8 [4,5]");
  EXPECT_EQ(message_of<DataError>([&] {
              file.read<float>("/a/b/volume", {2, 3, 5});
            }),
            place + ":/a/b/volume: expected float32 [2,3,5], found float32 [2,3,4]");
  EXPECT_EQ(message_of<DataError>([&] { file.read<float>("/text"); }),
            place + ":/text: expected float32 [], found text []");
  EXPECT_EQ(message_of<DataError>([&] { file.read_text("/blocks"); }),
            place + ":/blocks: expected text, found int8 [4,5]");
  EXPECT_EQ(message_of<DataError>([&] { file.read<float>("/a/c"); }), place + ":/a/c: missing");
  EXPECT_EQ(message_of<DataError>([&] { file.read<float>("/a/c/d"); }), place + ":/a/c/d: missing");
  EXPECT_EQ(message_of<DataError>([&] { file.children("/nothing"); }),
            place + ":/nothing: missing");
  EXPECT_TRUE(holds(message_of<DataError>([&] { file.read<float>("/a"); }),
                    ":/a: is not a readable data set"));
  EXPECT_TRUE(holds(message_of<DataError>([&] { file.children("/text"); }),
                    ":/text: is not a readable group"));
  EXPECT_EQ(message_of<DataError>([&] { file.integer_attribute("/group", "text"); }),
            place + ":/group: attribute \"text\": expected an integer, found text");
  EXPECT_EQ(message_of<DataError>([&] { file.integer_attribute("/group", "real"); }),
            place + ":/group: attribute \"real\": expected an integer, found float64");
  EXPECT_EQ(message_of<DataError>([&] { file.text_attribute("/group", "real"); }),
            place + ":/group: attribute \"real\": expected text, found float64");
  EXPECT_EQ(message_of<DataError>([&] { file.integer_attribute("/group", "integers"); }),
            place + ":/group: attribute \"integers\": expected one value, found 3");
  EXPECT_EQ(message_of<DataError>([&] { file.text_attribute("/group", "x"); }),
            place + ":/group: attribute \"x\": missing");
}

TEST(Hdf5, TellsAMissingFileFromABadOne) {
  const TemporaryFolder folder;
  write_bytes(folder / "text.h5", "This is no HDF5 file.");
  write_bytes(folder / "empty.h5", "");
  EXPECT_TRUE(holds(message_of<IoError>([&] { Hdf5Reader file(folder / "none.h5"); }),
                    "none.h5: cannot be opened: No such file or directory"));
  EXPECT_TRUE(holds(message_of<IoError>([&] { Hdf5Reader file(folder.path()); }), "is a folder"));
  ASSERT_EQ(::mkfifo((folder / "pipe.h5").c_str(), 0600), 0);
  EXPECT_TRUE(holds(message_of<IoError>([&] { Hdf5Reader file(folder / "pipe.h5"); }),
                    "pipe.h5: is not a file"));
  EXPECT_TRUE(holds(message_of<DataError>([&] { Hdf5Reader file(folder / "text.h5"); }),
                    "text.h5: is not an HDF5 file"));
  EXPECT_TRUE(holds(message_of<DataError>([&] { Hdf5Reader file(folder / "empty.h5"); }),
                    "empty.h5: is not an HDF5 file"));
}

TEST(Hdf5, RefusesAFileThatWasCutShort) {
  const TemporaryFolder folder;
  write_example(folder / "x.h5");
  const auto bytes = testing::without_seal(bytes_of(folder / "x.h5"));
  for (const auto part : {9UL, 100UL, bytes.size() / 2, bytes.size() - 1}) {
    write_bytes(folder / "cut.h5", bytes.substr(0, part));
    const auto message = message_of<DataError>([&] { Hdf5Reader file(folder / "cut.h5"); });
    EXPECT_TRUE(holds(message, "cut.h5: cannot be read as HDF5: damaged or cut short"))
        << part << message;
    EXPECT_FALSE(holds(message, "\n"));
  }
}

TEST(Hdf5, RefusesExtentsThatWereDamaged) {
  const TemporaryFolder folder;
  constexpr std::uint64_t kExtent = 12345;
  {
    Hdf5Writer file(folder / "x.h5");
    file.write<float>("/plain", {kExtent}, counting<float>(kExtent));
    file.commit();
  }
  auto bytes = testing::without_seal(bytes_of(folder / "x.h5"));
  const auto eight_bytes = [](std::uint64_t value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto at = bytes.find(eight_bytes(kExtent));
  ASSERT_NE(at, std::string::npos);
  for (const std::uint64_t extent :
       {kExtent + 1000000, std::uint64_t{1} << 40, ~std::uint64_t{0} - 1}) {
    write_bytes(folder / "x.h5", bytes.replace(at, 8, eight_bytes(extent)));
    const auto message =
        message_of<DataError>([&] { Hdf5Reader(folder / "x.h5").read<float>("/plain"); });
    EXPECT_TRUE(holds(message, "x.h5:/plain: ")) << extent << message;
  }
}

TEST(Hdf5, RefusesADataSetLargerThanItsFileCanHold) {
  const TemporaryFolder folder;
  {
    Hdf5Writer file(folder / "x.h5");
    file.create<float>("/huge", {1 << 20, 1 << 20}, {1, 1 << 20});
    file.commit();
  }
  const Hdf5Reader file(folder / "x.h5");
  EXPECT_TRUE(
      holds(message_of<DataError>([&] { file.read<float>("/huge"); }), "/huge: is damaged"));
}

TEST(Hdf5, LeavesNothingBehindWithoutCommit) {
  const TemporaryFolder folder;
  {
    Hdf5Writer file(folder / "x.h5");
    file.write<float>("/x", {3}, counting<float>(3));
    EXPECT_EQ(files_in(folder.path()), 2U) << "the unfinished file and its lock";
    EXPECT_FALSE(std::filesystem::exists(folder / "x.h5"));
  }
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(Hdf5, KeepsTheOldFileUntilTheNewOneIsComplete) {
  const TemporaryFolder folder;
  write_example(folder / "x.h5");
  const auto old = bytes_of(folder / "x.h5");
  {
    Hdf5Writer file(folder / "x.h5", {0, true});
    file.write<float>("/x", {3}, counting<float>(3));
  }
  EXPECT_TRUE(old == bytes_of(folder / "x.h5"));
  Hdf5Writer file(folder / "x.h5", {0, true});
  file.commit();
  EXPECT_FALSE(old == bytes_of(folder / "x.h5"));
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(Hdf5, RefusesToReplaceAFileUnlessForced) {
  const TemporaryFolder folder;
  write_bytes(folder / "x.h5", "precious");
  EXPECT_EQ(message_of<IoError>([&] { Hdf5Writer file(folder / "x.h5"); }),
            (folder / "x.h5").string() + ": exists: use --force to replace it");
  EXPECT_EQ(bytes_of(folder / "x.h5"), "precious");
}

TEST(Hdf5, NamesAFolderThatDoesNotExist) {
  const TemporaryFolder folder;
  const auto message = message_of<IoError>([&] { Hdf5Writer file(folder / "none/x.h5"); });
  EXPECT_TRUE(holds(message, "the folder " + (folder / "none").string() + " does not exist"))
      << message;
  EXPECT_TRUE(holds(message_of<IoError>([&] {
                      Hdf5Writer file(folder.path(), {0, true});
                    }),
                    "is a folder"));
}

/// Elements without a size, which HDF5 reads where no seal is in the way.
TEST(Hdf5, RefusesATypeOfSizeZero) {
  const TemporaryFolder folder;
  {
    const Handle file(H5Fcreate((folder / "x.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                      H5Fclose);
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), 12345);
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle dataset(
        H5Dcreate2(file.get(), "a", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
        H5Dclose);
    const Handle attribute(
        H5Acreate2(dataset.get(), "b", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
  }
  std::string bytes = bytes_of(folder / "x.h5");
  const std::string size("\x39\x30\0\0", 4);
  const std::string type = std::string("\x13\0\0\0", 4) + size;  // class, version, flags, size
  int found = 0;
  for (std::size_t at = 0; (at = bytes.find(type, at)) != std::string::npos; ++found) {
    bytes.replace(at + size.size(), size.size(), size.size(), '\0');
  }
  ASSERT_EQ(found, 2);
  write_bytes(folder / "x.h5", bytes);
  const Hdf5Reader file(folder / "x.h5");
  EXPECT_THROW(file.read_texts("/a"), DataError);
  EXPECT_THROW(file.size("/a"), DataError);
  EXPECT_THROW(file.texts_attribute("/a", "b"), DataError);
}

/// A text that is read before one that cannot be is not kept.
TEST(Hdf5, GivesBackTheTextsReadBeforeADamagedOne) {
  const TemporaryFolder folder;
  {
    Hdf5Writer file(folder / "x.h5");
    file.write_texts("/texts", {std::string(100000, 'x'), std::string(100000, 'y')});
    file.commit();
  }
  std::string bytes = testing::without_seal(bytes_of(folder / "x.h5"));
  // Each lies in a heap of its own, which begins with this mark.
  const auto second = bytes.rfind("GCOL");
  ASSERT_NE(second, bytes.find("GCOL"));
  bytes.replace(second, 4, "DAMA");
  write_bytes(folder / "x.h5", bytes);
  const auto in_use = [] { return ::mallinfo2().uordblks; };
  const auto read = [&] {
    const Hdf5Reader file(folder / "x.h5");
    EXPECT_THROW(file.read_texts("/texts"), DataError);
  };
  for (int i = 0; i < 3; ++i) read();
  const auto before = in_use();
  for (int i = 0; i < 20; ++i) read();
  EXPECT_LT(in_use(), before + 1000000);
}

/// Files of this process may not grow beyond a limit while the object lives: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

TEST(Hdf5, SaysWhyItCannotWrite) {
  const TemporaryFolder folder;
  write_bytes(folder / "x.h5", "precious");
  const std::vector<float> values(1000000);
  std::string message;
  {
    const FullDisk full(100000);
    message = message_of<IoError>([&] {
      Hdf5Writer file(folder / "x.h5", {0, true});
      file.write<float>("/x", {1000000}, values);
      file.commit();
    });
  }
  EXPECT_TRUE(holds(message, "x.h5:/x: cannot be written (File too large)")) << message;
  EXPECT_EQ(files_in(folder.path()), 1U);
  EXPECT_EQ(bytes_of(folder / "x.h5"), "precious");
}

TEST(Hdf5, SaysWhyItCannotFinish) {
  const TemporaryFolder folder;
  std::string message;
  {
    const FullDisk full(1000);
    message = message_of<IoError>([&] {
      Hdf5Writer file(folder / "x.h5");
      for (int i = 0; i < 100; ++i)
        file.attribute("/", "name" + std::to_string(i), std::string(1000, 'x'));
      file.commit();
    });
  }
  EXPECT_TRUE(holds(message, "cannot be written (File too large)")) << message;
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(Hdf5, ExitsInOrderAfterAFullDisk) {
  const char* counting = std::getenv("REGIONWISE_COVERAGE");
  if (counting != nullptr && std::string(counting) == "ON") {
    GTEST_SKIP() << "counts of lines, which a program writes as it ends, would be torn";
  }
  const TemporaryFolder folder;
  const auto fail_and_exit = [&] {
    const FullDisk full(1000);
    const auto message = message_of<IoError>([&] {
      Hdf5Writer file(folder / "x.h5");
      for (int i = 0; i < 100; ++i) {
        file.attribute("/", "name" + std::to_string(i), std::string(1000, 'x'));
      }
      file.commit();
    });
    std::exit(message.empty() ? 1 : 74);
  };
  EXPECT_EXIT(fail_and_exit(), ::testing::ExitedWithCode(74), "^$");
}

TEST(Hdf5, ThreadsReadWhileAnotherWrites) {
  const TemporaryFolder folder;
  write_example(folder / "shared.h5");
  const Hdf5Reader shared(folder / "shared.h5");
  std::atomic<int> wrong = 0;
  std::atomic<bool> done = false;
  const auto read = [&](std::int64_t slice) {
    const auto expect = [&](bool condition) { wrong += condition ? 0 : 1; };
    std::vector<float> values(12);
    do {
      shared.read_block<float>("/a/b/volume", {slice, 0, 0}, {1, 3, 4}, values);
      expect(values.front() == static_cast<float>(12 * slice));
      expect(shared.text_attribute("/group", "text") == "café");
      expect(shared.read_texts("/texts")[1] == "one");
      expect(holds(message_of<DataError>([&] { shared.read<float>("/nothing"); }),
                   "shared.h5:/nothing: missing"));
      const Hdf5Reader own(folder / "shared.h5");
      expect(own.read<std::int64_t>("/scalar") == std::vector<std::int64_t>{-5});
    } while (!done);
  };
  {
    std::vector<std::jthread> readers;
    for (const std::int64_t slice : {0, 1, 1}) readers.emplace_back(read, slice);
    for (int i = 0; i < 30; ++i) write_example(folder / "written.h5", {.overwrite = true});
    done = true;
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(bytes_of(folder / "written.h5"), bytes_of(folder / "shared.h5"));
}

TEST(Hdf5, OperationsWaitForOneAnother) {
  const TemporaryFolder folder;
  write_example(folder / "a.h5");
  const Hdf5Reader file(folder / "a.h5");
  std::atomic<bool> has_read = false;
  std::jthread reader;
  {
    const auto lock = detail::enter_hdf5();
    EXPECT_TRUE(file.exists("/scalar")) << "the thread that holds the lock goes on";
    reader = std::jthread([&] {
      file.read<std::int64_t>("/scalar");
      has_read = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(has_read);
  }
  reader.join();
  EXPECT_TRUE(has_read);
}

}  // namespace
}  // namespace regionwise::storage
