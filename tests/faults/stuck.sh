# A read that never returns, as from a file system whose server is gone: the training says which case it
# waits for, again and again, then ends to be resumed; a signal ends it within 10 s.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
faults=$(dirname "$REGIONWISE_BIN")/tests/libfaults.so
export FAULT_PATH=hearts.h5

# With a loss that has no map: that of a map is looked at before the training, by the first thread, which
# lets HDF5 know where slices lie.
long_train() { # PATIENCE OPTION…
  local patience=$1
  shift
  exec train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --loader-threads 1 \
    --set 'loss={"name": "dice"}' --set epochs=30 --set validation.every=30 --patience "$patience" -o run.h5 "$@"
}
# stuck_train READ PATIENCE OPTION…: where the loader's read of that number, counted from 1, does not return.
# The first is done by HDF5, which lets nobody else in meanwhile; late ones go past it.
stuck_train() {
  export FAULT=${fault:-hang} FAULT_AT=$1 LD_PRELOAD=$faults
  long_train "${@:2}"
}
case="[^ ]+ slice [0-9]+"

(long_train 0.05) 2>messages.txt || fail "$(cat messages.txt)"
! grep -q "nothing came" messages.txt || fail "a healthy training complains: $(cat messages.txt)"
mv run.h5 whole.h5

# Time in which all of it is stopped is no wait: a stop longer than a fifth of its patience brings no warning.
rm -f run.h5.history.jsonl
(stuck_train 150 0.2) 2>messages.txt &
job=$!
before=none
until [ "$before" != none ] && [ "$(wc -l <run.h5.history.jsonl)" = "$before" ]; do
  kill -0 $job || fail "the training ended: $(cat messages.txt)"
  [ ! -s run.h5.history.jsonl ] || before=$(wc -l <run.h5.history.jsonl)
  sleep 0.6
done
kill -STOP $job
sleep 2.6
kill -CONT $job
sleep 0.3
kill -TERM $job
status=0
wait $job || status=$?
[ "$status" = 75 ] || fail "exit code $status: $(cat messages.txt)"
! grep -q "nothing came" messages.txt || fail "a stop is taken for a hang: $(cat messages.txt)"
rm -f run.h5.unfinished

# Left alone it gives up and loses nothing.
status=0
(stuck_train 150 0.05) 2>messages.txt || status=$?
[ "$status" = 75 ] || fail "exit code $status: $(cat messages.txt)"
warning="^train: warning: nothing came for 0.0[1-4] minutes from the threads at work on: .*$case .*0.05"
[ "$(grep -cE "$warning" messages.txt)" = 4 ] || fail "not four warnings: $(cat messages.txt)"
grep -qE "^train: error: nothing came for 0.05 minutes .*$case" messages.txt || fail "$(cat messages.txt)"
[ "$(grep -c 'error: ' messages.txt)" = 1 ] || fail "not one error: $(cat messages.txt)"
[ -e run.h5.unfinished ] && [ ! -e run.h5 ] && [ ! -e run.h5.lock ] || fail "left behind: $(ls)"
(long_train 0.05) 2>messages.txt || fail "$(cat messages.txt)"
grep -q "resuming" messages.txt || fail "it began anew: $(cat messages.txt)"
expect_same run.h5 whole.h5
rm run.h5

# A signal ends it, with a checkpoint where HDF5 lets one be written. A thread that is left may go on while
# the program ends, so no library tidies up then, this one's last act (the count of calls) included. Slow
# reads return after 6 s, about when that is, in time or not.
for kind in "hang 150" "hang 1" "slow 150"; do
  read -r fault read <<<"$kind"
  : >messages.txt
  (FAULT_COUNT=tidied.txt stuck_train "$read" 0.05) 2>messages.txt &
  until grep -q "nothing came" messages.txt; do
    kill -0 $! || fail "the training ended: $(cat messages.txt)"
    sleep 0.1
  done
  begun=$SECONDS
  kill -TERM $!
  status=0
  wait $! || status=$?
  [ "$status" = 75 ] || fail "read $read: exit code $status: $(cat messages.txt)"
  [ $((SECONDS - begun)) -le 10 ] || fail "read $read: $((SECONDS - begun)) s from the signal to the end"
  grep -q "error: run.h5: stopped.*run the same command again to resume" messages.txt ||
    fail "$(cat messages.txt)"
  if [ "$read" = 1 ]; then
    grep -q "no new checkpoint was written" messages.txt || fail "$(cat messages.txt)"
  else
    [ -e run.h5.unfinished ] || fail "no checkpoint"
  fi
  [ ! -e run.h5 ] && [ ! -e run.h5.lock ] || fail "left behind: $(ls)"
  [ "$fault" = slow ] || [ ! -e tidied.txt ] || fail "$kind: libraries are tidied up while a thread is at work"
  rm -f run.h5.unfinished* tidied.txt
done
unset fault
(long_train 0.05) 2>messages.txt || fail "$(cat messages.txt)"
expect_same run.h5 whole.h5
rm run.h5

# A checkpoint that falls due meanwhile cannot be written where the read is inside HDF5, as the ninth is, the
# first of another case: warnings, an end and an ear for signals as before.
for end in patience TERM; do
  rm -f run.h5.*
  : >messages.txt
  (stuck_train 9 0.05 --checkpoint-minutes 0) 2>messages.txt &
  job=$!
  begun=$SECONDS
  until grep -qE "^train: warning: .*nothing (could be saved|came) for 0.0[1-4] minutes.*0.05" messages.txt; do
    kill -0 $job || fail "$end: the training ended: $(cat messages.txt)"
    [ $((SECONDS - begun)) -lt 30 ] || { kill -KILL $job && fail "$end: not a word: $(cat messages.txt)"; }
    sleep 0.1
  done
  begun=$SECONDS
  [ "$end" != TERM ] || kill -TERM $job
  status=0
  wait $job || status=$?
  [ "$status" = 75 ] || fail "$end: exit code $status: $(cat messages.txt)"
  [ $((SECONDS - begun)) -le 10 ] || fail "$end: $((SECONDS - begun)) s to the end"
  grep -q "error: run.h5: .*since HDF5 waits for a read that does not return" messages.txt || fail "$end: $(cat messages.txt)"
done
