# Stopped by a signal or by --max-iterations and started again, a training ends with the bytes of one
# that ran through; the command line is part of the file, so all are called alike.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

tiny_train -o run.h5
mv run.h5 whole.h5
tiny_train -o run.h5
expect_same run.h5 whole.h5
rm run.h5

# SIGTERM: exit 75, nothing under the final name, then the same command.
long_train() {
  exec train --data hearts.h5 --config tiny.json --seed 1 --threads 1 \
    --set epochs=60 --set validation.every=60 -o long.h5
}
(long_train) 2>training.txt &
until grep -qs "epoch 1/60" training.txt; do
  kill -0 $! || fail "the training ended: $(cat training.txt)"
  sleep 0.1
done
# Meanwhile nobody else trains it.
kill -STOP $!
expect_error 74 "long.h5: another process is writing it" train --data hearts.h5 --config tiny.json \
  --seed 1 --threads 1 --set epochs=60 --set validation.every=60 --quiet -o long.h5
kill -CONT $!
kill -TERM $!
status=0
wait $! || status=$?
[ "$status" = 75 ] || fail "SIGTERM ended with exit code $status: $(cat training.txt)"
[ ! -e long.h5 ] || fail "an unfinished run lies under its final name"
[ -e long.h5.unfinished ] || fail "no checkpoint was left"
grep -q "run the same command again to resume" training.txt || fail "$(cat training.txt)"
[ ! -e long.h5.lock ] || fail "the lock is still there"
expect_error 65 "the run is unfinished" evaluate long.h5.unfinished --data hearts.h5 -o m.h5

(long_train) 2>stderr.txt
grep -q "resuming long.h5" stderr.txt || fail "it began anew: $(cat stderr.txt)"
mv long.h5 resumed.h5
(long_train) 2>stderr.txt
expect_same long.h5 resumed.h5
[ ! -e long.h5.unfinished ] || fail "the checkpoint was not removed"

# Where it is finished nothing is written: its folder may be read-only by now. What a killed one left goes.
faults=$(dirname "$REGIONWISE_BIN")/tests/libfaults.so
(export FAULT_PATH=long.h5 FAULT=readonly FAULT_AT=1 LD_PRELOAD=$faults && long_train) 2>stderr.txt ||
  fail "finished in a read-only folder: exit status $?: $(cat stderr.txt)"
grep -q "long.h5: is finished already" stderr.txt || fail "$(cat stderr.txt)"
: >long.h5.lock
echo left | tee long.h5.unfinished >long.h5.unfinished.next
(long_train) 2>stderr.txt
[ "$(echo long.h5*)" = "long.h5 long.h5.history.jsonl" ] || fail "left behind: $(echo long.h5*)"
