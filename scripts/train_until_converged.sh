#!/usr/bin/env bash
# Trains a model of a table, and another in its place where it fails to converge (docs/failed-runs.md).
#
#   scripts/train_until_converged.sh MODEL OUTPUT.run.h5 TRAIN-COMMAND…
#
# TRAIN-COMMAND lacks --seed, --update and -o. Model 1 is trained with seed 1; where that fails with seed
# 1001, then 2001 and so on, at most five. MODEL is 1 to 999, so that no two models share a seed. Each
# try is a file of its own, OUTPUT.seed-N.run.h5, and stays; OUTPUT.run.h5 is another name of the one that
# converged, and appears only then. Killed anywhere, the same call goes on. TERM, USR1 and INT (Ctrl-C)
# stop the training, which saves its state first, or the wait for a GPU before it. Exit status: 0; 75
# where five runs failed (another learning rate would help more than another seed) or the training was
# interrupted; else the training's.
set -u
tries=5
stride=1000
fail() {
  echo "train: error: $2" >&2
  exit "$1"
}
[ $# -ge 3 ] || fail 2 "$0: expected MODEL OUTPUT COMMAND…"
model=$1
output=$2
shift 2
[[ $model =~ ^[1-9][0-9]{0,2}$ ]] || fail 2 "$output: model \"$model\": expected 1 to 999"

# Runs a command and waits for its end, whatever signals come meanwhile. They reach it as TERM: a shell
# lets what it runs in the background ignore INT, which a training catches only once it is loaded, and a
# second INT would end it at once.
child=
stopped=
broken_off=
stop() {
  stopped=yes
  broken_off=yes
  [ -z "$child" ] || kill -s TERM "$child" 2>/dev/null
}
trap stop TERM USR1 INT
# Where this script is killed, the training is not to go on alone and keep its output from the next.
with_parent=()
! command -v setpriv >/dev/null || with_parent=(setpriv --pdeathsig TERM)
run() {
  [ -z "$stopped" ] || exit 75
  local status=0 again
  "${with_parent[@]}" "$@" &
  child=$!
  [ -z "$stopped" ] || stop # It came before the child had its number.
  wait "$child" || status=$?
  # A signal breaks waiting off, with a status of its own.
  while [ -n "$broken_off" ]; do
    broken_off=
    again=0
    wait "$child" || again=$?
    [ "$again" = 127 ] || status=$again
  done
  child=
  # It had nothing to save yet.
  [ -z "$stopped" ] || [ "$status" -le 128 ] || fail 75 "$output: interrupted, run the same command again"
  return "$status"
}

try_file() { echo "${output%.run.h5}.seed-$((model + $1 * stride)).run.h5"; }

replaced=()
for ((try = 0; try < tries; ++try)); do
  seed=$((model + try * stride))
  file=$(try_file "$try")
  status=0
  # Of a try of an earlier call is said again what became of it, unless that was another training.
  run "$@" --seed "$seed" "${replaced[@]}" --expect-convergence --update -o "$file" || status=$?
  case $status in
    0)
      if ! ln -f "$file" "$output" 2>/dev/null; then
        cp -f "$file" "$output.part" && mv -f "$output.part" "$output" || exit 74
      fi
      touch "$output"
      # Tries of an earlier call, with other settings, in whose place nothing stands any more.
      for ((later = try + 1; later < tries; ++later)); do
        superseded=$(try_file "$later")
        rm -f "$superseded" "$superseded".unfinished{,.previous,.next} "$superseded.history.jsonl"
      done
      exit 0
      ;;
    1)
      [ -e "$file" ] || fail 74 "$file: the training ended with status 1 and left no file"
      replaced+=(--replaces "$file")
      ;;
    *) exit "$status" ;;
  esac
done
fail 75 "$output: $tries runs failed to converge, the last with seed $seed"
