# cdf prints a step per model, the failures with their interval, and refuses what does not compare.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
make_results=$REGIONWISE_BIN/../tests/make_results

for seed in 0 2 4 6 8; do
  "$make_results" metrics "a$seed.h5" rectified "$seed" 0.93
  "$make_results" metrics "b$seed.h5" boundary "$seed" "0.$((41 + 4 * seed))"
done
cdf a?.h5 b?.h5 >cdf.tsv
[ "$(grep -vc '^#' cdf.tsv)" = 10 ] || fail "a step for each model"
grep -q "^# rectified: 0 of 5 below 0.5: share 0, 0 to 0.5218 at" cdf.tsv || fail "$(cat cdf.tsv)"
grep -q "^# boundary: 2 of 5 below 0.5: share 0.4," cdf.tsv || fail "$(cat cdf.tsv)"
grep -q "data set: phantom" cdf.tsv || fail "the data set is not named"
[ "$(grep '^boundary' cdf.tsv | tail -1 | cut -f 3)" = 1 ] || fail "the last fraction is 1"
cdf a?.h5 b?.h5 --failed-below 0.6 | grep -q "boundary: 3 of 5" || fail "--failed-below"
cdf a?.h5 --class LV --metric hausdorff | grep -q 'value \[mm\]' || fail "--metric"
cdf a?.h5 --json | grep -q '"rows"' || fail "JSON"

# The groups compared: 0 of 5 and 2 of 5 failures, no value in common; (10 choose 5) divisions.
grep -P '^# comparisons: a\tb\tn_a' cdf.tsv >/dev/null || fail "no comparison: $(cat cdf.tsv)"
row=$(grep -P '^# comparisons: rectified\tboundary\t' cdf.tsv)
[ "$(cut -f 3-5,8-9 <<<"$row")" = $'5\t5\t1\t0\t2' ] || fail "$row"
awk -F '\t' '{ exit !($6 > 2 / 252 - 1e-9 && $6 < 2 / 252 + 1e-9 && $7 == $6 && $10 == -0.4 &&
  $11 < -0.4 && $12 > -0.4 && $13 > 0.4444 && $13 < 0.4445) }' <<<"$row" || fail "$row"
for seed in 0 2 4 6 8; do "$make_results" metrics "c$seed.h5" dice "$seed" 0.8; done
pairs() { cdf a?.h5 b?.h5 c?.h5 "$@" | grep '^# comparisons' | sed 1d | cut -f 1,2 | tr -d '\n'; }
[ "$(pairs)" = $'# comparisons: rectified\tboundary# comparisons: rectified\tdice# comparisons: boundary\tdice' ] ||
  fail "$(pairs)"
[ "$(pairs --compare first)" = $'# comparisons: rectified\tboundary# comparisons: rectified\tdice' ] ||
  fail "$(pairs --compare first)"
[ -z "$(pairs --compare none)" ] || fail "--compare none"
[ "$(cdf a?.h5 b?.h5 --metric hausdorff --class LV | grep -P '^# comparisons: rec' | cut -f 8,13)" = $'nan\tnan' ] ||
  fail "a distance has no failures"
if python=$(python_with json); then
  cdf a?.h5 b?.h5 --json | "$python" -c '
import json, sys
section = json.load(sys.stdin)["comparisons"]
names = [column["name"] for column in section["columns"]]
row = dict(zip(names, section["rows"][0]))
assert row["a"] == "rectified" and row["failures_b"] == 2 and abs(row["ks_p"] - 2 / 252) < 1e-12, row
' || fail "JSON of the comparison"
else
  note_skipped "no python3"
fi

# The marks are counted and compared, too, whatever the metric: one training of five lost a class.
"$make_results" metrics b0.h5 boundary 0 0.02
cdf a?.h5 b?.h5 --metric hausdorff >marks.tsv
grep -qF "# boundary: 1 of 5 marked failed (a class lost, or diverged): share 0.2," marks.tsv || fail "$(cat marks.tsv)"
grep -q "^# marked: the same test and interval" marks.tsv || fail "$(cat marks.tsv)"
[ "$(grep -P '^# comparisons: rectified' marks.tsv | cut -f 15-17,20,21)" = $'0\t1\t-0.2\t1\t1' ] ||
  fail "$(grep '^# comparisons' marks.tsv)"

# A training of which nothing is known hides nothing of the others.
"$make_results" distances u0.h5 boundary 0 0.3
"$make_results" distances u2.h5 boundary 2 0.9
"$make_results" distances v0.h5 other 0 0.3
"$make_results" distances v2.h5 other 2 0.3
cdf u?.h5 v?.h5 --metric hausdorff >unknown.tsv
grep -qF "# boundary: 1 of 1 marked failed (a class lost, or diverged): share 1," unknown.tsv || fail "$(cat unknown.tsv)"
grep -qF "# boundary: of 1 of 2 the outcome is not known: 1 to 2 of all failed; marks are not compared" unknown.tsv ||
  fail "$(cat unknown.tsv)"
grep -qF "# other: 2 of 2 marked failed" unknown.tsv || fail "$(cat unknown.tsv)"
[ "$(grep -P '^# comparisons: boundary' unknown.tsv | cut -f 15,20)" = $'nan\tnan' ] || fail "$(cat unknown.tsv)"

# A reader that leaves early is no error.
cdf a?.h5 b?.h5 2>stderr.txt | head -3 >/dev/null
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"

expect_error 2 "confidence" cdf a0.h5 --confidence 1
expect_error 2 "files" cdf
for limit in nan inf -inf -0.5 70; do
  expect_error 2 "--failed-below" cdf a0.h5 --failed-below=$limit
done
expect_error 2 "--failed-below: hausdorff is a distance" cdf a0.h5 --metric hausdorff --failed-below 0.5
expect_error 2 "--compare" cdf a0.h5 --compare last
expect_error 65 'no class "M"' cdf a0.h5 --class M
expect_error 65 "given twice" cdf a0.h5 a0.h5
expect_error 74 "missing.h5" cdf missing.h5
echo text >text.h5
expect_error 65 "text.h5" cdf text.h5
"$make_results" run run.h5 rectified 0 0.9
expect_error 65 "one format" cdf a0.h5 run.h5
[ "$(cdf run.h5 | grep -vc '^#')" = 1 ] || fail "a run file"
