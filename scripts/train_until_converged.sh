#!/usr/bin/env bash
# Trains a model of a table, and another in its place where it fails to converge (docs/failed-runs.md).
#
#   scripts/train_until_converged.sh STRIDE MODEL OUTPUT.run.h5 TRAIN-COMMAND…
#
# TRAIN-COMMAND lacks --seed, --force and -o. The first try has seed MODEL, each further one STRIDE
# more, so that no two of the models 1 … STRIDE meet. A failed run is kept as OUTPUT.failed-seed-N.run.h5;
# the one in OUTPUT.run.h5 names those that it replaces. After five failures it gives up (exit status 75:
# another learning rate would help more than another seed). Interrupted anywhere, the same call goes on.
set -u
[ $# -ge 4 ] || { echo "$0: error: expected STRIDE MODEL OUTPUT COMMAND…" >&2; exit 2; }
stride=$1
seed=$2
output=$3
shift 3
tries=5
replaced=()
for ((try = 1; try <= tries; ++try, seed += stride)); do
  failed="${output%.run.h5}.failed-seed-$seed.run.h5"
  attempt=("$@" --seed "$seed" "${replaced[@]}" --expect-convergence)
  status=0
  if [ -e "$failed" ]; then
    # An earlier call's, if it was asked for the same; `train` then only says its outcome again.
    "${attempt[@]}" -o "$failed" 2>/dev/null || status=$?
    [ "$status" = 1 ] || rm -f "$failed" "$failed.history.jsonl"
  fi
  if [ "$status" != 1 ]; then
    status=0
    "${attempt[@]}" --force -o "$output" || status=$?
    [ "$status" != 0 ] || exit 0
    [ "$status" = 1 ] || exit "$status"
    mv -f "$output.history.jsonl" "$failed.history.jsonl"
    mv -f "$output" "$failed"
  fi
  replaced+=(--replaces "$failed")
done
echo "train: error: $output: $tries runs failed to converge, the last with seed $((seed - stride))" >&2
exit 75
