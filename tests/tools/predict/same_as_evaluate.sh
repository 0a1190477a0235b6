# predict needs the run alone and gives what evaluate --export gives, on each image's own grid, with
# its header's geometry.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
images="$REGIONWISE_DATA/ACDC17_from_png/training"
[ -d "$images" ] || skip "no folder ACDC17_from_png in REGIONWISE_DATA"
mkdir hearts
cp -r "$images"/patient00{1,6} "$images"/patient012 "$images"/patient027 hearts

prepare-data acdc17 --root hearts -o hearts.h5 --quiet
cat >tiny.json <<'JSON'
{
  "name": "tiny",
  "loss": {"name": "region-wise", "map": {"name": "rectified"}},
  "epochs": 1,
  "iterations-per-epoch": 2,
  "plan": {"batch_size": 1, "base_features": 4},
  "validation": {"cases": 1}
}
JSON
train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --quiet -o run.h5
evaluate run.h5 --data hearts.h5 --quiet --threads 1 --no-mirroring --export scored -o m.h5 >scored.tsv
[ -s m.summary.json ] || fail "no summary.json beside the metrics"

for case in patient001_frame01 patient027_frame11; do
  predict run.h5 hearts/${case%_*}/$case.nii.gz --threads 1 --no-mirroring --quiet -o predicted >out.tsv
  expect_same scored/$case.nii.gz predicted/$case.nii.gz
  grep -qP "^$case\t.*\tRV\t[0-9]" out.tsv || fail "no volume of RV: $(cat out.tsv)"
done

expect_error 74 "exists: use --force" predict run.h5 hearts/patient001/patient001_frame01.nii.gz -o predicted
expect_error 2 "is an input" predict run.h5 predicted/patient001_frame01.nii.gz -o predicted --force
expect_error 74 "no such file" predict run.h5 none.nii.gz -o predicted
expect_error 65 "expected a regionwise/run file" predict hearts.h5 predicted -o again

python=$(python_with nibabel numpy) || skip "no python3 with nibabel and numpy"
"$python" - <<'PY'
import glob, nibabel, numpy
for path in glob.glob("scored/*.nii.gz"):
    case = path.split("/")[-1][:-7]
    source = nibabel.load(f"hearts/{case.split('_')[0]}/{case}.nii.gz")
    export = nibabel.load(path)
    assert export.shape == source.shape, (path, export.shape, source.shape)
    assert (export.affine == source.affine).all(), path
    for field in ("sform_code", "qform_code", "pixdim", "srow_x", "srow_y", "srow_z", "xyzt_units"):
        assert (export.header[field] == source.header[field]).all(), (path, field)
PY
