#!/usr/bin/env bash
# Trains a model of a table, and another in its place where it fails to converge (docs/failed-runs.md).
#
#   scripts/train_until_converged.sh MODEL OUTPUT.run.h5 TRAIN-COMMAND…
#
# TRAIN-COMMAND lacks --seed, --force and -o. Model 1 is trained with seed 1; where that fails with seed
# 1001, then 2001 and so on, at most five. MODEL is 1 to 999, so that no two models share a seed. Each
# try is a file of its own, OUTPUT.seed-N.run.h5, and stays; OUTPUT.run.h5 is another name of the one that
# converged, and appears only then. Killed anywhere, the same call goes on. TERM and USR1 are handed to
# the training, which saves its state first. Exit status: 0; 75 where five runs failed (another learning
# rate would help more than another seed) or the training was interrupted; else the training's.
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

# Runs a command and waits for its end, whatever signals come meanwhile. A terminal's INT reaches the
# training by itself: a second one would end it at once.
child=
stopped=
hand_on() {
  stopped=yes
  [ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null
}
trap 'hand_on TERM' TERM
trap 'hand_on USR1' USR1
trap 'stopped=yes' INT
run() {
  [ -z "$stopped" ] || exit 75
  local status
  "$@" &
  child=$!
  while :; do
    status=0
    wait "$child" || status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  child=
  return "$status"
}

replaced=()
for ((try = 0; try < tries; ++try)); do
  seed=$((model + try * stride))
  file="${output%.run.h5}.seed-$seed.run.h5"
  attempt=("$@" --seed "$seed" "${replaced[@]}" --expect-convergence -o "$file")
  status=0
  if [ -e "$file" ]; then
    # Of an earlier call: what became of it is said again (0 or 1), unless it was asked for something else
    # (2) or trained on other data (65).
    run "${attempt[@]}" || status=$?
    case $status in
      2 | 65) run "${attempt[@]}" --force && status=0 || status=$? ;;
    esac
  else
    run "${attempt[@]}" --force || status=$?
  fi
  case $status in
    0)
      ln -f "$file" "$output" 2>/dev/null || cp -f "$file" "$output" || exit 74
      touch "$output"
      exit 0
      ;;
    1) replaced+=(--replaces "$file") ;;
    *) exit "$status" ;;
  esac
done
fail 75 "$output: $tries runs failed to converge, the last with seed $seed"
