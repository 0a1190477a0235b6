# permtest compares metrics files: runs of a side are averaged, cases are paired by id.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
make_results=$REGIONWISE_BIN/../tests/make_results

for seed in 0 1 2; do
  "$make_results" metrics "a$seed.h5" rectified "$seed" 0.93
  "$make_results" metrics "b$seed.h5" dice "1$seed" 0.85
done
permtest a?.h5 --against b?.h5 >all.tsv
[ "$(grep -vc '^#' all.tsv)" = 4 ] || fail "a row for each of two classes and two metrics"
# Eight patients, all of whom differ: 2 of 256 patterns.
[ "$(grep -P '^LV\tdice' all.tsv | cut -f 12)" = 0.0078125 ] || fail "p: $(cat all.tsv)"
# Seed 1 misses RV in one case, whose distance is then the average over the other runs.
[ "$(grep -P '^RV\thausdorff' all.tsv | cut -f 7)" = 1 ] || fail "partial: $(cat all.tsv)"
permtest a?.h5 --against b?.h5 --class RV --metric dice | grep -v '^#' >one.tsv
grep -P '^RV\tdice' all.tsv | cut -f 1-17 | cmp - <(cut -f 1-17 one.tsv) ||
  fail "--class and --metric choose a row"

# Corrected for the four tests of the call, or for the only one; an effect within its interval.
[ "$(grep -P '^LV\tdice' all.tsv | cut -f 18,19)" = $'0.03125\t0.0078125' ] || fail "$(cat all.tsv)"
[ "$(cut -f 18,19 one.tsv)" = $'0.0078125\t0.0078125' ] || fail "one test needs no correction"
grep -v '^#' all.tsv | awk -F '\t' '
  !($20 < $11 && $11 < $21 && $23 < $22 && $22 < $24) { print "outside its interval: " $0; bad = 1 }
  END { exit bad }' || fail "$(cat all.tsv)"
grep -q "^# p: .*uncorrected" all.tsv || fail "p is not called uncorrected"
grep -q "^# low, high: .*BCa bootstrap.*confidence: 0.95" all.tsv || fail "the interval is not named"
wide=$(permtest a?.h5 --against b?.h5 --confidence 0.99 | grep -P '^LV\tdice' | cut -f 20)
narrow=$(grep -P '^LV\tdice' all.tsv | cut -f 20)
awk "BEGIN { exit !($wide < $narrow) }" || fail "--confidence: $wide, $narrow"
[ "$(permtest a?.h5 --against b?.h5 --bootstrap 0 | grep -P '^LV\tdice' | cut -f 20,21)" = $'nan\tnan' ] ||
  fail "--bootstrap 0"
# Of one configuration, other seeds: what differs is by the seed alone.
[ "$(permtest a0.h5 --against a1.h5 a2.h5 | grep -vc '^#')" = 4 ] || fail "seeds against seeds"

expect_error 65 "rectified" permtest a0.h5 b0.h5 --against b1.h5
expect_error 65 "given twice" permtest a0.h5 a0.h5 --against b1.h5
cp a0.h5 copy.h5
expect_error 65 'run "rectified" with seed 0 is also in a0.h5' permtest a0.h5 copy.h5 --against b1.h5
# Nor does a run stand on both sides, be it one of several, a copy or the whole side.
for plan in "" "--metric dice --plan 0.01"; do
  expect_error 65 "a0.h5: given twice" permtest a0.h5 --against a0.h5 $plan
  expect_error 65 "./a0.h5: given twice" permtest a0.h5 a1.h5 --against b0.h5 ./a0.h5 $plan
  expect_error 65 'copy.h5: run "rectified" with seed 0 is also in a0.h5' permtest a0.h5 a1.h5 --against a2.h5 copy.h5 $plan
done
# No test counts twice in a correction.
expect_error 2 'metric "dice": given twice' permtest a0.h5 --against b0.h5 --metric dice --metric dice
expect_error 2 'class "LV": given twice' permtest a0.h5 --against b0.h5 --class LV --class RV --class LV
expect_error 65 'no class "M"' permtest a0.h5 --against b0.h5 --class M
expect_error 65 'no metric "nsd"' permtest a0.h5 --against b0.h5 --metric nsd

# What was compared stands above it, and which runs failed; so it does where a study is planned.
"$make_results" distances a.h5 rectified 1 0.9
"$make_results" distances b.h5 boundary 2 0.3
for plan in "" "--plan 5"; do
  permtest a.h5 --against b.h5 $plan >failed.tsv
  grep -qx "# data set: phantom, split: validation, split hash: 0123456789abcdef, rule for empty masks: nan-drop, mirroring: not known" failed.tsv ||
    fail "$(grep '^#' failed.tsv)"
  grep -q "^# boundary: 1 of 1 finished runs failed to converge (seed 2 diverged" failed.tsv || fail "$(grep '^#' failed.tsv)"
done
! grep "failed to converge" all.tsv || fail "runs that converged are called failed"
# One name may stand on both sides.
"$make_results" distances c.h5 boundary 4 0.3
permtest b.h5 --against c.h5 >sides.tsv
for side in "(a): 1 of 1 finished runs failed to converge (seed 2 " "(b): 1 of 1 finished runs failed to converge (seed 4 "; do
  grep -qF "# boundary $side" sides.tsv || fail "$(grep '^#' sides.tsv)"
done
# Seed 1 and 11 miss RV in one case each.
permtest a?.h5 --against b?.h5 --class RV --metric dice >one.tsv
header=$(grep $'^# class\t' one.tsv)
for side in a b; do
  column=$(tr '\t' '\n' <<<"$header" | grep -n "^misses_$side" | cut -d : -f 1)
  [ "$(grep -v '^#' one.tsv | cut -f "$column")" = 1 ] || fail "misses_$side: $(cat one.tsv)"
done
