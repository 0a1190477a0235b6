# Phantoms need no folder; the seed decides the bytes.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 2 -o a.h5 --quiet
cp a.h5 first.h5
rm a.h5
prepare-data phantom --patients 2 -o a.h5 --quiet
expect_same a.h5 first.h5
prepare-data phantom --patients 2 --seed 2 -o b.h5 --quiet
! cmp -s a.h5 b.h5 || fail "another seed drew the same hearts"
h5ls a.h5/cases | grep -q patient002_ES || fail "no second frame of the second patient"

python=$(python_with h5py) || skip "no python3 with h5py"
"$python" - <<'PY'
import h5py
with h5py.File("a.h5") as file:
    case = file["cases/patient001_ED"]
    channels, *shape = case["image"].shape
    assert channels == 1 and tuple(shape) == case["label"].shape
    assert set(case["label"][:].ravel()) == {0, 1, 2, 3}
    assert abs(case["image"][:].mean()) < 1e-4 and abs(case["image"][:].std() - 1) < 1e-4
PY
