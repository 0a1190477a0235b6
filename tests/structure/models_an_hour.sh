# bench/models_an_hour.sh with a stand-in for train that takes 0.2 s and 10 ms an iteration.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

mkdir bin
cat >bin/train <<'END'
#!/bin/bash
while [ $# -gt 0 ]; do
  case $1 in --max-iterations) steps=$2 ;; -o) out=$2 ;; --seed) seed=$2 ;; esac
  shift
done
[ ! -e broken ] || { echo "train: error: no such data" >&2; exit 65; }
[ ! -e "$out" ] || exit 65
touch "$out"
echo "$seed" >>seeds.txt
sleep "$(awk -v n="$steps" 'BEGIN { print 0.2 + n / 100 }')"
exit 75
END
chmod +x bin/train
script=$REGIONWISE_SOURCE/bench/models_an_hour.sh
run() { BIN=bin COUNTS="1 3" SHORT=5 LONG=45 bash "$script" data.h5 runs 1000 tiny.json; }

run >table.txt 2>err.txt || fail "$(cat err.txt)"
[ "$(wc -l <table.txt)" = 3 ] || fail "$(cat table.txt)"
[ "$(sort -u seeds.txt | tr '\n' ' ')" = "1 2 3 " ] || fail "trainings of other seeds: $(cat seeds.txt)"
# About 100 iterations a second each, so 360 models an hour; loaded machines make it less.
awk -F '\t' 'NR == 2 && ($2 > 130 || $2 < 5 || $4 != 1) { exit 1 }
  NR == 3 && ($1 != 3 || $2 > 390) { exit 1 }
  NR > 1 && ($3 < 3.5 * $2 || $3 > 3.7 * $2) { exit 1 }' table.txt || fail "$(cat table.txt)"

touch broken
! run >table.txt 2>err.txt || fail "a training that fails"
grep -q 'train: error: no such data' err.txt || fail "$(cat err.txt)"
! bash "$script" data.h5 2>err.txt || fail "too few arguments"
grep -q 'ITERATIONS' err.txt || fail "$(cat err.txt)"
