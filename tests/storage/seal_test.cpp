#include "storage/seal.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "storage/damage.hpp"
#include "storage/file_check.hpp"
#include "storage/hdf5.hpp"
#include "storage/records.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::bytes_of;
using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;
using testing::without_seal;
using Path = std::filesystem::path;

/// A file of each format, and what reads all of it.
struct Kind {
  std::string name;
  std::function<void(const Path&)> write;
  std::function<void(const Path&)> read;
};

void read_dataset(const Path& path) {
  const DatasetReader dataset(path);
  for (std::size_t i = 0; i < dataset.cases().size(); ++i) {
    dataset.image(i);
    dataset.label(i);
    dataset.source_label(i);
  }
}

void read_slices(const Path& path) {
  const DatasetReader dataset(path);
  for (std::size_t i = 0; i < dataset.cases().size(); ++i) {
    const auto& shape = dataset.cases()[i].shape;
    std::vector<Label> label(static_cast<std::size_t>(shape.height * shape.width));
    std::vector<float> image(label.size() * static_cast<std::size_t>(dataset.channels()));
    for (std::int64_t z = 0; z < shape.depth; ++z) dataset.slice(i, z, image, label);
  }
}

/// Two slices of 40 x 60 pixels: enough for chunks that are compared when they are read.
void write_bulky_dataset(const Path& path, int compress) {
  CaseInfo info = testing::make_case("a", "train");
  info.shape = info.crop_shape = info.source.shape = {2, 40, 60};
  info.crop_start = {0, 0, 0};
  std::vector<float> image(2 * 40 * 60);
  std::vector<Label> label(image.size());
  for (std::size_t i = 0; i < image.size(); ++i) {
    image[i] = static_cast<float>(i * i % 8191);
    label[i] = static_cast<Label>(i % 3);
  }
  DatasetWriter writer(path, {.compress = compress});
  writer.add(info, image, label, 1, 3);
  auto about = testing::make_dataset_info();
  about.channels = {"T1"};
  writer.finish(about, testing::make_provenance());
}

std::vector<Kind> kinds() {
  const auto provenance = testing::make_provenance();
  return {
      {"dataset", [](const Path& path) { write_bulky_dataset(path, 0); }, read_dataset},
      {"slices", [](const Path& path) { write_bulky_dataset(path, 0); }, read_slices},
      {"compressed", [](const Path& path) { write_bulky_dataset(path, 4); }, read_slices},
      {"maps",
       [](const Path& path) { testing::write_example_maps(path); },
       [](const Path& path) {
         const MapsReader maps(path);
         for (const auto& id : maps.case_ids()) maps.map(id);
       }},
      {"run",
       [=](const Path& path) { write_run(path, testing::make_run(), provenance, {}); },
       [](const Path& path) { read_run(path); }},
      {"metrics",
       [=](const Path& path) { write_metrics(path, testing::make_metrics(), provenance, {}); },
       [](const Path& path) { read_metrics(path); }},
  };
}

/// Whether reading says that the file is damaged, in one line.
bool refuses(const Kind& kind, const Path& path) {
  try {
    kind.read(path);
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return true;
  }
  return false;
}

TEST(Seal, NoticesAnyChangedByte) {
  for (const auto& kind : kinds()) {
    const TemporaryFolder folder;
    kind.write(folder / "x.h5");
    EXPECT_FALSE(refuses(kind, folder / "x.h5")) << kind.name;
    const auto bytes = bytes_of(folder / "x.h5");
    std::mt19937_64 random(1);
    for (int i = 0; i < 1000; ++i) {
      auto changed = bytes;
      const auto at = random() % bytes.size();
      changed[at] = static_cast<char>(changed[at] ^ (1 << random() % 8));
      write_bytes(folder / "x.h5", changed);
      EXPECT_TRUE(refuses(kind, folder / "x.h5")) << kind.name << " byte " << at;
    }
  }
}

TEST(Seal, NoticesTruncation) {
  for (const auto& kind : kinds()) {
    const TemporaryFolder folder;
    kind.write(folder / "x.h5");
    const auto bytes = bytes_of(folder / "x.h5");
    std::mt19937_64 random(2);
    for (int i = 0; i < 250; ++i) {
      const auto length =
          i < 100 ? bytes.size() - 1 - static_cast<std::size_t>(i) : random() % bytes.size();
      write_bytes(folder / "x.h5", bytes.substr(0, length));
      EXPECT_TRUE(refuses(kind, folder / "x.h5")) << kind.name << " cut to " << length;
    }
  }
}

/// The two ways to lose a seal: its mark alone, or all of it.
std::string without_mark(const std::string& bytes) {
  return bytes.substr(0, bytes.size() - 16) + std::string(16, '\0');
}

TEST(Seal, IsMissedWhateverElseIsDamagedAndBeforeHdf5SeesIt) {
  for (const auto& kind : kinds()) {
    const TemporaryFolder folder;
    kind.write(folder / "x.h5");
    const auto sealed = bytes_of(folder / "x.h5");
    std::mt19937_64 random(3);
    for (const auto& bytes : {without_mark(sealed), without_seal(sealed)}) {
      for (const int changes : {0, 1, 10, 100}) {
        for (int i = 0; i < 15; ++i) {
          auto changed = bytes;
          for (int change = 0; change < changes; ++change) {
            // Not the signature: that is no HDF5 file then.
            const auto at = 8 + random() % (bytes.size() - 8);
            changed[at] = static_cast<char>(random());
          }
          write_bytes(folder / "x.h5", changed);
          EXPECT_NE(message_of<DataError>([&] {
                      Hdf5Reader(folder / "x.h5");
                    }).find("x.h5: has lost its seal"),
                    std::string::npos)
              << kind.name << " with " << changes << " changes";
        }
      }
    }
  }
}

TEST(Seal, IsNotMissedInFilesThatNeverHadOne) {
  const TemporaryFolder folder;
  for (const auto& kind : kinds()) {
    const auto path = folder / (kind.name + ".h5");
    kind.write(path);
    {
      const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
      ASSERT_GE(H5Adelete(file.get(), "sealed"), 0);
    }
    EXPECT_FALSE(refuses(kind, path)) << kind.name;
    EXPECT_EQ(Hdf5Reader(path).seal(), nullptr) << kind.name;
  }
}

TEST(Seal, LeavesHdf5ItsFile) {
  const TemporaryFolder folder;
  write_bulky_dataset(folder / "x.h5", 0);
  write_bytes(folder / "bare.h5", without_seal(bytes_of(folder / "x.h5")));
  for (const char* name : {"x.h5", "bare.h5"}) {
    const Handle file(H5Fopen((folder / name).c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    EXPECT_TRUE(file) << name;
  }
  EXPECT_NE(message_of<DataError>([&] { Hdf5Reader(folder / "bare.h5"); }).find("lost its seal"),
            std::string::npos);
  EXPECT_NE(Hdf5Reader(folder / "x.h5").seal(), nullptr);
}

TEST(Seal, BulkIsComparedWhenItIsReadAndNotBefore) {
  const TemporaryFolder folder;
  write_bulky_dataset(folder / "x.h5", 0);
  auto bytes = bytes_of(folder / "x.h5");
  // The image's second slice begins with the square of 40 x 60, modulo 8191: 2400² mod 8191 = 2127.
  const float first = 2400 * 2400 % 8191;
  const auto at = bytes.find(std::string(reinterpret_cast<const char*>(&first), sizeof first));
  ASSERT_NE(at, std::string::npos);
  bytes[at] ^= 1;
  write_bytes(folder / "x.h5", bytes);
  const DatasetReader dataset(folder / "x.h5");
  std::vector<float> image(40 * 60);
  std::vector<Label> label(image.size());
  EXPECT_NO_THROW(dataset.slice(0, 0, image, label));
  EXPECT_THROW(dataset.slice(0, 1, image, label), DataError);
  EXPECT_THROW(dataset.image(0), DataError);
  EXPECT_NO_THROW(dataset.label(0));
}

TEST(Seal, RefusesCountsThatTheFileCannotHold) {
  const TemporaryFolder folder;
  write_bulky_dataset(folder / "x.h5", 0);
  const auto bytes = bytes_of(folder / "x.h5");
  for (const std::size_t field : {0UL, 8UL}) {
    auto changed = bytes;
    const std::uint64_t huge = ~std::uint64_t{0} / 24;
    changed.replace(bytes.size() - 56 + field, 8, reinterpret_cast<const char*>(&huge), 8);
    write_bytes(folder / "x.h5", changed);
    EXPECT_THROW(Hdf5Reader(folder / "x.h5"), DataError);
  }
}

bool read_is_refused(const std::function<void()>& reader) {
  try {
    reader();
    return false;
  } catch (const DataError&) {
    return true;
  }
}

TEST(FileCheck, SaysThatWholeFilesAreWhole) {
  for (const auto& kind : kinds()) {
    const TemporaryFolder folder;
    kind.write(folder / "x.h5");
    const auto check = check_file(folder / "x.h5");
    EXPECT_EQ(check.problems, std::vector<std::string>{}) << kind.name;
    EXPECT_TRUE(check.sealed);
    EXPECT_EQ(check.program, "example");
  }
}

TEST(FileCheck, NamesWhatIsWrongBehindAnIntactSeal) {
  const TemporaryFolder folder;
  auto run = testing::make_run();
  run.weights[0] = testing::make_array<float>(
      "z.weight", "float32", {2, 1, 1, 2}, {1, std::nanf(""), 3, HUGE_VALF});
  write_run(folder / "r.h5", run, testing::make_provenance(), {});
  auto check = check_file(folder / "r.h5");
  EXPECT_EQ(check.problems, std::vector<std::string>{"/weights/z.weight: 2 values are not finite"});
  EXPECT_TRUE(check.unfinished);

  auto metrics = testing::make_metrics();
  metrics.metrics[1].values[2] = 1.5;
  write_metrics(folder / "e.h5", metrics, testing::make_provenance(), {});
  EXPECT_EQ(check_file(folder / "e.h5").problems,
            std::vector<std::string>{"/metrics/dice: expected values of its range, nan-drop where "
                                     "a mask is empty, found 1 others"});

  testing::write_example_dataset(folder / "d.h5");
  testing::Damage(folder / "d.h5").remove("/provenance");
  check = check_file(folder / "d.h5");
  ASSERT_FALSE(check.problems.empty());
  EXPECT_NE(check.problems[0].find("has no /provenance"), std::string::npos);
}

/// The only problem of a file, by the object that it begins with; all of them where there are more.
std::string found_in(const std::filesystem::path& path) {
  const auto problems = check_file(path).problems;
  std::string all;
  for (const auto& problem : problems) all += (all.empty() ? "" : " | ") + problem;
  return problems.size() == 1 ? all.substr(0, all.find(": ")) : all;
}

TEST(FileCheck, FindsNumbersThatNoEvaluationWrites) {
  const TemporaryFolder folder;
  const auto found = [&](const std::function<void(MetricsRecord&)>& spoil) {
    auto record = testing::make_metrics();
    spoil(record);
    write_metrics(folder / "e.h5", record, testing::make_provenance(), {.overwrite = true});
    const std::string problem = found_in(folder / "e.h5");
    EXPECT_EQ(read_is_refused([&] { read_metrics(folder / "e.h5"); }), !problem.empty());
    return problem;
  };
  const double nan = std::nan("");
  const auto first = [](double value, std::size_t metric, const char* rule, std::int64_t voxels) {
    return [=](MetricsRecord& record) {
      record.metrics[metric].values[0] = value;
      record.metrics[0].values[5] = 1;  // which has no NaN that depends on the rule
      record.empty_rule = rule;
      record.predicted_voxels[0] = voxels;
    };
  };
  EXPECT_EQ(found([](auto&) {}), "");
  EXPECT_EQ(found([](auto& record) { record.case_ids[1] = "p1_ed"; }), "/case_ids");
  EXPECT_EQ(found([](auto& record) { record.reference_voxels[0] = -1; }), "/reference_voxels");
  EXPECT_EQ(found([](auto& record) { record.predicted_voxels[0] = -1; }), "/predicted_voxels");
  EXPECT_EQ(found([=](auto& record) { record.spacing_mm[1][2] = nan; }), "/spacing_mm");
  EXPECT_EQ(found([=](auto& record) { record.class_shares[0] = nan; }), "/class_shares");
  EXPECT_EQ(found([](auto& record) { record.empty_rule = "drop"; }), "/");
  EXPECT_EQ(found(first(nan, 1, "nan-drop", 5)), "/metrics/dice");
  EXPECT_EQ(found(first(nan, 1, "nan-drop", 0)), "/metrics/dice");  // a miss is 0
  EXPECT_EQ(found(first(HUGE_VAL, 0, "nan-drop", 0)), "/metrics/hausdorff");
  EXPECT_EQ(found(first(HUGE_VAL, 0, "infinite", 5)), "/metrics/hausdorff");
  EXPECT_EQ(found(first(HUGE_VAL, 0, "infinite", 0)), "");
  EXPECT_EQ(found(first(-HUGE_VAL, 0, "infinite", 0)), "/metrics/hausdorff");
  EXPECT_EQ(found(first(nan, 0, "diagonal", 0)), "/metrics/hausdorff");
  EXPECT_EQ(found(first(nan, 0, "zero-if-both", 0)), "");
  EXPECT_EQ(found(first(nan, 0, "zero-if-both", 5)), "/metrics/hausdorff");
}

TEST(FileCheck, FindsHistoriesAndWeightsThatNoTrainingWrites) {
  const TemporaryFolder folder;
  const auto found = [&](const std::function<void(RunRecord&)>& spoil) {
    auto run = testing::make_run();  // two epochs
    run.validation.column("epoch", "1").values = {1, 2};
    spoil(run);
    write_run(folder / "r.h5", run, testing::make_provenance(), {.overwrite = true});
    const std::string problem = found_in(folder / "r.h5");
    EXPECT_EQ(read_is_refused([&] { read_run(folder / "r.h5"); }), !problem.empty());
    return problem;
  };
  const auto epochs = [](double first, double second) {
    return [=](RunRecord& run) { run.validation.column("epoch", "1").values = {first, second}; };
  };
  const auto dice = [](double value) {
    return [=](RunRecord& run) { run.validation.columns.front().values[1] = value; };
  };
  const std::string in_validation = "/history/validation/";
  EXPECT_EQ(found([](auto&) {}), "");
  EXPECT_EQ(found(epochs(0, 3)), "");
  EXPECT_EQ(found(epochs(1, std::nan(""))), in_validation + "epoch");
  EXPECT_EQ(found(epochs(1, 999)), in_validation + "epoch");
  EXPECT_EQ(found(epochs(1, 1)), in_validation + "epoch");
  EXPECT_EQ(found(epochs(0.5, 1)), in_validation + "epoch");
  EXPECT_EQ(found([](auto& run) {
              run.training.column("epoch", "1").values = {2, 1};
            }),
            "/history/training/epoch");
  EXPECT_EQ(found(dice(2)), in_validation + "dice");
  EXPECT_EQ(found(dice(std::nan(""))), "");  // perhaps of a class that no case has …
  const auto counted = [&](RunRecord& run) {
    run.validation.column("cases", "1", {"heart", "aorta"}).values = {3, 3, 3, 3};
    dice(std::nan(""))(run);
  };
  EXPECT_EQ(found(counted), in_validation + "dice");  // … which these have
  EXPECT_EQ(found([](auto& run) {
              run.optimizer[1].extents = {1, 2, 2, 1};
            }),
            "/optimizer/z.weight/exp_avg");
  EXPECT_EQ(found([](auto& run) { run.optimizer[1].name = "y.weight/exp_avg"; }),
            "/optimizer/y.weight/exp_avg");
}

TEST(FileCheck, FindsGeometriesGroupsAndProvenancesThatNobodyWrites) {
  const TemporaryFolder folder;
  const auto path = folder / "d.h5";
  const auto found = [&](const std::function<void(testing::Damage&)>& spoil) {
    std::filesystem::remove(path);
    testing::write_example_dataset(path);
    {
      testing::Damage damage(path);
      spoil(damage);
    }
    return found_in(path);
  };
  EXPECT_EQ(found([](auto&) {}), "");
  const std::string affine = "/cases/a/world_from_voxel";
  EXPECT_EQ(found([&](auto& file) { file.replace(affine, H5T_IEEE_F64LE, {3, 4}); }), affine);
  EXPECT_EQ(found([&](auto& file) { file.fill(affine, {3, 4}, std::nan("")); }), affine);
  EXPECT_EQ(found([](auto& file) { file.set_text("/cases/a", "group", ""); }), "/cases/a");
  EXPECT_EQ(found([](auto& file) { file.remove_attribute("/provenance", "threads"); }),
            "/provenance");
  EXPECT_EQ(found([](auto& file) { file.write_text("/provenance/configuration", "{\"a\":"); }),
            "/provenance/configuration");
}

TEST(FileCheck, TellsAFileThatCannotBeReadFromADamagedOne) {
  const TemporaryFolder folder;
  EXPECT_TRUE(check_file(folder / "none.h5").unreadable);
  write_bytes(folder / "text.h5", "some text");
  EXPECT_FALSE(check_file(folder / "text.h5").unreadable);
  FileCheck check;
  add_check(check, "a.h5", [] { throw std::bad_alloc(); });
  EXPECT_TRUE(check.unreadable);
  EXPECT_EQ(check.problems, std::vector<std::string>{"cannot be read: out of memory"});
  add_check(check, "a.h5", [] { FAIL() << "asked more of a file that cannot be read"; });
}

/// Bytes that this process has read.
std::uint64_t bytes_read() {
  std::ifstream counts("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  counts >> name >> value;
  return value;
}

/// Seals a file that is nothing but a hole, and ends the process as a program would.
[[noreturn]] void seal_and_exit(const Path& path, std::uintmax_t bytes) {
  std::ofstream(path).close();
  std::filesystem::resize_file(path, bytes);
  try {
    Seal::append(path, {}, path);
  } catch (const RetryError&) {
    std::_Exit(75);
  }
  std::_Exit(0);
}

TEST(Seal, IsEndedByASignalThatComesMeanwhile) {
  const TemporaryFolder folder;
  EXPECT_EXIT(
      {
        catch_interrupts();
        const std::uint64_t before = bytes_read();
        const std::jthread signal([before] {
          while (bytes_read() < before + (16 << 20)) std::this_thread::yield();
          static_cast<void>(std::raise(SIGTERM));
        });
        seal_and_exit(folder / "meanwhile", std::uintmax_t{1} << 31);
      },
      ::testing::ExitedWithCode(75),
      "");
  EXPECT_EXIT(
      {
        catch_interrupts();
        static_cast<void>(std::raise(SIGTERM));
        seal_and_exit(folder / "before", 1 << 24);
      },
      ::testing::ExitedWithCode(0),
      "")
      << "what a program saves because of a signal";
}

/// Extents that promise 2^34 numbers, in a file that has not stored one of them.
TEST(FileCheck, TakesNoMemoryForWhatADataSetPromises) {
  const TemporaryFolder folder;
  testing::write_example_maps(folder / "m.h5");
  testing::Damage(folder / "m.h5")
      .replace("/cases/a/map", H5T_IEEE_F32LE, {2, 1 << 13, 1 << 10, 1 << 10});
  const auto check = check_file(folder / "m.h5");
  ASSERT_EQ(check.problems.size(), 1U);
  EXPECT_NE(check.problems[0].find("is damaged"), std::string::npos) << check.problems[0];
  EXPECT_FALSE(check.unreadable);
}

TEST(FileCheck, SaysWhatIsNoFileOfThisSuite) {
  const TemporaryFolder folder;
  EXPECT_EQ(check_file(folder / "none.h5").problems,
            std::vector<std::string>{"cannot be opened: No such file or directory"});
  write_bytes(folder / "text.h5", "some text");
  EXPECT_EQ(check_file(folder / "text.h5").problems,
            std::vector<std::string>{"is not an HDF5 file"});
  {
    Hdf5Writer file(folder / "other.h5");
    file.group("/a");
    file.commit();
  }
  EXPECT_EQ(check_file(folder / "other.h5").problems,
            std::vector<std::string>{"is an HDF5 file of another origin"});
}

}  // namespace
}  // namespace regionwise::storage
