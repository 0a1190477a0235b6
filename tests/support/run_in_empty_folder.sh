# Runs a script of tests/tools in an empty folder of its own, with the programs on the PATH.
set -u
script=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export PATH="$REGIONWISE_BIN:$PATH"
export REGIONWISE_DATA=${REGIONWISE_DATA:-$REGIONWISE_SOURCE/../shared/data}
bash -eu -o pipefail "$script"
