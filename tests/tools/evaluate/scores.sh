# evaluate scores a run, exports its segmentations, and scores those again as any program's: the same
# numbers. The same command writes the same bytes.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
tiny_train -o run.h5

evaluate run.h5 --data hearts.h5 --quiet --threads 1 --no-mirroring --export predictions -o m.h5 >summary.tsv
expect_same <(h5dump -a /dataset_hash m.h5 | tail -n +2) <(h5dump -a /dataset_hash run.h5 | tail -n +2)
mv m.h5 first.h5
rm m.summary.json
expect_error 74 ".nii.gz: exists: use --force" evaluate run.h5 --data hearts.h5 --no-mirroring --export predictions -o m.h5
mv predictions first-predictions
evaluate run.h5 --data hearts.h5 --quiet --threads 1 --no-mirroring --export predictions -o m.h5 >again.tsv
expect_same m.h5 first.h5
expect_same summary.tsv again.tsv
head -n 1 summary.tsv | grep -qx '# evaluate run.h5 .* -o m.h5' || fail "no command: $(head -n 1 summary.tsv)"
grep -q '^# HD, HD95 and ASSD as MedPy 0.4.0: between surface voxels of both masks, in mm;' summary.tsv ||
  fail "no definition of the distances"
sed -n 2p summary.tsv | grep -q '^# level: one value per case' || fail "no level in the summary"
evaluate --summary m.h5 >kept.tsv
expect_same summary.tsv kept.tsv
expect_error 2 "--output excludes --summary" evaluate --summary m.h5 -o n.h5
expect_error 65 "expected a regionwise/metrics file, found regionwise/run" evaluate --summary run.h5
grep -qP '^LV\thausdorff\tmm\t' summary.tsv || fail "no Hausdorff distance of LV: $(cat summary.tsv)"

# Scored against itself every prediction is perfect.
evaluate --pairs predictions predictions --classes RV,M,LV --quiet --empty zero-if-both -o self.h5 \
  >self.tsv
awk -F '\t' '!/^#/ && $2 == "dice" && $4 != 1 { exit 1 }' self.tsv || fail "$(cat self.tsv)"
awk -F '\t' '!/^#/ && $3 == "mm" && $4 != 0 { exit 1 }' self.tsv || fail "$(cat self.tsv)"

# The file records both folders by the hash of their images, and who the patients are.
text() { h5dump "$@" | sed -n 's/.*([0-9]*): \(.*\)/\1/p' | grep -o '"[^"]*"' | tr '\n' ' '; }
hash=$(text -a /provenance/inputs/1/hash self.h5)
[ ${#hash} = 35 ] || fail "no hash of the folder: $hash"
[ "$(text -a /provenance/inputs/2/path self.h5)" = '"predictions" ' ] || fail "the second folder is not an input"
[ "$(text -d /groups self.h5)" = "$(text -d /case_ids self.h5)" ] || fail "not each image its own patient"
evaluate --pairs predictions predictions --patient '^(patient[0-9]+)_' --quiet -o grouped.h5 >/dev/null
text -d /groups grouped.h5 | tr ' ' '\n' | sort -u | grep -v '^$' | diff - <(echo '"patient002"') || fail "--patient"
cp -r predictions changed
first=$(ls changed/* | head -n 1)
cp "$(ls changed/* | tail -n 1)" "$first"
echo "not an image" >changed/notes.txt
evaluate --pairs predictions changed --quiet -o changed.h5 >/dev/null
[ "$(text -a /provenance/inputs/1/hash changed.h5)" = "$hash" ] || fail "the same folder, another hash"
[ "$(text -a /provenance/inputs/2/hash changed.h5)" != "$hash" ] || fail "a changed image, the same hash"

# A signal between two cases ends it with one line and nothing left.
mkdir many
for i in 1 2 3 4 5 6 7 8; do cp "$first" "many/case$i.nii.gz"; done
(exec evaluate --pairs many many --threads 1 -o stopped.h5) 2>stderr.txt &
until ls stopped.h5.lock >/dev/null 2>&1; do
  kill -0 $! || fail "it ended before it was seen: $(cat stderr.txt)"
done
kill -TERM $!
status=0
wait $! || status=$?
[ "$status" = 75 ] || fail "SIGTERM ended with exit code $status: $(cat stderr.txt)"
[ "$(wc -l <stderr.txt)" = 1 ] || fail "not one line: $(cat stderr.txt)"
! ls stopped.h5* 2>/dev/null || fail "left behind"

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
    shape = tuple(data["cases"][case].attrs["source_shape"])
    assert image.shape == shape[::-1], (image.shape, shape)
    assert image.get_data_dtype() == numpy.uint8
    spacing = numpy.array(data["cases"][case].attrs["source_spacing_mm"])[::-1]
    assert numpy.allclose(image.header.get_zooms(), spacing)
PYTHON
else
  note_skipped "no python3 with h5py, nibabel and numpy"
fi

h5dump -H m.h5 >/dev/null || fail "h5dump cannot read the metrics"
evaluate run.h5 --data hearts.h5 --quiet --threads 1 --no-mirroring --json -o json.h5 | grep -q '"rows"' || fail "no JSON"
