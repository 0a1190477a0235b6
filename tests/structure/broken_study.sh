# A study that is broken in the middle, make and its trainings killed at once, scores deleted, completes
# when it is made again, and gives the same tables and curves, byte for byte.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/small_study.sh"
command -v gnuplot >/dev/null || skip "gnuplot is not installed"

study || fail "$(tail -5 out.txt)"
mv results whole

# kill -9 of make and all that it started, while trainings run.
set -m
study &
group=$!
set +m
trap 'kill -9 -- "-$group"' EXIT
until grep -qs "epoch 1/3" results/*/losses/*/*.log; do
  kill -0 "$group" && [ "$SECONDS" -lt 600 ] || fail "no training began: $(tail -5 out.txt)"
  sleep 0.05
done
kill -9 -- "-$group"
trap - EXIT
wait "$group" 2>/dev/null && fail "the study ended before it was killed"
[ ! -e results/phantom-demo-paper/table2.tsv ] || fail "it was too late"
study || fail "it does not go on: $(tail -5 out.txt)"
compare() {
  local file
  for file in $(cd whole && find . -name '*.h5' -o -name 'table2.*' -o -name 'figure7*'); do
    cmp "whole/$file" "results/$file" || fail "$1: $file differs"
  done
}
compare "killed"
[ "$(find whole -name '*.metrics.h5' | wc -l)" = 4 ] && [ -s whole/phantom-demo-paper/table2.tex ] || fail "nothing was compared"

# Scores, a run and a table lost: made again, the same.
rm results/*/losses/dice/model-1.metrics.h5 results/*/losses/focal/model-1.run.h5 results/*/table2.md
study || fail "$(tail -5 out.txt)"
compare "deleted"
# Killed while a table is printed: it has no name yet, and is made again.
printf '#!/bin/sh\nhead -c 100 whole/phantom-demo-paper/table2.tsv\nkill -9 -- -$(ps -o pgid= $$ | tr -d " ")\n' >killer
chmod +x killer
rm build/bin
mkdir build/bin
ln -s "$REGIONWISE_BIN"/* build/bin/
rm results/phantom-demo-paper/table2.tsv build/bin/table
cp killer build/bin/table
set -m
study &
group=$!
set +m
wait "$group" 2>/dev/null && fail "the table was printed"
[ ! -e results/phantom-demo-paper/table2.tsv ] || fail "a cut table has its name"
ln -sf "$REGIONWISE_BIN/table" build/bin/table
study || fail "$(tail -5 out.txt)"
compare "cut"
