# Four modalities, labels 0, 1, 2, 4, negative intensities and an empty border: prepared, trained,
# scored and exported; each export lies on its source's grid, with the classes' numbers.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
images="$REGIONWISE_DATA/BraTS_layout_TCGA_pseudo"
[ -d "$images" ] || skip "no folder BraTS_layout_TCGA_pseudo in REGIONWISE_DATA"

prepare-data brats18 --root "$images" -o brats.h5 --quiet
cat >tiny.json <<'JSON'
{
  "name": "tiny",
  "loss": {"name": "dice"},
  "epochs": 1,
  "iterations-per-epoch": 2,
  "plan": {"batch_size": 1, "base_features": 4},
  "validation": {"cases": 1, "hausdorff": false}
}
JSON
train --data brats.h5 --config tiny.json --seed 1 --threads 1 --quiet -o run.h5
evaluate run.h5 --data brats.h5 --quiet --threads 1 --no-mirroring --split all --export out -o m.h5 >m.tsv
[ "$(grep -c dice m.tsv)" = 3 ] || fail "not three classes: $(cat m.tsv)"

python=$(python_with h5py nibabel numpy) || skip "no python3 with h5py, nibabel and numpy"
"$python" - "$images" <<'PY'
import glob, sys, h5py, nibabel, numpy
exports = glob.glob("out/*.nii.gz")
assert len(exports) == 2, exports
data = h5py.File("brats.h5")
assert list(data.attrs["channels"]) == ["T2", "T1", "T1CE", "FLAIR"]
for path in exports:
    case = path.split("/")[-1][:-7]
    (source,) = glob.glob(f"{sys.argv[1]}/**/{case}_flair.nii*", recursive=True)
    (label,) = glob.glob(f"{sys.argv[1]}/**/{case}_seg.nii*", recursive=True)
    source, label, export = nibabel.load(source), nibabel.load(label), nibabel.load(path)
    assert export.shape == source.shape and (export.affine == source.affine).all(), path
    # The label that is scored is the file's, with 4 as class 3.
    group = data["cases"][case]
    stored = group["source_label"] if "source_label" in group else group["label"]
    counts = numpy.bincount(numpy.asarray(label.dataobj).astype(int).ravel(), minlength=5)
    ours = numpy.bincount(numpy.maximum(stored[:], 0).ravel(), minlength=4)
    assert list(ours) == [counts[0] + counts[3], counts[1], counts[2], counts[4]], (ours, counts)
    image = group["image"][:]
    assert image.shape[0] == 4 and numpy.isfinite(image).all()
PY
