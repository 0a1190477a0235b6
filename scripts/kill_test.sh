#!/usr/bin/env bash
# Kills programs at random instants and compares what the same commands end with after that.
#
#   scripts/kill_test.sh [N] [PROGRAM…]      N kills of each of train, prepare-data, compute-maps,
#                                            evaluate and predict (100)
#
# Half of the kills come after a random time, half at a random one of the program's writes to its
# output, with half of that write done (tests/support/faults.cpp); every third time the command that goes on
# from there is killed, too. Then the same command must end well, without --force, or say that its output
# exists where that is whole, and the output have the bytes of a program that nobody killed, with nothing
# beside it that such a program does not leave (in the second case locks and hidden notes). Three quarters of the
# programs at least must really have been killed. `train` is also ended with SIGTERM and SIGUSR1, a tenth
# of N times each: exit status 75 within 10 seconds, with a checkpoint of all epochs that are in its history,
# from which the same command goes on to the same bytes.
# BUILD: the build folder (build). SEED: of the instants (1).
set -eu -o pipefail
count=${1:-100}
shift || true
programs=("$@")
[ ${#programs[@]} -gt 0 ] || programs=(prepare-data compute-maps train evaluate predict)
build=$(realpath "${BUILD:-build}")
source_folder=$(realpath "$(dirname "$0")/..")
export REGIONWISE_BIN=$build/bin REGIONWISE_SOURCE=$source_folder
export PATH="$REGIONWISE_BIN:$PATH"
faults=$build/tests/libfaults.so
RANDOM=${SEED:-1}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "kill-test: $program: $*" >&2
  [ ! -s messages.txt ] || tail -n 3 messages.txt >&2
  exit 1
}

source "$source_folder/tests/support/fault_commands.sh"

# In a shell of its own, which becomes the program: a signal to it reaches that, and what bash says of
# killed programs goes nowhere.
run() { (exec "${command[@]}" >>messages.txt 2>&1); }
# Whether a program ended with this status because one before it was killed when all was done.
is_done() {
  local file
  [ "$1" = 74 ] && tail -n 1 messages.txt | grep -q ": exists: use --force to replace it$" || return 1
  while read -r file; do
    cmp "whole/$file" "out/$file" >&2 || fail "$file is taken for done, but is not"
  done < <(cd whole && find . -type f)
}
killed_by_time() {  # within so many milliseconds
  local status=0
  (exec "${command[@]}" >>messages.txt 2>&1) &
  local job=$!
  sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
  kill -9 "$job" 2>/dev/null || true
  wait "$job" 2>/dev/null || status=$?
  [ "$status" = 0 ] || [ "$status" = 137 ] || fail "exit status $status instead of a kill"
  [ "$status" = 0 ] || killed=$((killed + 1))
}
killed_at_write() {
  local status=0
  FAULT_PATH=/out/ FAULT=kill FAULT_AT=$1 LD_PRELOAD=$faults run 2>/dev/null || status=$?
  case $status in
    0) ;;
    137) killed=$((killed + 1)) ;;
    *) is_done "$status" || fail "exit status $status at write $1" ;;
  esac
}
signalled() {  # signal, within so many milliseconds
  local status=0 before
  (exec "${command[@]}" >>messages.txt 2>&1) &
  local job=$!
  sleep "$(printf '%d.%03d' $(($2 / 1000)) $(($2 % 1000)))"
  before=$(date +%s)
  kill -"$1" "$job" 2>/dev/null || true
  wait "$job" 2>/dev/null || status=$?
  # A program that has not yet begun is ended by the signal itself.
  case $status in
    0 | 75) ;;
    143 | 138) [ ! -e out/x.h5.history.jsonl ] || fail "SIG$1: ended by the signal itself" ;;
    *) fail "SIG$1: exit status $status" ;;
  esac
  [ $(($(date +%s) - before)) -le 10 ] || fail "SIG$1: took $(($(date +%s) - before)) s"
  resumes=
  [ "$status" = 75 ] || return 0
  # The history has a line of its own and one for each epoch. Whatever is in it is in a checkpoint.
  [ "$(cat out/x.h5.history.jsonl 2>/dev/null | wc -l)" -lt 2 ] || resumes=yes
  [ -z "$resumes" ] || [ -e out/x.h5.unfinished ] || fail "SIG$1: no checkpoint"
  [ ! -e out/x.h5.unfinished ] || saved=$((saved + 1))
}
# After a kill: the same command, and the same bytes.
compare() {
  local status=0 beside=()
  run || status=$?
  if is_done "$status"; then
    beside=(-x '.*.unfinished' -x '*.lock')
    status=0
  fi
  [ "$status" = 0 ] || fail "after $1: the same command fails"
  diff -r "${beside[@]}" whole out >&2 || fail "after $1: other files than without"
  same=$((same + 1))
}

for program in "${programs[@]}"; do
  # What a training says is looked at: whether it goes on.
  read -ra command <<<"$(command_of "$program" | { [ "$program" = train ] && sed 's/ --quiet//' || cat; })"
  rm -rf out whole
  mkdir out
  : >messages.txt
  duration=
  for ((i = 0; i < 3; ++i)); do
    start=$(date +%s%N)
    run || fail "it does not run"
    took=$((($(date +%s%N) - start) / 1000000))
    duration=$((took < ${duration:-took + 1} ? took : duration))
    rm -rf whole
    mv out whole
    mkdir out
  done
  FAULT_PATH=/out/ FAULT_COUNT=calls.txt LD_PRELOAD=$faults run
  calls=$(cat calls.txt)
  [ "$calls" -gt 3 ] || fail "only $calls writes were seen"
  diff -r whole out >&2 || fail "the same command wrote other bytes"
  killed=0 same=0 saved=0
  for ((i = 0; i < count; ++i)); do
    rm -rf out
    mkdir out
    : >messages.txt
    random=$((RANDOM * 32768 + RANDOM))
    if ((i % 2)); then
      at=$((random % duration))
      killed_by_time "$at"
      how="SIGKILL at $at ms"
    else
      at=$((random % calls + 1))
      killed_at_write "$at"
      how="SIGKILL at write $at of $calls"
    fi
    if ((i % 3 == 2)); then
      before=$killed
      at=$((RANDOM % calls + 1))
      killed_at_write "$at"
      killed=$before
      how+=" and at write $at of the next"
    fi
    compare "$how"
  done
  [ "$killed" -gt 0 ] || fail "nothing was killed"
  [ $((4 * killed)) -ge $((3 * count)) ] || [ "$count" -lt 10 ] || fail "only $killed of $count were killed"
  line="$program: $same of $count with equal bytes ($killed were killed before their end)"
  if [ "$program" = train ]; then
    same=0
    for ((i = 0; i < 2 * ((count + 9) / 10); ++i)); do
      rm -rf out
      mkdir out
      : >messages.txt
      signal=$( ((i % 2)) && echo TERM || echo USR1)
      at=$(((RANDOM * 32768 + RANDOM) % duration))
      signalled "$signal" "$at"
      compare "SIG$signal at $at ms"
      [ -z "$resumes" ] || grep -q ": resuming out/x.h5 at epoch [2-9]" messages.txt ||
        fail "SIG$signal at $at ms: it began anew"
    done
    [ "$saved" -gt 0 ] || [ "$count" -lt 10 ] || fail "no signal came while it trained"
    line+="; SIGTERM and SIGUSR1: $same of $i, $saved saved a checkpoint and ended with 75"
    # The metrics made of a training that was killed are those of one that was not.
    evaluate out/x.h5 --data hearts.h5 --no-mirroring --threads 1 --quiet -o scores.h5 >/dev/null
    cp whole/x.h5 out/x.h5
    evaluate out/x.h5 --data hearts.h5 --no-mirroring --threads 1 --quiet --force -o again.h5 >/dev/null
    cmp <(h5dump -g /metrics scores.h5 | tail -n +2) <(h5dump -g /metrics again.h5 | tail -n +2) ||
      fail "other metrics"
  fi
  echo "$line"
done
