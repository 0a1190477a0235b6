# Runs a script in an empty folder of its own, with the programs on the PATH.
set -u
script=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export PATH="$REGIONWISE_BIN:$PATH"
export REGIONWISE_DATA=${REGIONWISE_DATA:-$REGIONWISE_SOURCE/../shared/data}
# What a program with several threads sets itself, and then starts over to let OpenMP read it: LibTorch's
# start is half of what a small test takes (tests/tools/train/waits_passively.sh tests it).
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
bash -eu -o pipefail "$script"
