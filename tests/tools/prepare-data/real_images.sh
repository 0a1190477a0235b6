# The hippocampus set by its own name and as any Decathlon folder.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
root="$REGIONWISE_DATA/Task04_Hippocampus"
[ -d "$root" ] || skip "no Task04_Hippocampus in REGIONWISE_DATA"

prepare-data hippocampus --root "$root" --patients 6 -o a.h5 --quiet
HIPPOCAMPUS_ROOT="$root" prepare-data hippocampus --patients 6 -o b.h5 --quiet
prepare-data msd --root "$root" --patients 6 -o m.h5 2>messages.txt
grep -q "3 training and 3 validation cases" messages.txt || fail "$(cat messages.txt)"
expect_same_hdf5 a.h5 b.h5

# The same command writes the same bytes.
cp a.h5 first.h5
rm a.h5
prepare-data hippocampus --root "$root" --patients 6 -o a.h5 --quiet
expect_same a.h5 first.h5
expect_error 74 "a.h5" prepare-data hippocampus --root "$root" --patients 6 -o a.h5
