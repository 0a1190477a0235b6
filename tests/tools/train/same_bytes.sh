# The same command writes the same bytes, also on a busy machine, and with any number of loader threads.
# Every command line is part of its file: those that differ in it are compared without /provenance.
# `--threads` is documented to change the rounding of networks (train, evaluate), so that each number of
# threads is compared with itself; what computes no network must not depend on it.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
command -v h5diff >/dev/null || skip "no h5diff"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

busy=()
unload() {
  [ ${#busy[@]} = 0 ] || kill "${busy[@]}"
  busy=()
}
load() { # as many loops as there are processors
  for _ in $(seq "$(nproc)"); do
    (while :; do :; done) &
    busy+=($!)
  done
}
trap unload EXIT

# same NAME COMMAND…: the command writes the same out.h5 again under load; it is kept as NAME.
same() {
  local name=$1
  shift
  "$@" -o out.h5 --quiet >printed.txt
  mv out.h5 "$name"
  [ ! -e out.summary.json ] || mv out.summary.json summary.json
  load
  "$@" -o out.h5 --quiet >printed_again.txt
  unload
  expect_same printed_again.txt printed.txt
  expect_same out.h5 "$name"
  [ ! -e summary.json ] || expect_same out.summary.json summary.json
  rm out.h5
}

same prepared.h5 prepare-data phantom --patients 2 --seed 7 --threads 2
prepare-data phantom --patients 2 --seed 7 --threads 1 -o one.h5 --quiet
expect_same_hdf5 one.h5 prepared.h5

same maps.h5 compute-maps --map rectified prepared.h5 --threads 2
compute-maps --map rectified prepared.h5 --threads 1 -o one_map.h5 --quiet
expect_same_hdf5 one_map.h5 maps.h5

augmented_train() { # THREADS SEED OUTPUT…
  train --data hearts.h5 --config tiny.json --set augmentation=nnunet --loader-threads "$1" --threads 1 --seed "$2" "${@:3}"
}
same one_loader.h5 augmented_train 1 1
same two_loaders.h5 augmented_train 2 1
expect_same_hdf5 one_loader.h5 two_loaders.h5
same two_threads.h5 train --data hearts.h5 --config tiny.json --seed 1 --threads 2
# What is compared could differ: another seed is another training.
augmented_train 1 2 -o other.h5 --quiet
! h5diff --exclude-path /provenance other.h5 one_loader.h5 >differences.txt || fail "the seed does nothing"

same scores.h5 evaluate one_loader.h5 --data hearts.h5 --no-mirroring --threads 2

# What is written into a folder, and pictures.
same_folder() { # FOLDER COMMAND…: which writes the folder `out`
  local folder=$1
  shift
  mkdir out
  "$@" --quiet >printed.txt
  mv out "$folder"
  mkdir out
  load
  "$@" --quiet >printed_again.txt
  unload
  expect_same printed_again.txt printed.txt
  diff -r out "$folder" || fail "$*: other files"
  rm -r out
}
same_folder masks evaluate one_loader.h5 --data hearts.h5 --no-mirroring --threads 2 --export out --force -o again.h5
same_folder predicted predict one_loader.h5 masks --no-mirroring --threads 2 -o out
same_folder drawn gallery --data hearts.h5 --config tiny.json --count 2 --force -o out/picture.png
