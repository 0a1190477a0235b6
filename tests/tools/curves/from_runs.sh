# curves prints a point per configuration and epoch.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
make_results=$REGIONWISE_BIN/../tests/make_results

for seed in 0 1 2; do
  "$make_results" run "a$seed.h5" rectified "$seed" 0.93
  "$make_results" run "b$seed.h5" dice "$seed" 0.8
done
curves a?.h5 b?.h5 >curves.tsv
[ "$(grep -vc '^#' curves.tsv)" = 20 ] || fail "10 epochs of two configurations"
[ "$(grep -v '^#' curves.tsv | cut -f 8 | sort -u)" = 3 ] || fail "three runs each"
[ "$(curves a?.h5 --by-class | grep -v '^#' | cut -f 2 | sort -u | tr '\n' ' ')" = "LV RV " ] ||
  fail "--by-class"
curves a?.h5 --metric hausdorff | grep -q 'mean \[mm\]' || fail "--metric"
# What a mean leaves out stands beside it; where nothing is left there is no number.
curves a0.h5 --metric hausdorff --by-class >classes.tsv
grep -q "$(printf 'max \[mm\]\tn\tmisses\tundefined\tq1 \[mm\]\tq3 \[mm\]')" classes.tsv || fail "$(grep '^#' classes.tsv)"
grep -qP '^rectified\tRV\t1\tnan\tnan\tnan\tnan\t0\t10\t1\tnan\tnan$' classes.tsv || fail "$(cat classes.tsv)"
grep -qP '^rectified\tmean\t1\t[0-9.]*\tnan\t[0-9.]*\t[0-9.]*\t1\t10\t1\t[0-9.]*\t[0-9.]*$' <(curves a0.h5 --metric hausdorff) ||
  fail "$(curves a0.h5 --metric hausdorff)"
curves a?.h5 b?.h5 | head -3 >/dev/null

expect_error 65 'run "rectified" with seed 0 is also in a0.h5' curves a0.h5 a0.h5
expect_error 65 'did not measure "assd"' curves a0.h5 --metric assd
"$make_results" metrics metrics.h5 dice 0 0.9
expect_error 65 "metrics.h5" curves metrics.h5
expect_error 74 "missing.h5" curves missing.h5
expect_error 2 "files" curves
