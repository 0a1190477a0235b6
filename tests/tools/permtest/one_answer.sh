# Where there is nothing to compare, permtest and cdf say so in numbers: p = 1, no interval, one step.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
make_results=$REGIONWISE_BIN/../tests/make_results

# row FILE: mean difference, p, interval of the difference, effect.
row() { permtest "$@" | grep -v '^#' | cut -f 11,12,20,21,22; }
printf 'case\tgroup\ta\tb\nx1\tx\t0.9\t0.8\nx2\tx\t0.9\t0.8\n' >one_patient.tsv
for draws in 20 0; do
  [ "$(row --tsv one_patient.tsv --exact-up-to "$draws" | cut -f 2-)" = $'1\tnan\tnan\tnan' ] ||
    fail "one patient: $(row --tsv one_patient.tsv)"
done
{ printf 'case\tgroup\ta\tb\n'; seq 9 | awk '{ print $1 "\t" $1 "\t0.7\t0.7" }'; } >same.tsv
for draws in 20 0; do
  [ "$(row --tsv same.tsv --exact-up-to "$draws")" = $'0\t1\t0\t0\tnan' ] || fail "all ties: $(row --tsv same.tsv)"
done
printf 'case\tgroup\ta\tb\n' >nobody.tsv
expect_error 65 "nobody.tsv: no case below the header" permtest --tsv nobody.tsv

# Equal results of two configurations, whatever the class and metric.
"$make_results" metrics a.h5 rectified 0 0.9
"$make_results" metrics equal.h5 other 0 0.9
[ "$(permtest a.h5 --against equal.h5 | grep -v '^#' | cut -f 11,12 | sort -u)" = $'0\t1' ] ||
  fail "equal results: $(permtest a.h5 --against equal.h5)"

# All models alike (a Dice of 1) are one step; a lone one has a band from 0 to 1. Nothing tells them apart.
for seed in 0 2 4; do "$make_results" metrics "ties$seed.h5" ties "$seed" 3; done
cdf ties?.h5 a.h5 >cdf.tsv
[ "$(grep -c '^ties' cdf.tsv)" = 1 ] || fail "$(cat cdf.tsv)"
grep -qP '^ties\t1\t1\t0\.2158\d*\t1\t3$' cdf.tsv || fail "$(cat cdf.tsv)"
grep -qP '^rectified\t[\d.]+\t1\t0\t1\t1$' cdf.tsv || fail "$(cat cdf.tsv)"
# The lone one lies below, at a distance of 1, which one of the four ways to choose it has: the others leave
# two groups that share the value 1.
[ "$(grep -P '^# comparisons: ties\trectified\t' cdf.tsv | cut -f 5,6)" = $'1\t0.25' ] || fail "$(cat cdf.tsv)"
cdf a.h5 | grep -q "^# rectified: 0 of 1 below 0.5: share 0, 0 to 0.975 " || fail "one model"
