# The study's graph, with stand-ins for the programs: each product is made once, a stopped study goes
# on where it was, and a rebuilt program does not cost a training.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

cp -r "$REGIONWISE_SOURCE"/{Makefile,experiments,data_prep} .
mkdir -p build/bin
touch build/CMakeCache.txt
for program in prepare-data compute-maps train evaluate permtest cdf table curves; do
  cat >"build/bin/$program" <<'STANDIN'
#!/usr/bin/env bash
# Notes the call and makes the output that was asked for; fails where a file fail-<program> lies.
program=$(basename "$0")
[ ! -e "fail-$program" ] || { echo "$program: error: stopped" >&2; exit 75; }
echo "$program $*" >>calls.txt
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then echo made >"$2"; fi
  shift
done
STANDIN
  chmod +x "build/bin/$program"
done
cat >gnuplot <<'STANDIN'
#!/usr/bin/env bash
output=$(sed -E "s/.*output='([^']*)'.*/\1/" <<<"$2")
touch "$output.png" "$output.svg"
STANDIN
chmod +x gnuplot
export PATH="$PWD:$PATH"
unset MAKEFLAGS MAKELEVEL ACDC17_ROOT BRATS18_ROOT KITS19_ROOT HIPPOCAMPUS_ROOT
study() { make -o ready "$@" >out.txt 2>&1; }
calls() { grep -c "^$1 " calls.txt || true; }

study reproduce-table2 || fail "$(cat out.txt)"
grep -q "No data set is configured" out.txt || fail "the phantom is not announced: $(cat out.txt)"
grep -q -- '--label phantom, profile demo, preset paper' calls.txt || fail "no label: $(cat calls.txt)"
trainings=$(calls train)
[ "$trainings" -ge 4 ] || fail "$trainings trainings"
[ "$(calls evaluate)" = "$trainings" ] || fail "$(calls evaluate) evaluations"

# Nothing is computed twice, even if the programs are newer.
: >calls.txt
touch build/bin/{train,evaluate,prepare-data}
study reproduce-table2 || fail "$(cat out.txt)"
[ "$(calls train)$(calls evaluate)$(calls prepare-data)" = 000 ] || fail "computed again: $(cat calls.txt)"

# One result lost: it alone is made again, and the tables with it.
: >calls.txt
rm results/phantom-demo-paper/table2/dice/seed-1.metrics.h5
study reproduce-table2 || fail "$(cat out.txt)"
[ "$(calls train)" = 0 ] && [ "$(calls evaluate)" = 1 ] || fail "$(cat calls.txt)"
[ "$(calls table)" = 3 ] || fail "the tables were not made again: $(cat calls.txt)"

# A training that stops ends the study with its line; the next call goes on.
: >calls.txt
rm results/phantom-demo-paper/table2/focal/seed-1.run.h5
touch fail-train
! study reproduce-table2 || fail "a failed training went unnoticed"
grep -q "train: error: stopped" out.txt || fail "its message is not shown: $(cat out.txt)"
rm fail-train
study reproduce-table2 || fail "$(cat out.txt)"
[ "$(calls train)" = 1 ] || fail "$(cat calls.txt)"

# Changed settings are trained anew; presets and profiles are checked; a launcher stands before steps.
: >calls.txt
touch experiments/losses/dice.json
study reproduce-table2 LAUNCH='env X=1' || fail "$(cat out.txt)"
[ "$(calls train)" = 1 ] || fail "$(cat calls.txt)"
study reproduce-figure5 || fail "$(cat out.txt)"
grep -q '^cdf ' calls.txt || fail "no distribution"
! study reproduce-table2 PRESET=banana || fail "an unknown preset was taken"
! study reproduce-table2 DATA=hippocampus PROFILE=small || fail "hippocampus without its folder"
grep -q "HIPPOCAMPUS_ROOT" out.txt || fail "$(cat out.txt)"
study help || fail "$(cat out.txt)"
