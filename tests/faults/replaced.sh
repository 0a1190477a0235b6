# Inputs that are replaced while a program runs: what it writes names those that it read, and `verify` says
# that they are others by now.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
faults=$(dirname "$REGIONWISE_BIN")/tests/libfaults.so
tiny_train -o run.h5
prepare-data phantom --patients 2 --seed 4 -o other.h5 --quiet
cp hearts.h5 first.h5
mkdir out

# The program stops where it begins a file, and goes on when its input is another.
names_what_it_read() { # COMMAND…: which reads hearts.h5 and writes out/x.h5
  local pid i status=0
  FAULT=stop FAULT_AT=1 FAULT_CALL=open FAULT_PATH=.tmp- LD_PRELOAD=$faults "$@" >/dev/null &
  pid=$!
  for ((i = 0; i < 600; ++i)); do
    ! grep -q '^State:.*stopped' "/proc/$pid/status" || break
    sleep 0.05
  done
  grep -q '^State:.*stopped' "/proc/$pid/status" || fail "does not stop: $*"
  cp other.h5 new.h5
  mv new.h5 hearts.h5
  kill -CONT "$pid"
  wait "$pid" || fail "exit status $?: $*"
  verify out/x.h5 >out.tsv || status=$?
  [ "$status" = 1 ] && grep -q hearts.h5 out.tsv || fail "$status: $* ($(cat out.tsv))"
  cp first.h5 hearts.h5
  verify out/x.h5 >out.tsv || fail "is of the first: $* ($(cat out.tsv))"
}
names_what_it_read compute-maps --map rectified hearts.h5 --quiet --force -o out/x.h5
names_what_it_read evaluate run.h5 --data hearts.h5 --no-mirroring --threads 1 --quiet --force -o out/x.h5
names_what_it_read train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --quiet --force -o out/x.h5
