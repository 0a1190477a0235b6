#!/bin/bash
# Does bfloat16 train as well as float32? Trains both with the same seeds, scores the validation
# cases and tests the paired difference of every metric and class (see permtest --help); a p-value
# and the seeds' spread in the summaries say whether a profile may use bfloat16 by default.
#
#   bench/bfloat16.sh DATA.h5 FOLDER SEEDS CONFIG.json...
#   bench/bfloat16.sh hippocampus.h5 study 3 experiments/presets/paper.json \
#     experiments/profiles/hippocampus-small.json experiments/losses/rectified.json
#
# BIN is the programs' folder (default build/bin), THREADS the threads a training has (default 1).
# Run again, it goes on where it stopped.
set -euo pipefail
if [ $# -lt 4 ]; then
  sed -n '2,/^set/{/^# \{0,1\}/{s///;p}}' "$0" >&2
  exit 2
fi
data=$1
folder=$2
seeds=$3
shift 3
bin=${BIN:-build/bin}
threads=${THREADS:-1}
configs=()
for config in "$@"; do configs+=(--config "$config"); done

mkdir -p "$folder"
for seed in $(seq 1 "$seeds"); do
  for precision in float32 bfloat16; do
    run=$folder/$precision.$seed.h5
    metrics=$folder/$precision.$seed.metrics.h5
    [ -e "$run" ] || "$bin/train" --data "$data" "${configs[@]}" --set "precision=$precision" --set "name=$precision" \
      --seed "$seed" --threads "$threads" -o "$run"
    [ -e "$metrics" ] || "$bin/evaluate" "$run" --data "$data" --threads "$threads" -o "$metrics"
  done
done
"$bin/permtest" "$folder"/bfloat16.*.metrics.h5 --against "$folder"/float32.*.metrics.h5
