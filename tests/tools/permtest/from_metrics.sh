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
grep -P '^RV\tdice' all.tsv | cmp - one.tsv || fail "--class and --metric choose a row"
[ "$(permtest a0.h5 --against a0.h5 --metric dice --class LV | grep -v '^#' | cut -f 12)" = 1 ] ||
  fail "a run does not differ from itself"

expect_error 65 "rectified" permtest a0.h5 b0.h5 --against b1.h5
expect_error 65 "given twice" permtest a0.h5 a0.h5 --against b1.h5
cp a0.h5 copy.h5
expect_error 65 'run "rectified" with seed 0 is also in a0.h5' permtest a0.h5 copy.h5 --against b1.h5
expect_error 65 'no class "M"' permtest a0.h5 --against b0.h5 --class M
expect_error 65 'no metric "nsd"' permtest a0.h5 --against b0.h5 --metric nsd
