# Fewer threads than were asked for: whoever keeps them back, the program works or says so in one line,
# and never waits for those that do not come.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

export OPENBLAS_NUM_THREADS=1 # else it starts its own before the program begins, and says what it likes
export CUDA_VISIBLE_DEVICES= # a GPU's driver has threads of its own
unset OMP_DYNAMIC OMP_THREAD_LIMIT OMP_MAX_ACTIVE_LEVELS
arguments=(--data hearts.h5 --config tiny.json --seed 1 --threads 2 --quiet)
patiently() { timeout -k 5 60 "$@"; }

# expect_in_order CODE TEXT COMMAND…: as expect_error, of a program below `env`, `timeout` and the like.
expect_in_order() {
  local code=$1 text=$2 status=0
  shift 2
  "$@" >stdout.txt 2>stderr.txt || status=$?
  [ "$status" = "$code" ] && [ ! -s stdout.txt ] && [ "$(wc -l <stderr.txt)" = 1 ] &&
    grep -q "^[a-z]*: error: .*$text" stderr.txt ||
    fail "exit code $status, expected $code, \"$text\": $* ($(cat stdout.txt stderr.txt))"
}

# Where OpenMP may give fewer, it gives all.
train "${arguments[@]}" -o all.h5
OMP_DYNAMIC=true OMP_THREAD_LIMIT=2 patiently train "${arguments[@]}" -o dynamic.h5 || fail "OMP_DYNAMIC: $?"
expect_same_hdf5 all.h5 dynamic.h5

# Where it must give fewer, the program says why.
too_few="OpenMP gives 1 of 2 threads: unset OMP_THREAD_LIMIT"
OMP_THREAD_LIMIT=1 expect_in_order 2 "$too_few" patiently train "${arguments[@]}" -o x.h5
OMP_MAX_ACTIVE_LEVELS=0 expect_in_order 2 "$too_few" patiently train "${arguments[@]}" -o x.h5
OMP_THREAD_LIMIT=1 expect_in_order 2 "$too_few" patiently evaluate all.h5 --data hearts.h5 --threads 2 -o x.h5
[ ! -e x.h5 ] || fail "an output was written"

# The limit on a user's threads, which root has not: as a user who has no other.
user=$((64000 + $$ % 1000))
as_user() { setpriv --reuid="$user" --regid="$user" --clear-groups "$@"; }
# limited NUMBER COMMAND…: `timeout` is one of them.
limited() {
  local number=$1
  shift
  as_user bash -c 'ulimit -u "$1"; shift; exec timeout -k 5 60 "$@"' limited "$number" "$@"
}
mkdir theirs
chmod 755 . && chmod 777 theirs && chmod 644 ./*.h5 ./*.json
if [ "$(id -u)" != 0 ] || ! as_user bash -c 'test -r hearts.h5 && test -x "$(command -v train)"' 2>/dev/null; then
  note_skipped "ulimit -u: not root, or no setpriv, or another user may not read the programs"
  exit 0
fi
lacking="out of memory or threads: [0-9]* threads cannot be started at once: allow more (ulimit -u"
expect_in_order 74 "$lacking" limited 2 train "${arguments[@]}" -o theirs/none.h5
expect_in_order 74 "$lacking" limited 9 train "${arguments[@]}" --loader-threads 9 -o theirs/none.h5
expect_in_order 74 "$lacking" limited 3 evaluate all.h5 --data hearts.h5 --threads 2 -o theirs/none.h5
[ -z "$(ls theirs)" ] || fail "left: $(ls theirs)"
# From just too few to enough: LibTorch starts a thread for each processor.
processors=$(getconf _NPROCESSORS_ONLN)
for more in 3 4 20; do
  status=0
  limited $((processors + more)) train "${arguments[@]}" -o "theirs/$more.h5" >out.txt 2>err.txt || status=$?
  [ "$status" = 0 ] && [ ! -s err.txt ] && continue
  [ "$more" -lt 20 ] && [ "$status" = 74 ] && [ "$(wc -l <err.txt)" = 1 ] && grep -q "^train: error: $lacking" err.txt ||
    fail "exit code $status with $((processors + more)) threads: $(cat err.txt)"
done
expect_same_hdf5 all.h5 theirs/20.h5
