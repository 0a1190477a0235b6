#include "storage/provenance.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/version.hpp"
#include "storage/damage.hpp"
#include "storage/lineage.hpp"
#include "storage/records.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;
using testing::Damage;

TEST(Provenance, RecordsHowTheFileCameToBe) {
  const TemporaryFolder folder;
  testing::write_example_dataset(folder / "d.h5");
  const Hdf5Reader file(folder / "d.h5");
  EXPECT_EQ(file.text_attribute("/provenance", "program"), "example");
  EXPECT_EQ(file.text_attribute("/provenance", "command"), "example --name 'Łódź' -o out.h5");
  EXPECT_EQ(file.text_attribute("/provenance", "version"), regionwise::version());
  EXPECT_EQ(file.text_attribute("/provenance", "commit"), commit());
  EXPECT_EQ(file.text_attribute("/provenance", "compiler"), compiler());
  EXPECT_EQ(file.text_attribute("/provenance", "libtorch"), "1.13.1");
  EXPECT_EQ(file.text_attribute("/provenance", "device"), "cpu");
  EXPECT_EQ(file.integer_attribute("/provenance", "threads"), 2);
  EXPECT_EQ(file.unsigned_attribute("/provenance", "seed"), 18446744073709551615ULL);
  EXPECT_EQ(file.read_text("/provenance/configuration"), R"({"name":"example","rate":0.1})");
  EXPECT_TRUE(file.children("/provenance/inputs").empty());
}

TEST(Provenance, HoldsTheHashAndTheHistoryOfEachInput) {
  const TemporaryFolder folder;
  write_bytes(folder / "image.nii", "not of this suite");
  auto provenance = testing::make_provenance();
  provenance.inputs.assign(11, folder / "image.nii");
  testing::write_example_dataset(folder / "d.h5", {}, provenance);
  provenance.inputs = {folder / "d.h5"};
  provenance.seed.reset();
  provenance.libtorch.clear();
  testing::write_example_dataset(folder / "e.h5", {}, provenance);

  const Hdf5Reader file(folder / "e.h5");
  EXPECT_EQ(file.text_attribute("/provenance/inputs/1", "path"), (folder / "d.h5").string());
  EXPECT_EQ(file.text_attribute("/provenance/inputs/1", "hash"), hash_file(folder / "d.h5"));
  const std::string history = "/provenance/inputs/1/provenance";
  EXPECT_EQ(file.unsigned_attribute(history, "seed"), 18446744073709551615ULL);
  EXPECT_EQ(file.children(history + "/inputs").front(), "01");
  EXPECT_EQ(file.children(history + "/inputs").size(), 11U);
  EXPECT_FALSE(file.exists(history + "/inputs/01/provenance"));
  const Hdf5Reader input(folder / "d.h5");
  for (const char* name :
       {"schema", "program", "version", "commit", "compiler", "command", "device", "libtorch"}) {
    EXPECT_EQ(file.text_attribute(history, name), input.text_attribute("/provenance", name));
  }
  EXPECT_EQ(file.integer_attribute(history, "schema_version"), 1);
  EXPECT_EQ(file.integer_attribute(history, "threads"), 2);
  EXPECT_EQ(file.read_text(history + "/configuration"),
            input.read_text("/provenance/configuration"));
  EXPECT_EQ(file.text_attribute(history + "/inputs/11", "hash"), hash_file(folder / "image.nii"));
  EXPECT_FALSE(file.has_attribute("/provenance", "seed"));
  EXPECT_FALSE(file.has_attribute("/provenance", "libtorch"));
}

TEST(Provenance, InputsAreAsTheyWereWhenTheyWereRead) {
  const TemporaryFolder folder;
  auto provenance = testing::make_provenance();
  write_bytes(folder / "a.txt", "read");
  testing::write_example_dataset(folder / "d.h5");
  testing::write_example_dataset(folder / "e.h5");
  const DatasetReader reader(folder / "e.h5");
  const std::string text_hash = hash_file(folder / "a.txt");
  const std::string file_hash = hash_file(folder / "e.h5");
  provenance.inputs = {folder / "a.txt", folder / "d.h5"};
  const std::string command = provenance.command;
  provenance.command = "another";
  write_bytes(folder / "a.txt", "replaced");
  testing::write_example_dataset(folder / "d.h5", {.overwrite = true}, provenance);
  testing::write_example_dataset(folder / "e.h5", {.overwrite = true}, provenance);
  ASSERT_NE(hash_file(folder / "e.h5"), file_hash);
  provenance.inputs.push_back(reader.as_input());  // what is open is the file that was there

  testing::write_example_dataset(folder / "x.h5", {}, provenance);
  const Lineage lineage = read_lineage(folder / "x.h5");
  ASSERT_EQ(lineage.inputs.size(), 3U);
  EXPECT_EQ(lineage.inputs[0].hash, text_hash);
  for (const Lineage& input : {lineage.inputs[1], lineage.inputs[2]}) {
    EXPECT_EQ(input.hash, file_hash);
    EXPECT_EQ(input.command, command);
  }
}

TEST(Provenance, RefusesAHistoryThatHoldsItself) {
  const TemporaryFolder folder;
  auto provenance = testing::make_provenance();
  testing::write_example_dataset(folder / "d.h5");
  for (const std::size_t inputs : {1, 2}) {
    provenance.inputs.assign(inputs, folder / "d.h5");
    testing::write_example_dataset(folder / "e.h5", {.overwrite = true}, provenance);
    EXPECT_EQ(read_lineage(folder / "e.h5").inputs.size(), inputs);
    {
      Damage damage(folder / "e.h5");
      for (std::size_t i = 1; i <= inputs; ++i)
        damage.link("/provenance", "/provenance/inputs/" + std::to_string(i) + "/provenance");
    }
    EXPECT_NE(message_of<DataError>([&] { read_lineage(folder / "e.h5"); }).find("holds itself"),
              std::string::npos);
  }
}

TEST(Provenance, TakesHashesThatTheProgramMade) {
  const TemporaryFolder folder;
  write_bytes(folder / "a.nii", "one");
  write_bytes(folder / "b.nii", "two");
  const std::vector<std::filesystem::path> files{folder / "a.nii", folder / "b.nii"};
  const std::string hash = hash_files(files);
  EXPECT_EQ(hash, hash_text(hash_file(files[0]) + " a.nii\n" + hash_file(files[1]) + " b.nii\n"));
  auto provenance = testing::make_provenance();
  provenance.inputs = {files[0]};
  provenance.hashed_inputs = {{folder.path(), hash}};
  testing::write_example_dataset(folder / "d.h5", {}, provenance);
  const Hdf5Reader file(folder / "d.h5");
  EXPECT_EQ(file.text_attribute("/provenance/inputs/1", "path"), files[0].string());
  EXPECT_EQ(file.text_attribute("/provenance/inputs/2", "path"), folder.path().string());
  EXPECT_EQ(file.text_attribute("/provenance/inputs/2", "hash"), hash);
}

TEST(Provenance, ReplacesBytesThatAreNotUtf8) {
  const TemporaryFolder folder;
  auto provenance = testing::make_provenance();
  provenance.configuration = Json{{"path", "caf\xE9"}};
  testing::write_example_dataset(folder / "d.h5", {}, provenance);
  EXPECT_EQ(Hdf5Reader(folder / "d.h5").read_text("/provenance/configuration"),
            "{\"path\":\"caf\uFFFD\"}");
}

TEST(Provenance, RefusesAnInputThatCannotBeRead) {
  const TemporaryFolder folder;
  auto provenance = testing::make_provenance();
  EXPECT_THROW(provenance.inputs.push_back(folder / "none"), IoError);
}

TEST(Header, NamesTheFormatThatWasFound) {
  const TemporaryFolder folder;
  write_run(folder / "r.h5", testing::make_run(), testing::make_provenance(), {});
  EXPECT_EQ(
      message_of<DataError>([&] { DatasetReader file(folder / "r.h5"); }),
      (folder / "r.h5").string() + ": expected a regionwise/dataset file, found regionwise/run");
  EXPECT_EQ(format_of(Hdf5Reader(folder / "r.h5")), "regionwise/run");
}

TEST(Header, TellsAForeignFile) {
  const TemporaryFolder folder;
  {
    Hdf5Writer file(folder / "x.h5");
    file.attribute("/", "format", "another");
    file.commit();
  }
  EXPECT_EQ(message_of<DataError>([&] { read_run(folder / "x.h5"); }),
            (folder / "x.h5").string() +
                ": expected a regionwise/run file, found an HDF5 file of another origin");
  EXPECT_EQ(format_of(Hdf5Reader(folder / "x.h5")), "");
}

TEST(Header, SaysWhichProgramMakesAnOlderFileAnew) {
  const TemporaryFolder folder;
  testing::write_example_dataset(folder / "d.h5");
  Damage(folder / "d.h5")
      .set("/", "format_version", {1})
      .remove_attribute("/cases/a", "axis_order");
  EXPECT_EQ(message_of<DataError>([&] { DatasetReader(folder / "d.h5"); }),
            (folder / "d.h5").string() +
                ": regionwise/dataset version 1 was written by an older version of the programs: "
                "prepare it anew with prepare-data");
}

TEST(Header, RefusesANewerVersion) {
  const TemporaryFolder folder;
  write_run(folder / "r.h5", testing::make_run(), testing::make_provenance(), {});
  Damage(folder / "r.h5").set("/", "format_version", {99});
  EXPECT_EQ(
      message_of<DataError>([&] { read_run(folder / "r.h5"); }),
      (folder / "r.h5").string() +
          ": regionwise/run version 99 is newer than this program, which reads up to version 2: "
          "update it");
}

}  // namespace
}  // namespace regionwise::storage
