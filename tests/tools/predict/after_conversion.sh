# A run on converted slices (kits19) treats a new image alike and answers on that image's own grid.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
python=$(python_with nibabel numpy) || skip "no python3 with nibabel and numpy"

# Small volumes stored as KiTS19's: slices first, axes turned, in-plane pixels of 0.8 mm.
"$python" - <<'PY'
import os, nibabel, numpy
random = numpy.random.default_rng(0)
affine = numpy.array([[0, 0, -0.8, 0], [0, -0.8, 0, 0], [-3, 0, 0, 0], [0, 0, 0, 1.0]])
for case in range(4):
    folder = f"kits/case_{case:05}"
    os.makedirs(folder)
    label = numpy.zeros((6, 64, 60), "u1")
    label[1:5, 20:44, 16:40] = 1
    label[2:4, 28:36, 20:30] = 2
    image = (random.normal(0, 20, label.shape) + 100 * label).astype("f4")
    nibabel.save(nibabel.Nifti1Image(image, affine), f"{folder}/imaging.nii.gz")
    nibabel.save(nibabel.Nifti1Image(label, affine), f"{folder}/segmentation.nii.gz")
PY
cat >tiny.json <<'JSON'
{
  "name": "tiny",
  "loss": {"name": "region-wise"},
  "epochs": 1,
  "iterations-per-epoch": 1,
  "plan": {"batch_size": 1, "base_features": 4}
}
JSON
for preset in paper authors; do
  prepare-data kits19 --root kits --preset $preset -o $preset.h5 --quiet
  h5dump -d /plan $preset.h5 | grep -q "conversion.*resize.*256,256.*$preset" || fail "no conversion in the plan"
  train --data $preset.h5 --config tiny.json --seed 1 --threads 1 --quiet -o $preset.run.h5
  predict $preset.run.h5 kits/case_00001/imaging.nii.gz --no-mirroring --threads 1 --quiet -o $preset >out.tsv
done
"$python" - <<'PY'
import nibabel
source = nibabel.load("kits/case_00001/imaging.nii.gz")
for preset in ("paper", "authors"):
    export = nibabel.load(f"{preset}/imaging.nii.gz")
    assert export.shape == source.shape and (export.affine == source.affine).all(), preset
PY
