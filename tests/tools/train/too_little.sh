# What cannot be trained on or validated with is refused with one line before anything is trained.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

# One patient leaves nobody to validate on.
prepare-data phantom --patients 1 --seed 3 -o one.h5 --quiet
expect_error 65 'one.h5: no case belongs to the split "validation": prepare it from two or more patients, or name who validates with prepare-data --splits' \
  train --data one.h5 --config tiny.json -o r.h5
compute-maps --map rectified one.h5 -o maps.h5 --quiet # which needs no split
[ ! -e r.h5 ] && [ ! -e r.h5.unfinished ] && [ ! -e r.h5.lock ] || fail "left behind: $(ls)"

# plan PATCH STRIDES KERNELS
plan() { printf '{"plan": {"patch_size": %s, "strides": %s, "kernels": %s}}' "$1" "$2" "$3" >plan.json; }
plan '[1, 1]' '[]' '[[3, 3]]'
expect_error 2 "strides must name at least one level" train --data hearts.h5 --config tiny.json --config plan.json -o r.h5
plan '[1, 1]' '[[1, 1]]' '[[3, 3], [3, 3]]'
expect_error 2 "patch_size [1,1] leaves one pixel" train --data hearts.h5 --config tiny.json --config plan.json -o r.h5
plan '[8, 8]' '[[2, 2], [2, 2], [2, 2]]' '[[3, 3], [3, 3], [3, 3], [3, 3]]'
expect_error 2 "patch_size [8,8] leaves one pixel" train --data hearts.h5 --config tiny.json --config plan.json -o r.h5
