#include "storage/chunk_reader.hpp"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <cstdlib>
#include <fstream>
#include <new>
#include <thread>

#include "core/error.hpp"
#include "core/random.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

const Extents kImage{2, 5, 7, 3};
const Extents kLabel{5, 7, 3};

/// An image chunked along its second axis, a label along its first, and what is not chunked so.
std::filesystem::path write_file(const std::filesystem::path& path, int compress) {
  RandomStream random(1, {});
  std::vector<float> image(2 * 5 * 7 * 3);
  std::vector<std::int8_t> label(5 * 7 * 3);
  for (float& value : image) value = static_cast<float>(random.normal());
  for (std::int8_t& value : label) value = static_cast<std::int8_t>(random.integer(4));
  Hdf5Writer file(path, {.compress = compress});
  file.write<float>("/image", kImage, image, {2, 1, 7, 3});
  file.write<std::int8_t>("/label", kLabel, label, {1, 7, 3});
  file.write<float>("/contiguous", kImage, image);
  file.write<float>("/halves", kImage, image, {1, 1, 7, 3});
  file.create<float>("/unwritten", kImage, {2, 1, 7, 3});
  file.commit();
  return path;
}

template <class T>
std::vector<T> chunk_of(const ChunkReader& reader, std::int64_t index) {
  std::vector<T> values(reader.chunk_bytes() / sizeof(T));
  reader.read(index, std::as_writable_bytes(std::span(values)));
  return values;
}

TEST(ChunkReader, ReadsWhatHdf5Reads) {
  const testing::TemporaryFolder folder;
  for (const int compress : {0, 1, 9}) {
    const Hdf5Reader file(write_file(folder / (std::to_string(compress) + ".h5"), compress));
    const auto images = ChunkReader::open<float>(file, "/image", 1);
    const auto labels = ChunkReader::open<std::int8_t>(file, "/label", 0);
    ASSERT_TRUE(images && labels) << "compress " << compress;
    ASSERT_EQ(images->chunks(), 5);
    for (const std::int64_t z : {3, 0, 4, 1, 2}) {
      std::vector<float> image(2 * 7 * 3);
      std::vector<std::int8_t> label(7 * 3);
      file.read_block<float>("/image", {0, z, 0, 0}, {2, 1, 7, 3}, image);
      file.read_block<std::int8_t>("/label", {z, 0, 0}, {1, 7, 3}, label);
      EXPECT_EQ(chunk_of<float>(*images, z), image);
      EXPECT_EQ(chunk_of<std::int8_t>(*labels, z), label);
    }
  }
}

TEST(ChunkReader, ReadsInSeveralThreads) {
  const testing::TemporaryFolder folder;
  const Hdf5Reader file(write_file(folder / "x.h5", 4));
  const auto images = ChunkReader::open<float>(file, "/image", 1);
  ASSERT_TRUE(images);
  std::vector<std::vector<float>> read(5);
  std::vector<std::thread> threads;
  for (std::int64_t z = 0; z < 5; ++z) {
    threads.emplace_back([&, z] {
      for (int i = 0; i < 50; ++i) read[static_cast<std::size_t>(z)] = chunk_of<float>(*images, z);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::int64_t z = 0; z < 5; ++z) {
    EXPECT_EQ(read[static_cast<std::size_t>(z)], chunk_of<float>(*images, z));
  }
}

TEST(ChunkReader, LeavesOthersToHdf5) {
  const testing::TemporaryFolder folder;
  const Hdf5Reader file(write_file(folder / "x.h5", 0));
  EXPECT_FALSE(ChunkReader::open<float>(file, "/contiguous", 1));
  EXPECT_FALSE(ChunkReader::open<float>(file, "/halves", 1));
  EXPECT_FALSE(ChunkReader::open<float>(file, "/image", 0));
  EXPECT_FALSE(ChunkReader::open<float>(file, "/image", 4));
  EXPECT_FALSE(ChunkReader::open<float>(file, "/label", 0));
  EXPECT_FALSE(ChunkReader::open<float>(file, "/unwritten", 1));
  EXPECT_FALSE(ChunkReader::open<float>(file, "/missing", 0));
}

TEST(ChunkReader, NamesTheFileThatIsDamaged) {
  const testing::TemporaryFolder folder;
  const auto path = write_file(folder / "x.h5", 1);
  const Hdf5Reader file(path);
  const auto images = ChunkReader::open<float>(file, "/image", 1);
  ASSERT_TRUE(images);
  const auto size = std::filesystem::file_size(path);
  {
    // Every compressed chunk begins with the bytes of a zlib header; one wrong bit each is enough.
    std::fstream stream(path, std::ios::binary | std::ios::in | std::ios::out);
    std::string bytes(size, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(size));
    for (std::size_t i = 0; i + 1 < size; ++i) {
      if (bytes[i] == '\x78' && bytes[i + 1] == '\x01') bytes[i] = '\x00';
    }
    stream.seekp(0);
    stream.write(bytes.data(), static_cast<std::streamsize>(size));
  }
  try {
    chunk_of<float>(*images, 2);
    ADD_FAILURE() << "damaged data were read";
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()),
              path.string() + ":/image: cannot be read: its compressed data are damaged");
  }
  std::filesystem::resize_file(path, 600);
  EXPECT_THROW(chunk_of<float>(*images, 4), DataError);
}

/// Too little memory is no damage.
TEST(ChunkReader, SaysWhereThereIsNoMemoryToInflate) {
  const testing::TemporaryFolder folder;
  const Hdf5Reader file(write_file(folder / "x.h5", 4));
  const auto images = ChunkReader::open<float>(file, "/image", 1);
  ASSERT_TRUE(images);
  libdeflate_set_memory_allocator([](std::size_t) -> void* { return nullptr; }, std::free);
  bool without_memory = false;
  std::thread([&] {  // which has nothing to inflate with yet
    try {
      chunk_of<float>(*images, 0);
    } catch (const std::bad_alloc&) {
      without_memory = true;
    } catch (const Error&) {
    }
  })
      .join();
  libdeflate_set_memory_allocator(std::malloc, std::free);
  EXPECT_TRUE(without_memory);
}

}  // namespace
}  // namespace regionwise::storage
