# evaluate scores a run, exports its segmentations, and scores those again as any program's: the same
# numbers. The same command writes the same bytes.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
tiny_train -o run.h5

evaluate run.h5 --data hearts.h5 --quiet --threads 1 --no-mirroring --export predictions -o m.h5 >summary.tsv
mv m.h5 first.h5
evaluate run.h5 --data hearts.h5 --quiet --threads 1 --no-mirroring --export predictions -o m.h5 >again.tsv
expect_same m.h5 first.h5
expect_same summary.tsv again.tsv
head -n 1 summary.tsv | grep -q '^# level: one value per case' || fail "no level in the summary"
grep -qP '^LV\thausdorff\tmm\t' summary.tsv || fail "no Hausdorff distance of LV: $(cat summary.tsv)"

# Scored against itself every prediction is perfect.
evaluate --pairs predictions predictions --classes RV,M,LV --quiet --empty zero-if-both -o self.h5 \
  >self.tsv
awk -F '\t' '!/^#/ && $2 == "dice" && $4 != 1 { exit 1 }' self.tsv || fail "$(cat self.tsv)"
awk -F '\t' '!/^#/ && $3 == "mm" && $4 != 0 { exit 1 }' self.tsv || fail "$(cat self.tsv)"

if python=$(python_with h5py nibabel numpy); then
  "$python" - <<'PYTHON' || fail "h5py and nibabel disagree with what was written"
import h5py, nibabel, numpy
data, metrics = h5py.File("hearts.h5"), h5py.File("m.h5")
names = [n for n in metrics["class_names"].asstr()[:]] if "class_names" in metrics else list(metrics.attrs["class_names"])
assert names == ["RV", "M", "LV"], names
for case in data["cases"]:
    if data["cases"][case].attrs["split"] != "validation":
        continue
    image = nibabel.load(f"predictions/{case}.nii.gz")
    label = data["cases"][case]["label"][:]
    assert image.shape == label.shape[::-1], (image.shape, label.shape)
    assert image.get_data_dtype() == numpy.uint8
    spacing = numpy.array(data["cases"][case].attrs["spacing_mm"])[::-1]
    assert numpy.allclose(image.header.get_zooms(), spacing)
PYTHON
fi

h5dump -H m.h5 >/dev/null || fail "h5dump cannot read the metrics"
evaluate run.h5 --data hearts.h5 --quiet --threads 1 --no-mirroring --json -o json.h5 | grep -q '"rows"' || fail "no JSON"
