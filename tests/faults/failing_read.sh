# A disk that fails to give what a loader reads ends a training, but nothing of what it had learnt is lost:
# the same command goes on from there, to the bytes of one that nobody disturbed.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
faults=$CMAKE_BINARY_DIR/tests/libfaults.so
command=(train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --set epochs=3 --set iterations-per-epoch=8
  --checkpoint-epochs 100 -o run.h5)
"${command[@]}" --quiet
mv run.h5 whole.h5
rm run.h5.history.jsonl
FAULT_PATH=hearts.h5 FAULT=unread FAULT_AT=1000000 FAULT_COUNT=calls.txt LD_PRELOAD=$faults "${command[@]}" --quiet
rm run.h5 run.h5.history.jsonl
calls=$(cat calls.txt)
seen=0
# Of the reads, those of the loader's threads lie somewhere in the middle.
for share in 50 70 85 95; do
  status=0
  FAULT_PATH=hearts.h5 FAULT=unread FAULT_AT=$((calls * share / 100)) LD_PRELOAD=$faults \
    "${command[@]}" 2>messages.txt || status=$?
  [ "$status" = 74 ] || fail "$share %: exit status $status: $(cat messages.txt)"
  if grep -q "run the same command again to resume" messages.txt; then
    seen=$((seen + 1))
    [ -e run.h5.unfinished ] || fail "no checkpoint"
  fi
  "${command[@]}" --quiet || fail "the same command fails"
  cmp run.h5 whole.h5 || fail "other bytes"
  rm run.h5 run.h5.history.jsonl
done
[ "$seen" -gt 0 ] || fail "no loader met the fault"

# So it is in a validation: from the first read of the training on a checkpoint is left, whichever fails.
command+=(--loader-threads 0 --set validation.every=1 --set validation.cases=0)
"${command[@]}" --quiet
rm run.h5 run.h5.history.jsonl
FAULT_PATH=hearts.h5 FAULT=unread FAULT_AT=1000000 FAULT_COUNT=calls.txt LD_PRELOAD=$faults "${command[@]}" --quiet
calls=$(cat calls.txt)
seen=0
for share in 30 35 40 45 50 55 60 65 70 75 80 85 90; do
  rm -f run.h5*
  status=0
  FAULT_PATH=hearts.h5 FAULT=unread FAULT_AT=$((calls * share / 100)) LD_PRELOAD=$faults \
    "${command[@]}" 2>messages.txt || status=$?
  [ "$status" = 74 ] || fail "$share % in a validation: exit status $status: $(cat messages.txt)"
  [ "$seen" = 0 ] || [ -e run.h5.unfinished ] || fail "$share % of the reads: no checkpoint: $(cat messages.txt)"
  [ ! -e run.h5.unfinished ] || seen=$((seen + 1))
done
[ "$seen" -gt 8 ] || fail "only $seen checkpoints"
