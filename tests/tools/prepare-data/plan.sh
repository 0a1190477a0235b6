# The plan can be printed, replaced field by field, and is recorded; --estimate says what the file
# needs. None of the two writes anything.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 2 --print-plan --quiet >plan.json
grep -q '"target_spacing_mm"' plan.json || fail "no plan: $(cat plan.json)"
[ "$(ls)" = plan.json ] || fail "--print-plan wrote a file: $(ls)"

# What is printed can be given back, and changes nothing.
prepare-data phantom --patients 2 -o planned.h5 --quiet
prepare-data phantom --patients 2 --plan plan.json -o again.h5 --quiet
expect_same_hdf5 planned.h5 again.h5 /cases
h5dump -d /plan again.h5 | grep -q 'overrides.*{}' || fail "what changed nothing is recorded as a change"

# A coarser spacing changes the images, the patch follows, and the file says what was asked for.
echo '{"target_spacing_mm": [3.0, 3.0], "batch_size": 5}' >coarse.json
prepare-data phantom --patients 1 --plan coarse.json -o coarse.h5 --quiet
h5dump -d /plan coarse.h5 >plan.txt
grep -q 'overrides.*target_spacing_mm.*3.0,3.0.*batch_size.*5' plan.txt || fail "not recorded: $(cat plan.txt)"
grep -q 'batch_size.*5' plan.txt || fail "batch size not taken"
prepare-data phantom --patients 1 --plan - -o from_stdin.h5 --quiet <coarse.json
expect_same_hdf5 coarse.h5 from_stdin.h5
rows() { h5ls "$1/cases/patient001_ED/image" | sed 's/.*{1, [0-9]*, \([0-9]*\),.*/\1/'; }
[ "$(rows coarse.h5)" -lt $(($(rows planned.h5) * 6 / 10)) ] || fail "$(rows coarse.h5) rows, from $(rows planned.h5)"
h5ls coarse.h5/cases/patient001_ED | grep -q source_label || fail "the source's label is not kept"

echo '{"bacth_size": 5}' >misspelt.json
# A plan is read once: it may come from a pipe.
prepare-data phantom --patients 1 --plan <(cat coarse.json) -o piped.h5 --quiet
expect_same_hdf5 coarse.h5 piped.h5
echo '{"batch_size": 1e400}' >infinite.json
expect_error 2 "infinite.json:batch_size: a number is out of range" \
  prepare-data phantom --patients 2 --plan infinite.json -o d.h5

expect_error 2 "misspelt.json" prepare-data phantom --patients 2 --plan misspelt.json -o d.h5
expect_error 74 "none.json" prepare-data phantom --patients 2 --plan none.json -o d.h5

prepare-data phantom --patients 2 --estimate --quiet -o d.h5 >estimate.tsv
needed=$(awk -F '\t' '!/^#/ { print $2 }' estimate.tsv)
size=$(stat -c %s planned.h5)
# A bound: the headers do not say which images are cropped and so keep their label twice (a fifth of a case).
[ "$needed" -ge "$size" ] && [ "$needed" -lt $((size * 120 / 100)) ] ||
  fail "estimated $needed bytes, the file has $size"
[ ! -e d.h5 ] || fail "a file was written all the same"

expect_error 2 "--print-plan" prepare-data phantom --patients 2 --estimate --print-plan

# A split without anybody is said; one patient can only train.
prepare-data phantom --patients 1 -o one.h5 2>said.txt
grep -qF 'no case is left for "validation"' said.txt || fail "not said: $(cat said.txt)"
