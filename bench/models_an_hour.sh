#!/bin/bash
# How many trainings should share a device? Runs 1, 2, 4 and 8 at once for some iterations and says
# how many whole trainings that is an hour. Start-up cancels out: each is timed for a short and for a
# long stretch, and the difference counts. Validation is left out.
#
#   bench/models_an_hour.sh DATA.h5 FOLDER ITERATIONS CONFIG.json...
#   bench/models_an_hour.sh hippocampus.h5 sharing 2000 experiments/presets/paper.json \
#     experiments/profiles/hippocampus-small.json experiments/losses/rectified.json
#
# ITERATIONS is what a whole training has: epochs × iterations-per-epoch. BIN is the programs' folder
# (default build/bin), DEVICE where they train (default auto), COUNTS the numbers at once (default
# "1 2 4 8"), SHORT and LONG the stretches (default 20 and 100 iterations, within one epoch's), THREADS
# those of each training (default: the machine's, shared out). MPS=1 starts NVIDIA's multi-process
# service for the time, without which programs take turns on a GPU instead of sharing it.
set -euo pipefail
if [ $# -lt 4 ]; then
  sed -n '2,/^set/{/^# \{0,1\}/{s///;p}}' "$0" >&2
  exit 2
fi
data=$1
folder=$2
iterations=$3
shift 3
bin=${BIN:-build/bin}
short=${SHORT:-20}
long=${LONG:-100}
configs=()
for config in "$@"; do configs+=(--config "$config"); done
mkdir -p "$folder"

if [ "${MPS:-0}" = 1 ]; then
  CUDA_MPS_PIPE_DIRECTORY=$(realpath "$folder")/mps
  CUDA_MPS_LOG_DIRECTORY=$CUDA_MPS_PIPE_DIRECTORY
  export CUDA_MPS_PIPE_DIRECTORY CUDA_MPS_LOG_DIRECTORY
  mkdir -p "$CUDA_MPS_PIPE_DIRECTORY"
  nvidia-cuda-mps-control -d
  trap 'echo quit | nvidia-cuda-mps-control' EXIT
fi

# Seconds that COUNT trainings at once take for STEPS iterations each.
seconds() {
  local count=$1 steps=$2 threads pids=() pid started
  threads=$(($(nproc) / count))
  threads=${THREADS:-$((threads > 0 ? threads : 1))}
  started=$(date +%s.%N)
  for number in $(seq 1 "$count"); do
    rm -f "$folder/$number.h5"*
    "$bin/train" --data "$data" "${configs[@]}" --seed "$number" --device "${DEVICE:-auto}" \
      --threads "$threads" --max-iterations "$steps" --quiet -o "$folder/$number.h5" \
      2>"$folder/$number.log" &
    pids+=($!)
  done
  for number in $(seq 1 "$count"); do
    local status=0
    wait "${pids[number - 1]}" || status=$?
    # 75: stopped after --max-iterations.
    if [ $status != 0 ] && [ $status != 75 ]; then
      cat "$folder/$number.log" >&2
      return 1
    fi
  done
  awk -v from="$started" -v to="$(date +%s.%N)" 'BEGIN { print to - from }'
}

printf '# trainings at once\tsteps a second\tmodels an hour\tof one at a time\n'
alone=
for count in ${COUNTS:-1 2 4 8}; do
  brief=$(seconds "$count" "$short")
  whole=$(seconds "$count" "$long")
  rate=$(awk -v n="$count" -v s="$short" -v l="$long" -v ts="$brief" -v tl="$whole" \
    'BEGIN { if (tl <= ts) exit 1; print n * (l - s) / (tl - ts) }') || {
    echo "models_an_hour.sh: $long iterations took no longer than $short: set LONG higher" >&2
    exit 1
  }
  alone=${alone:-$rate}
  awk -v n="$count" -v r="$rate" -v i="$iterations" -v a="$alone" \
    'BEGIN { printf "%d\t%.3g\t%.3g\t%.2f\n", n, r, 3600 * r / i, r / a }'
done
