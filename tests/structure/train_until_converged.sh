# A model that fails to converge stays, and another is trained in its place; killed or stopped anywhere,
# it goes on, and what failed never takes the place of what converged.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
script=$REGIONWISE_SOURCE/scripts/train_until_converged.sh
again() { "$script" "$@" 2>messages.txt; }

# A stand-in that fails for the seeds in bad.txt, as `train --expect-convergence --update` does: 1 where it
# failed, also when it is asked again, 74 where something cannot be read. What it trains goes to trained.txt.
cat >stand-in <<'STANDIN'
#!/usr/bin/env bash
echo "$*" >>calls.txt
[[ $* =~ --seed\ ([0-9]+) ]] && seed=${BASH_REMATCH[1]}
output=$(sed 's/.* -o \([^ ]*\).*/\1/' <<<"$*")
[ ! -e unreadable ] || exit 74
if [ -e slow ]; then
  trap 'echo saved >saved.txt; exit 75' TERM USR1
  touch begun
  for _ in $(seq 100); do sleep 0.05; done
fi
[[ $* = *" --update "* ]] || exit 2
if [ ! -e "$output" ] || [ "$(cat "$output")" != "seed $seed $(cat settings)" ]; then
  echo "$output" >>trained.txt
  echo "seed $seed $(cat settings)" >"$output"
fi
! grep -qx "$seed" bad.txt || exit 1
STANDIN
chmod +x stand-in
echo one >settings
printf '2\n1002\n' >bad.txt
again 2 m.run.h5 ./stand-in || fail "$(cat messages.txt)"
[ "$(cat m.run.h5)" = "seed 2002 one" ] || fail "$(cat m.run.h5)"
[ "$(cat m.seed-2.run.h5 m.seed-1002.run.h5)" = "seed 2 one
seed 1002 one" ] || fail "the failed ones are not kept"
tail -1 calls.txt | grep -q -- "--seed 2002 --replaces m.seed-2.run.h5 --replaces m.seed-1002.run.h5" || fail "$(cat calls.txt)"

# Killed anywhere: nothing is trained twice, whether it failed or converged.
for lost in m.run.h5 "m.run.h5 m.seed-2002.run.h5" "m.run.h5 m.seed-2002.run.h5 m.seed-1002.run.h5"; do
  rm $lost
  : >trained.txt
  again 2 m.run.h5 ./stand-in || fail "$(cat messages.txt)"
  [ "$(cat m.run.h5)" = "seed 2002 one" ] || fail "$lost: $(cat m.run.h5)"
  [ "$(wc -l <trained.txt)" = $(($(wc -w <<<"$lost") - 1)) ] || fail "$lost: $(cat trained.txt)"
done

# What cannot be read for a while costs no training.
rm m.run.h5
touch unreadable
status=0
again 2 m.run.h5 ./stand-in || status=$?
[ "$status" = 74 ] && [ -e m.seed-2.run.h5 ] && [ ! -e m.run.h5 ] || fail "status $status: $(ls)"
rm unreadable

# Other settings: all is trained anew.
echo two >settings
again 2 m.run.h5 ./stand-in || fail "$(cat messages.txt)"
[ "$(cat m.seed-2.run.h5 m.run.h5)" = "seed 2 two
seed 2002 two" ] || fail "an old failure stays"

# TERM and USR1 reach the training, which is waited for.
for signal in TERM USR1; do
  rm -f begun saved.txt
  touch slow
  "$script" 3 slow.run.h5 ./stand-in 2>messages.txt &
  pid=$!
  until [ -e begun ]; do sleep 0.02; done
  kill -s "$signal" "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" = 75 ] && [ -e saved.txt ] && [ ! -e slow.run.h5 ] || fail "$signal: status $status, $(ls)"
done
rm slow begun

# Ctrl-C, which reaches the whole group, ends the wait for a GPU, and a training that is still being
# loaded (one without a handler yet); so does INT to the script alone.
cat >loading <<'LOADING'
#!/usr/bin/env bash
touch begun
sleep 3
touch trained
LOADING
chmod +x loading
# The shell of this test lets what it runs in the background ignore INT, which a terminal's does not.
in_group() { exec setsid env --default-signal=INT "$@" 2>messages.txt; }
is_interrupted() {
  for ((i = 0; i < 60; ++i)); do
    ! kill -0 "$1" 2>/dev/null || sleep 0.05
  done
  ! kill -0 "$1" 2>/dev/null || { kill -KILL -- "-$1" && fail "$2: lives on after Ctrl-C"; }
  status=0
  wait "$1" || status=$?
  [ "$status" = 75 ] || fail "$2: exit status $status: $(cat messages.txt)"
  grep -q "interrupted.* run .* again" messages.txt || fail "$2: $(cat messages.txt)"
}
mkdir locks
exec 8>locks/gpu-0.lock
flock 8
for target in - ""; do
  in_group "$script" 1 ctrl.run.h5 env GPUS=0 "$REGIONWISE_SOURCE/scripts/on_free_gpu.sh" locks ./loading 8>&- &
  pid=$!
  until pgrep -P "$pid" -f on_free_gpu.sh >/dev/null; do sleep 0.02; done
  sleep 0.2
  kill -s INT -- "$target$pid"
  is_interrupted "$pid" waiting
done
flock --unlock 8
exec 8>&-
sleep 1.2
[ ! -e begun ] || fail "it trained when the GPU was free"
for target in - ""; do
  rm -f begun
  in_group "$script" 1 ctrl.run.h5 ./loading &
  pid=$!
  until [ -e begun ]; do sleep 0.02; done
  kill -s INT -- "$target$pid"
  is_interrupted "$pid" loading
done
[ ! -e trained ] && [ ! -e ctrl.run.h5 ] || fail "it lived on: $(ls)"

# After five failures it gives up; models are 1 to 999.
for model in 1 1001 2001 3001 4001; do echo "$model"; done >bad.txt
status=0
again 1 n.run.h5 ./stand-in || status=$?
[ "$status" = 75 ] && grep -q "5 runs failed to converge, the last with seed 4001" messages.txt || fail "$status: $(cat messages.txt)"
for wrong in 0 1000 -1 x ""; do
  status=0
  again "$wrong" n.run.h5 ./stand-in || status=$?
  [ "$status" = 2 ] || fail "model $wrong: exit status $status"
done

# The real program. At this learning rate nothing is learned.
real() { again 1 real.run.h5 train --data hearts.h5 --config tiny.json --threads 1 --quiet "$@"; }
status=0
real --set optimizer.learning-rate=1e-9 || status=$?
[ "$status" = 75 ] && [ ! -e real.run.h5 ] || fail "exit status $status: $(cat messages.txt)"
h5dump -d /replaced_seeds real.seed-2001.run.h5 | grep -q '(0): 1, 1001' || fail "not recorded"
cp real.seed-1.run.h5 before.h5
real --set optimizer.learning-rate=1e-9 || true
expect_same before.h5 real.seed-1.run.h5
# With another rule the same seed converges.
real --set failure.dice-below=0 || fail "$(cat messages.txt)"
expect_same real.run.h5 real.seed-1.run.h5
cdf real.run.h5 | grep -q "0 of 1 marked failed" || fail "$(cdf real.run.h5)"

# The real program too, by Ctrl-C before it has read anything.
in_group "$script" 1 ctrl.run.h5 train --data hearts.h5 --config tiny.json --threads 1 --quiet \
  --set iterations-per-epoch=1000 &
pid=$!
until pgrep -P "$pid" -x train >/dev/null; do sleep 0.01; done
kill -s INT -- "-$pid"
is_interrupted "$pid" train
[ ! -e ctrl.run.h5 ] || fail "it trained"
