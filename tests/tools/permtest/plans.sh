# permtest --plan says how many patients and seeds a difference needs.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
make_results=$REGIONWISE_BIN/../tests/make_results

for seed in 0 1 2; do
  "$make_results" metrics "a$seed.h5" rectified "$seed" 0.93
  "$make_results" metrics "b$seed.h5" dice "1$seed" 0.85
done
permtest a?.h5 --against b?.h5 --metric dice --plan 0.01 >plan.tsv
grep -q "^# plan: .*difference of 0.01 at level 0.05 with power 0.8" plan.tsv || fail "$(cat plan.tsv)"
grep -q "^# pilot: dice of LV: 8 patients, 3 + 3 runs, 0 dropped; sd between patients" plan.tsv ||
  fail "$(cat plan.tsv)"
[ "$(grep -v '^#' plan.tsv | cut -f 1,5,6 | uniq | cut -f 2,3 | tr '\t' + | paste -sd ' ')" = \
  "1+1 2+2 3+3 5+5 10+10 20+20 1+1 2+2 3+3 5+5 10+10 20+20" ] || fail "six numbers of seeds, two classes: $(cat plan.tsv)"
# The number needed stands among the rows, and exactly from there on the power is reached.
grep -v '^#' plan.tsv | awk -F '\t' '
  $7 != "nan" && ($10 >= 0.8) != ($9 >= $7) || ($11 >= 0.8) != ($9 >= $8) { print; bad = 1 }
  $9 == $7 { found = 1 }
  END { exit bad || !found }' || fail "$(cat plan.tsv)"

# needed ARGUMENT…: patients for LV, by its first row.
needed() { permtest a?.h5 --against b?.h5 --metric dice --class LV "$@" | grep -v '^#' | cut -f 7 | tail -1; }
[ "$(needed --plan 0.01 --power 0.95)" -gt "$(needed --plan 0.01)" ] || fail "--power"
[ "$(needed --plan 0.01 --significance 0.001)" -gt "$(needed --plan 0.01)" ] || fail "--significance"
[ "$(needed --plan 0.005)" -gt "$(needed --plan 0.01)" ] || fail "a smaller difference"
[ "$(needed --plan -0.01)" = "$(needed --plan 0.01)" ] || fail "the sign"
permtest a?.h5 --against b?.h5 --metric dice --plan 0.01 --by case | grep -q "cases_needed" || fail "--by"

# One run a side, or a table, tells nothing of seeds.
permtest a0.h5 --against b0.h5 --metric dice --plan 0.01 >one.tsv
grep -q "seeds cannot be told" one.tsv || fail "$(cat one.tsv)"
grep -v '^#' one.tsv | awk -F '\t' '
  !($5 == 1 && $6 == 1 && $7 == "nan" && $8 > 2 && $10 == "nan" && $12 == "nan") { print; bad = 1 }
  ($11 >= 0.8) != ($9 >= $8) { print; bad = 1 }
  END { exit bad }' || fail "$(cat one.tsv)"
permtest a0.h5 --against b?.h5 --metric dice --plan 0.01 >some.tsv
grep -q "^# pilot: dice of LV: 8 patients, 1 + 3 runs, .*(one run on a side" some.tsv || fail "$(cat some.tsv)"
[ "$(grep -v '^#' some.tsv | cut -f 5,6 | sort -u)" = $'1\t3' ] || fail "$(cat some.tsv)"
printf 'case\tgroup\ta\tb\nx\tx\t2\t0\ny\ty\t4\t0\nz\tz\t6\t0\n' >pairs.tsv
[ "$(permtest --tsv pairs.tsv --plan 2 | grep -v '^#' | cut -f 5-8 | sort -u)" = $'nan\tnan\tnan\t11' ] || fail "pairs"
permtest --tsv pairs.tsv --plan 2 | grep -q "^# pilot: - of -: 3 patients, pairs, 0 dropped; .*(runs not given" || fail "pairs"
# The difference is in the metric's unit.
permtest a?.h5 --against b?.h5 --metric hausdorff --plan 1 | grep -q "	difference \[mm\]	" || fail "unit"
permtest a?.h5 --against b?.h5 --metric dice --plan 1 | grep -q "	difference	" || fail "unit"
permtest --tsv pairs.tsv --plan 2 | grep -q "	difference	" || fail "unit"
permtest --tsv pairs.tsv --plan 2 --json | grep -q '"patients_needed"' || fail "JSON"

expect_error 2 "choose what to plan for with --metric" permtest a0.h5 --against b0.h5 --plan 1

# Values whose variance no number holds.
for value in 1e308 1e200; do
  printf 'case\tgroup\ta\tb\nx\tx\t%s\t-%s\ny\ty\t-%s\t%s\nz\tz\t1\t2\n' $value $value $value $value >huge.tsv
  expect_error 65 "too large for a plan" permtest --tsv huge.tsv --plan 1
done
