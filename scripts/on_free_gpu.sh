#!/usr/bin/env bash
# Runs a command on a GPU of its own, as soon as one is free.
#
#   GPUS=0,1,2,3 scripts/on_free_gpu.sh LOCKS train --device cuda …
#
# GPUS   numbers of the GPUs as nvidia-smi counts them, with commas or spaces between; empty: those of
#        this machine, and where there are none, or the command cannot use any, it just runs
# LOCKS  folder of the lock files gpu-N.lock: the command holds its GPU's until it ends, and the
#        system lets go of it however it ends
set -eu
locks=$1
shift
gpus=${GPUS-}
if [ -z "$gpus" ]; then
  ldd "$(command -v "$1")" 2>/dev/null | grep -q libtorch_cuda || exec "$@"
  gpus=${CUDA_VISIBLE_DEVICES-$(nvidia-smi -L 2>/dev/null | sed -n 's/^GPU \([0-9]*\):.*/\1/p')}
  [ -n "$gpus" ] || exec "$@"
fi

mkdir -p "$locks"
export CUDA_DEVICE_ORDER=PCI_BUS_ID # as nvidia-smi counts
while true; do
  for gpu in ${gpus//,/ }; do
    exec 9>"$locks/gpu-$gpu.lock"
    if flock --nonblock 9; then
      export CUDA_VISIBLE_DEVICES=$gpu
      exec "$@"
    fi
  done
  sleep 1
done
