# Each wrong call gives its one line and exit code.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

expect_error 2 "--data, --config and -o are needed" train --data hearts.h5
expect_error 2 "--banana" train --banana
expect_error 74 "nothing.h5" train --data nothing.h5 --config tiny.json -o run.h5
expect_error 74 "nothing.json: cannot be opened" train --data hearts.h5 --config nothing.json -o run.h5
expect_error 65 "/dev/zero: is no text file" train --data hearts.h5 --config /dev/zero -o run.h5
expect_error 65 "tiny.json" train --data tiny.json --config tiny.json -o run.h5
expect_error 2 "epoch: unknown key" train --data hearts.h5 --config tiny.json -o run.h5 --set epoch=3
expect_error 2 "unknown loss" train --data hearts.h5 --config tiny.json -o run.h5 --set loss.name=banana
expect_error 2 "banana" train --data hearts.h5 --config tiny.json -o run.h5 --set 'loss.map.name=banana'
expect_error 2 "cuda" train --data hearts.h5 --config tiny.json -o run.h5 --device cuda:99
expect_error 2 "banana" train --data hearts.h5 --config tiny.json -o run.h5 --device banana
expect_error 2 "patch" train --data hearts.h5 --config tiny.json -o run.h5 --set 'plan.patch_size=[30,30]'
expect_error 74 "missing-folder" train --data hearts.h5 --config tiny.json -o missing-folder/run.h5
expect_error 2 "would not be used" train --data hearts.h5 --config tiny.json --maps hearts.h5 -o run.h5
expect_error 2 "hearts.h5: is an input" train --data hearts.h5 --config tiny.json -o hearts.h5 --force
expect_error 2 "tiny.json: is an input" train --data hearts.h5 --config tiny.json -o tiny.json --force
expect_error 2 "name a file (./- is one)" train --data hearts.h5 --config tiny.json -o -
cp tiny.json q.h5.history.jsonl
expect_error 2 "q.h5.history.jsonl: is an input" train --data hearts.h5 --config q.h5.history.jsonl -o q.h5
expect_same q.h5.history.jsonl tiny.json
expect_error 74 "q.h5.history.jsonl: exists: is not the history of this training, use --force to replace it" \
  train --data hearts.h5 --config tiny.json --quiet -o q.h5
expect_same q.h5.history.jsonl tiny.json
[ "$(echo q.h5*)" = q.h5.history.jsonl ] || fail "left behind: $(echo q.h5*)"
# What may not be replaced beside an output is found before any work, and no pipe is waited for.
mkfifo pipe.h5.history.jsonl
ln -s nowhere link.h5.history.jsonl
for force in "" --force; do
  expect_error 74 "pipe.h5.history.jsonl: is a device or a pipe" train --data hearts.h5 --config tiny.json $force -o pipe.h5
  expect_error 74 "link.h5.history.jsonl: is a link" train --data hearts.h5 --config tiny.json $force -o link.h5
done
expect_error 2 "m.h5.lock: .lock is how the lock beside" compute-maps --map rectified hearts.h5 -o m.h5.lock
expect_error 2 "c.h5.unfinished: .unfinished is how a file beside a run ends: name another output" \
  train --data hearts.h5 --config tiny.json -o c.h5.unfinished
expect_error 2 'plan: patch_size must be at least 8, found 0' train --data hearts.h5 --config tiny.json -o run.h5 \
  --set 'plan.patch_size=[0,64]' --set 'plan.strides=[[2,2],[2,2],[2,2]]' --set 'plan.kernels=[[3,3],[3,3],[3,3],[3,3]]'
expect_error 2 "loss.map: expected an object, found null" train --data hearts.h5 --config tiny.json -o run.h5 --set loss.map=null
expect_error 2 "--maps: an empty name or value" train --data hearts.h5 --config tiny.json --maps '' -o run.h5
from_file='loss.map={"name": "file"}'
expect_error 2 "give it with --maps" train --data hearts.h5 --config tiny.json --set "$from_file" -o run.h5
expect_error 65 "expected a regionwise/maps file" train --data hearts.h5 --config tiny.json \
  --set "$from_file" --maps hearts.h5 -o run.h5

compute-maps --map rectified hearts.h5 -o maps.h5 --quiet
prepare-data phantom --patients 2 --seed 4 -o others.h5 --quiet
expect_error 65 "maps.h5: was not computed from others.h5" train --data others.h5 --config tiny.json \
  --set "$from_file" --maps maps.h5 -o run.h5

# A loss that is not finite ends the training as failed, and says what to do: the same command would end
# the same way.
train --data hearts.h5 --config tiny.json --set optimizer.learning-rate=1e30 --set epochs=20 --threads 1 -o run.h5 2>messages.txt ||
  fail "a failed run is a result: $(cat messages.txt)"
grep -q "is not finite.*give another --seed or a lower --set optimizer.learning-rate" messages.txt || fail "$(cat messages.txt)"
[ "$(grep -c 'train: warning' messages.txt)" = 1 ] || fail "not one warning: $(cat messages.txt)"
h5dump -a /outcome/reason run.h5 | grep -q diverged || fail "no mark"
cdf run.h5 | grep -q "1 of 1 marked failed" || fail "not counted"
rm run.h5 run.h5.history.jsonl

# A checkpoint that was damaged is named; --force begins anew. Nobody reading stderr is no error.
echo damaged >hurt.h5.unfinished
expect_error 65 "hurt.h5.unfinished" train --data hearts.h5 --config tiny.json --seed 1 -o hurt.h5
train --data hearts.h5 --config tiny.json --seed 1 --threads 1 -o hurt.h5 --force 2>&1 | true
[ -e hurt.h5 ] || fail "a training ended because nobody read its messages"

# What --no-graphs asks of a GPU is said to be nothing on a CPU, and does no harm there.
train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --device cpu --no-graphs -o run.h5 2>messages.txt || fail "$(cat messages.txt)"
grep -q "train: --no-graphs: steps on a CPU are never recorded" messages.txt || fail "$(cat messages.txt)"
# The same command again is no error, and changes nothing; another one is.
cp run.h5 before.h5
train --data hearts.h5 --config tiny.json --seed 1 -o run.h5 2>messages.txt || fail "$(cat messages.txt)"
grep -q "train: run.h5: is finished already; --force trains it anew" messages.txt || fail "$(cat messages.txt)"
cmp run.h5 before.h5
expect_error 2 "run.h5: was trained with another seed (1): give the same, or --force" \
  train --data hearts.h5 --config tiny.json --seed 2 -o run.h5
echo text >text.h5
expect_error 74 "text.h5: is not an HDF5 file: --force replaces it" train --data hearts.h5 --config tiny.json -o text.h5

expect_error 2 "--seed: -1 is no whole number" train --data hearts.h5 --config tiny.json --seed -1 -o p.h5
expect_error 2 "--patience: nan is not in" train --data hearts.h5 --config tiny.json --patience nan -o p.h5
# A checkpoint that was damaged says how to go on.
echo text >p.h5.unfinished
expect_error 65 "p.h5.unfinished: is not an HDF5 file: to begin this training anew, give --force" \
  train --data hearts.h5 --config tiny.json --quiet -o p.h5

for option in "--checkpoint-minutes nan" "--checkpoint-minutes -1" "--checkpoint-epochs 99999999999999999999" \
  "--checkpoint-epochs 0" "--patience nan"; do
  expect_error 2 "${option%% *}" train --data hearts.h5 --config tiny.json --seed 1 $option -o run.h5
done
