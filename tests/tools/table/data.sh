# A table of data sums up dataset files, as the paper's Table 1.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 3 --seed 3 -o hearts.h5 --quiet
echo '{"kind": "data", "title": "Data_summary"}' >spec.json
table spec.json hearts.h5 >data.tsv
[ "$(grep -vc '^#' data.tsv)" = 3 ] || fail "not a line per class: $(cat data.tsv)"
column() { awk -F '\t' -v name="$1" '/^# data_set/ { for (i = 1; i <= NF; ++i) if ($i == name) at = i } !/^#/ { print $at; exit }' data.tsv; }
[ "$(column train_patients)/$(column validation_patients)" = 2/1 ] || fail "$(cat data.tsv)"
[ "$(column train_cases)/$(column validation_cases)" = 4/2 ] || fail "$(cat data.tsv)"
slices=$(h5dump -H hearts.h5 | grep -A 4 'DATASET "image"' | sed -n 's/.*SIMPLE { ( 1, \([0-9]*\),.*/\1/p' | awk '{ n += $1 } END { print n }')
[ "$(($(column train_slices) + $(column validation_slices)))" = "$slices" ] || fail "$slices slices: $(cat data.tsv)"
echo '{"target_spacing_mm": [2, 2]}' >coarse.json
prepare-data phantom --patients 3 --seed 3 --plan coarse.json -o coarse.h5 --quiet
table spec.json hearts.h5 coarse.h5 --format md >data.md
[ "$(grep -c '^| phantom | SYNTHETIC' data.md)" = 2 ] || fail "$(cat data.md)"

# Once each: the same file by another name, and a copy.
expect_error 65 "./hearts.h5: given twice" table spec.json hearts.h5 coarse.h5 ./hearts.h5
cp hearts.h5 copy.h5
expect_error 65 "copy.h5: holds the same data set as hearts.h5" table spec.json hearts.h5 copy.h5

# The label stands with the title, in each format.
grep -qx "# Data_summary" data.tsv || fail "$(cat data.tsv)"
table spec.json hearts.h5 --label 'phantom, demo' | grep -qx '# Data_summary (phantom, demo)' || fail "TSV label"
table spec.json hearts.h5 --label 'phantom, demo' --format md | grep -q 'summary (phantom, demo)' || fail "md label"
table spec.json hearts.h5 --label 'phantom, demo' --format latex | grep -q 'summary (phantom, demo)' || fail "LaTeX label"
table spec.json hearts.h5 --label 'phantom, demo' --format json | grep -q '"Data_summary (phantom, demo)"' || fail "JSON label"
expect_error 2 "--explain: is of a table of results" table spec.json hearts.h5 --explain LV rectified dice
expect_error 2 "--keep-failed: is of a table of results" table spec.json hearts.h5 --keep-failed
expect_error 2 "--draws: is of a table of results" table spec.json hearts.h5 --draws 100

table spec.json hearts.h5 --format latex | grep -q 'Data\\_summary' || fail "LaTeX"
table spec.json hearts.h5 --format json | grep -q '"licence"' || fail "JSON"

"$REGIONWISE_BIN/../tests/make_results" metrics scores.h5 rectified 0 0.9
expect_error 65 "expected a regionwise/dataset file, found regionwise/metrics" table spec.json scores.h5
echo '{"kind": "banana", "title": "x"}' >kind.json
expect_error 2 'unknown kind "banana"' table kind.json hearts.h5
echo '{"kind": "data", "title": "x", "rows": []}' >rows.json
expect_error 2 "rows" table rows.json hearts.h5
