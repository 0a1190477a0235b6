// Other people's programs read what we write: h5dump, h5py and nibabel, where they are installed.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "storage/nifti.hpp"
#include "storage/orientation.hpp"
#include "storage/records.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;

struct Result {
  int status;
  std::string output;
};

Result run(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) output += piece.data();
  return {::pclose(pipe), output};
}

/// A Python that has the modules, or an empty name.
std::string python_with(const std::string& modules) {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (run(python + " -c 'import " + modules + "'").status == 0) return python;
  }
  return {};
}

void expect_script_passes(const std::string& python,
                          const TemporaryFolder& folder,
                          const std::string& script) {
  write_bytes(folder / "check.py", script);
  const auto result = run("cd " + folder.path().string() + " && " + python + " check.py");
  EXPECT_EQ(result.status, 0) << result.output;
}

void write_all_files(const TemporaryFolder& folder) {
  testing::write_example_dataset(folder / "dataset.h5", {6, false});
  testing::write_example_maps(folder / "maps.h5");
  write_run(folder / "run.h5", testing::make_run(), testing::make_provenance(), {});
  write_metrics(folder / "metrics.h5", testing::make_metrics(), testing::make_provenance(), {});
}

TEST(Interoperability, H5dumpListsEveryFile) {
  if (run("h5dump --version").status != 0) GTEST_SKIP() << "no h5dump";
  const TemporaryFolder folder;
  write_all_files(folder);
  for (const std::string name : {"dataset", "maps", "run", "metrics"}) {
    const auto whole = run("h5dump " + (folder / (name + ".h5")).string());
    EXPECT_EQ(whole.status, 0) << whole.output;
    EXPECT_NE(whole.output.find("regionwise/" + name), std::string::npos);
    EXPECT_NE(whole.output.find("H5T_CSET_UTF8"), std::string::npos);
  }
}

TEST(Interoperability, H5pyReadsEveryFile) {
  const auto python = python_with("h5py");
  if (python.empty()) GTEST_SKIP() << "no python3-h5py";
  const TemporaryFolder folder;
  write_all_files(folder);
  expect_script_passes(python, folder, R"(
import h5py, json
import numpy as np

with h5py.File("dataset.h5") as f:
    assert f.attrs["format"] == "regionwise/dataset" and isinstance(f.attrs["format"], str)
    assert list(f.attrs["class_names"]) == ["background", "left", "right"]
    assert f["provenance"].attrs["command"] == "example --name 'Łódź' -o out.h5"
    assert f["provenance"].attrs["seed"] == 2**64 - 1
    assert json.loads(f["plan"].asstr()[()]) == {"patch": [32, 32]}
    case = f["cases/a"]
    assert case.attrs["split"] == "train"
    image = case["image"]
    assert image.dtype == np.float32 and image.shape == (2, 2, 3, 4) and image.chunks == (2, 1, 3, 4)
    assert image.compression == "gzip" and [d.label for d in image.dims] == ["C", "D", "H", "W"]
    assert (image[...] == np.arange(48).reshape(2, 2, 3, 4)).all()
    assert case["label"].dtype == np.int8 and [d.label for d in case["label"].dims] == ["D", "H", "W"]
    assert case["world_from_voxel"].shape == (3, 4)
with h5py.File("maps.h5") as f:
    assert f["specification"].attrs["name"] == "cao"
    assert f["cases/b/map"].compression is None and [d.label for d in f["cases/b/map"].dims] == ["K", "D", "H", "W"]
with h5py.File("run.h5") as f:
    assert list(f["weights"].attrs["order"]) == ["z.weight", "a.bias"]
    assert f["weights/z.weight"].shape == (2, 1, 1, 2) and f["optimizer/z.weight/step"][()] == 14
    assert f["history/validation/dice"].shape == (2, 2) and f["history/training/loss"].attrs["unit"] == "1"
with h5py.File("metrics.h5") as f:
    assert list(f["case_ids"].asstr()[...]) == ["p1_ed", "p1_es", "p2_ed"]
    assert np.isnan(f["metrics/hausdorff"][2, 1]) and f["metrics/dice"].attrs["higher_is_better"] == 1
)");
}

ImageGeometry turned_geometry() {
  ImageGeometry geometry;
  geometry.shape = {2, 3, 4};
  geometry.spacing_mm = {10, 1.5, 1.25};
  geometry.world_from_voxel = {{{0, 1.5, 0, 1}, {1.25, 0, 0, 2}, {0, 0, 10, 3}}};
  return geometry;
}

TEST(Interoperability, NibabelReadsTheImagesThatWeWrite) {
  const auto python = python_with("nibabel");
  if (python.empty()) GTEST_SKIP() << "no python3-nibabel";
  const TemporaryFolder folder;
  Volume<Label> labels;
  labels.shape = {2, 3, 4};
  labels.values = testing::make_label();
  Volume<float> image(labels.shape, 0.5F);
  write_nifti_labels(folder / "labels.nii.gz", labels.view(), turned_geometry());
  write_nifti(folder / "image.nii", image.view(), turned_geometry());
  expect_script_passes(python, folder, R"(
import nibabel
import numpy as np

for name, dtype in ("labels.nii.gz", np.uint8), ("image.nii", np.float32):
    image = nibabel.load(name)
    assert image.get_data_dtype() == dtype and image.shape == (4, 3, 2), name
    assert np.allclose(image.affine, [[0, 1.5, 0, 1], [1.25, 0, 0, 2], [0, 0, 10, 3], [0, 0, 0, 1]])
    assert image.header.get_xyzt_units()[0] == "mm"
voxels = np.asarray(nibabel.load("labels.nii.gz").dataobj)
assert (voxels[..., 0] == 0).all() and voxels[0, 0, 1] == 1 and voxels[1, 0, 1] == 2
)");
}

TEST(Interoperability, WeReadTheImagesThatNibabelWrites) {
  const auto python = python_with("nibabel");
  if (python.empty()) GTEST_SKIP() << "no python3-nibabel";
  const TemporaryFolder folder;
  expect_script_passes(python, folder, R"(
import nibabel
import numpy as np

affine = [[0, 1.5, 0, 1], [1.25, 0, 0, 2], [0, 0, 10, 3], [0, 0, 0, 1]]
voxels = np.arange(24).reshape(2, 3, 4).transpose(2, 1, 0)
for kind, image_class in ("one", nibabel.Nifti1Image), ("two", nibabel.Nifti2Image):
    for dtype in "int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64".split():
        image = image_class(voxels.astype(dtype), affine, dtype=dtype)
        image.header["pixdim"][1:4] = [1.25, 1.5, 10]
        nibabel.save(image, f"{kind}_{dtype}.nii.gz")
scaled = nibabel.Nifti1Image(voxels * 0.1 - 1, affine)
scaled.set_data_dtype(np.int16)
nibabel.save(scaled, "scaled.nii")
)");
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(".nii.gz")) continue;
    SCOPED_TRACE(name);
    const auto image = read_nifti(entry.path());
    ASSERT_EQ(image.values.size(), 24U);
    for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(image.values[i], static_cast<float>(i));
    EXPECT_EQ(image.geometry.shape, (Shape3{2, 3, 4}));
    EXPECT_NEAR(corner_distance_mm(image.geometry, turned_geometry()), 0, 1e-6);
    ++found;
  }
  EXPECT_EQ(found, 20);
  const auto scaled = read_nifti(folder / "scaled.nii");
  for (std::size_t i = 0; i < 24; ++i) {
    EXPECT_NEAR(scaled.values[i], 0.1 * static_cast<double>(i) - 1, 1e-4);
  }
}

TEST(Interoperability, CanonicalImagesAreThoseOfNibabel) {
  const auto python = python_with("nibabel");
  if (python.empty()) GTEST_SKIP() << "no python3-nibabel";
  const TemporaryFolder folder;
  expect_script_passes(python, folder, R"(
import itertools
import nibabel
import numpy as np

random = np.random.default_rng(3)
voxels = random.integers(0, 250, (3, 4, 5)).astype(np.uint8)
turns = [np.eye(3)[list(p)] * s for p in itertools.permutations(range(3)) for s in itertools.product([1, -1], repeat=3)]
for i in range(300):
    rotation = turns[i % 48]
    if i >= 48:  # oblique, and sheared from 150 on
        random_turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
        rotation = random_turn + (random.normal(size=(3, 3)) * 0.3 if i >= 150 else 0)
    affine = np.eye(4)
    affine[:3, :3] = rotation * random.uniform(0.5, 8, 3)
    affine[:3, 3] = random.uniform(-100, 100, 3)
    image = nibabel.Nifti1Image(voxels, None)
    qform_only = i < 150 and i % 2 == 0
    image.set_sform(None if qform_only else affine, 0 if qform_only else 2)
    image.set_qform(affine if qform_only else None, 1 if qform_only else 0)
    if not qform_only:
        image.header["pixdim"][1:4] = np.sqrt((affine[:3, :3] ** 2).sum(0))
    nibabel.save(image, f"{i}.nii")
)");
  for (int i = 0; i < 300; ++i) {
    auto image = read_nifti(folder / (std::to_string(i) + ".nii"));
    const Shape3 shape = image.geometry.shape;
    auto grid = canonical_geometry(image.geometry);
    grid.nifti_header.clear();
    Volume<float> canonical(grid.shape);
    canonical.values = to_canonical(std::move(image.values), shape, orientation_of(image.geometry));
    write_nifti(folder / ("canonical_" + std::to_string(i) + ".nii"), canonical.view(), grid);
  }
  expect_script_passes(python, folder, R"(
import nibabel
import numpy as np

for i in range(300):
    expected = nibabel.as_closest_canonical(nibabel.load(f"{i}.nii"))
    found = nibabel.load(f"canonical_{i}.nii")
    assert found.shape == expected.shape, i
    assert (np.asarray(found.dataobj) == np.asarray(expected.dataobj)).all(), i
    # Of a half turn the quaternion's float32 leaves little; nifticlib and nibabel round it apart.
    tolerance = 1e-2 if i < 150 and i % 2 == 0 else 1e-4
    assert np.allclose(found.affine, expected.affine, atol=tolerance), (i, found.affine, expected.affine)
    assert np.allclose(found.header.get_zooms(), expected.header.get_zooms(), rtol=1e-6), i
)");
}

}  // namespace
}  // namespace regionwise::storage
