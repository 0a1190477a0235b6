# A signal at an awkward instant: while a file that was just written is read once more to be sealed.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
faults=$(dirname "$REGIONWISE_BIN")/tests/libfaults.so
# ends_with_75 FILE READ COMMAND…: SIGTERM comes before the program's read of that number of a file whose
# path holds FILE.
ends_with_75() {
  local file=$1 read=$2 status=0
  shift 2
  FAULT_PATH=$file FAULT=term FAULT_AT=$read LD_PRELOAD=$faults "$@" >out.txt 2>messages.txt || status=$?
  [ "$status" = 75 ] || fail "a signal at read $read of $file: exit status $status: $(cat messages.txt)"
}

# Whatever is learnt until then is in the checkpoint, also where that is the first, or is being written.
command=(train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --set epochs=3 --checkpoint-minutes 0
  -o run.h5)
"${command[@]}" 2>messages.txt || fail "$(cat messages.txt)"
mv run.h5 whole.h5
for read in 1 2; do
  rm -f run.h5.history.jsonl
  ends_with_75 .unfinished.next.tmp "$read" "${command[@]}"
  [ -e run.h5.unfinished ] && [ ! -e run.h5 ] || fail "no checkpoint: $(ls)"
  "${command[@]}" 2>messages.txt || fail "$(cat messages.txt)"
  grep -q "resuming run.h5 at epoch 1, iteration [12]$" messages.txt || fail "it began anew: $(cat messages.txt)"
  expect_same run.h5 whole.h5
  rm run.h5
done

# So it is where a training ends early: what is left to do is done, or the same command does it.
command=(train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --loader-threads 0 --set epochs=3
  --set optimizer.learning-rate=1e30 -o run.h5)
rm run.h5.history.jsonl whole.h5
FAULT_PATH=hearts.h5 FAULT=term FAULT_AT=1000000 FAULT_COUNT=calls.txt LD_PRELOAD=$faults \
  "${command[@]}" 2>messages.txt || fail "$(cat messages.txt)"
grep -q "failed to converge (diverged" messages.txt || fail "it does not diverge: $(cat messages.txt)"
mv run.h5 whole.h5
calls=$(cat calls.txt)
for at in "run.h5.tmp 1" "hearts.h5 $((calls - 12))" "hearts.h5 $((calls - 3))" "hearts.h5 $calls"; do
  rm -f run.h5 run.h5.history.jsonl
  status=0
  FAULT_PATH=${at% *} FAULT=term FAULT_AT=${at#* } LD_PRELOAD=$faults "${command[@]}" 2>messages.txt || status=$?
  case $status in
    0) ;;
    75)
      [ -e run.h5.unfinished ] || fail "read $at of $calls: no checkpoint: $(cat messages.txt)"
      "${command[@]}" 2>messages.txt || fail "$(cat messages.txt)"
      ;;
    *) fail "read $at of $calls: exit status $status: $(cat messages.txt)" ;;
  esac
  expect_same run.h5 whole.h5
done

# A segmentation that has its name is known to the same command, whenever a signal or a kill came, and no
# --force is asked for. A kill at every renaming, a signal at every read of what was just written.
tiny_train -o tiny.run.h5
evaluate tiny.run.h5 --data hearts.h5 --no-mirroring --threads 1 --quiet --export scans -o scans.h5 >scans.tsv
goes_on() { # COMMAND…: with `masks` as its folder
  local fault at calls status
  rm -rf masks whole
  "$@" >whole.tsv
  mv masks whole
  for fault in term kill; do
    rm -rf masks m.h5 m.summary.json
    [ "$fault" = term ] || export FAULT_CALL=rename
    export FAULT_PATH=/masks/ FAULT=$fault FAULT_AT=1000000 FAULT_COUNT=calls.txt
    LD_PRELOAD=$faults "$@" >out.tsv
    calls=$(cat calls.txt)
    [ "$calls" -gt 1 ] || fail "$1: $calls calls are seen"
    for ((at = 1; at <= calls; at += 1)); do
      rm -rf masks m.h5 m.summary.json
      status=0
      FAULT_AT=$at LD_PRELOAD=$faults "$@" >out.tsv 2>messages.txt || status=$?
      case $status in 0 | 75 | 137) ;; *) fail "$fault at $at: exit status $status: $(cat messages.txt)" ;; esac
      [ "$status" = 0 ] || "$@" >out.tsv 2>messages.txt ||
        fail "$1 after $fault at $at of $calls: the same command fails: $(cat messages.txt)"
      diff -r whole masks || fail "$1 after $fault at $at of $calls: other files"
      expect_same out.tsv whole.tsv
    done
    unset FAULT FAULT_PATH FAULT_AT FAULT_COUNT FAULT_CALL
  done
}
goes_on evaluate tiny.run.h5 --data hearts.h5 --no-mirroring --threads 1 --quiet --export masks -o m.h5
goes_on predict tiny.run.h5 scans --no-mirroring --threads 1 --quiet -o masks

# So is a summary whose metrics file was not written any more; where that is, both are.
command=(evaluate tiny.run.h5 --data hearts.h5 --no-mirroring --threads 1 --quiet -o m.h5)
rm -rf m.* whole
"${command[@]}" >whole.tsv
mkdir whole
mv m.h5 m.summary.json whole/
for at in 1 2 3; do
  rm -f m.* .m.*
  status=0
  (FAULT_PATH=m. FAULT=kill FAULT_CALL=rename FAULT_AT=$at LD_PRELOAD=$faults exec "${command[@]}") >out.tsv 2>&1 || status=$?
  [ "$status" = 137 ] || fail "renaming $at: exit status $status: $(cat out.tsv)"
  [ -e m.h5 ] || "${command[@]}" >out.tsv 2>messages.txt || fail "killed at renaming $at: $(cat messages.txt)"
  for file in m.h5 m.summary.json; do expect_same $file whole/$file; done
done
