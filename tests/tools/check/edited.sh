# What another program made of a file: h5py, which knows of no seal.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
python=$(python_with h5py) || skip "python3 with h5py is not installed"
"$(dirname "$REGIONWISE_BIN")/tests/make_results" metrics scores.h5 rectified 1 0.9

# Numbers that another program changed are refused, whatever it meant.
cp scores.h5 edited.h5
"$python" - <<'PYTHON'
import h5py
with h5py.File("edited.h5", "r+") as file:
    file["metrics/dice"][0, 0] = 1.0
PYTHON
expect_error 65 "has lost its seal" cdf edited.h5
# One that says it never had a seal is read, and not called whole.
"$python" - <<'PYTHON'
import h5py
with h5py.File("edited.h5", "r+") as file:
    del file.attrs["sealed"]
PYTHON
check edited.h5 >out.tsv || fail "$(cat out.tsv)"
grep -q "^edited.h5.unsealed" out.tsv || fail "$(cat out.tsv)"
cdf edited.h5 >/dev/null || fail "files of older programs are refused"
