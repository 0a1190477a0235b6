# Each bad input ends table with one line and its exit code.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
make_results=$REGIONWISE_BIN/../tests/make_results

"$make_results" metrics a.h5 rectified 0 0.93
"$make_results" metrics b.h5 dice 0 0.85
"$make_results" metrics c.h5 focal 0 0.85
"$make_results" run run.h5 dice 0 0.9

both='{"run": "rectified", "label": "L_{RRW}"}, {"run": "dice", "label": "L_{Dice}"}'
# spec REFERENCE ROWS METRIC
spec() {
  printf '{"title": "T", "reference": "%s", "rows": [%s], "metrics": [{"metric": "%s", "label": "M"}]}\n' \
    "$@"
}
spec rectified "$both" dice >good.json
table good.json a.h5 b.h5 >/dev/null

expect_error 65 'run "dice" is in none' table good.json a.h5
expect_error 65 'c.h5: its run "focal" is in no row' table good.json a.h5 b.h5 c.h5
expect_error 65 "b.h5: given twice" table good.json a.h5 b.h5 b.h5
cp b.h5 copy.h5
expect_error 65 "copy.h5" table good.json a.h5 b.h5 copy.h5
expect_error 65 "run.h5" table good.json a.h5 run.h5
expect_error 74 "missing.h5" table good.json a.h5 missing.h5
expect_error 74 "missing.json" table missing.json a.h5
echo '{"title": ' >broken.json
expect_error 2 "broken.json" table broken.json a.h5
spec boundary "$both" dice >reference.json
expect_error 2 "reference.json:reference" table reference.json a.h5 b.h5
spec rectified '' dice >rows.json
expect_error 2 "rows.json:rows" table rows.json a.h5 b.h5
spec rectified '{"run": "rectified", "lable": "L"}' dice >misspelt.json
expect_error 2 "label: missing" table misspelt.json a.h5
spec rectified "$both" nsd >metric.json
expect_error 65 'no metric "nsd"' table metric.json a.h5 b.h5
expect_error 2 "--format" table good.json a.h5 b.h5 --format html
expect_error 2 "draws" table good.json a.h5 b.h5 --draws 0
expect_error 2 "resamples" table good.json a.h5 b.h5 --bootstrap 5
# Also where the table tests nothing.
spec rectified '{"run": "rectified", "label": "R"}' dice >alone.json
expect_error 2 "draws" table alone.json a.h5 --draws 0
expect_error 2 "resamples" table alone.json a.h5 --bootstrap 5
expect_error 2 "confidence" table alone.json a.h5 --confidence 2
expect_error 2 "--seed: -1 is no whole number" table good.json a.h5 b.h5 --seed -1
expect_error 2 "confidence" table good.json a.h5 b.h5 --confidence 2
sed 's/"reference"/"correction": "bonferroni", "reference"/' good.json >correction.json
expect_error 2 'correction.json:correction: "bonferroni"' table correction.json a.h5 b.h5
