# OpenMP's threads sleep while they wait, unless the user says otherwise: the program then starts over
# once, as the same process.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

unset OMP_WAIT_POLICY GOMP_SPINCOUNT KMP_BLOCKTIME
export OMP_DISPLAY_ENV=true # OpenMP says how it waits whenever it is loaded

# policies ARGUMENT…: what it says, in order. The program itself ends for want of --data.
policies() {
  local status=0
  train "$@" </dev/null >out.txt 2>err.txt || status=$?
  [ "$status" = 2 ] && [ "$(grep -c '^train: error: --data, --config and -o are needed' err.txt)" = 1 ] ||
    fail "exit code $status: $(cat err.txt)"
  sed -n "s/.*OMP_WAIT_POLICY = '\(.*\)'.*/\1/p" err.txt | tr '\n' ' '
}

found=$(policies --threads 1)
[ -n "$found" ] || skip "this OpenMP says nothing of itself"
[ "$(wc -w <<<"$found")" = 1 ] || fail "one thread, which waits for none: $found"
found=$(policies --threads 2)
[ "$(wc -w <<<"$found")" = 2 ] && [[ $found == *"PASSIVE " ]] || fail "two threads: $found"
[ "$(OMP_WAIT_POLICY=active policies --threads 2)" = "ACTIVE " ] || fail "the user's policy"
[ "$(GOMP_SPINCOUNT=1000 policies --threads 2 | wc -w)" = 1 ] || fail "the user's spin count"

# It gets the arguments and the input that it was given.
echo '{}' | train --threads 2 --data none.h5 --config /dev/stdin -o 'a b.h5' 2>err.txt &&
  fail "a configuration without a name"
grep -q '^train: error: /dev/stdin:name: missing' err.txt || fail "$(cat err.txt)"
