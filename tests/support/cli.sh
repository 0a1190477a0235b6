# Checks for the scripts of tests/tools: `source "$REGIONWISE_SOURCE/tests/support/cli.sh"`.

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# A command that fails by itself, and says nothing, names itself: also within functions.
set -o errtrace
trap 'echo "FAILED: exit status $? of: $BASH_COMMAND (line $LINENO of ${BASH_SOURCE[0]})" >&2' ERR

skip() {
  echo "SKIPPED: $*"
  exit 77
}

# The rest of a script goes on without what is not there.
note_skipped() {
  echo "SKIPPED: $*"
}

# expect_error CODE TEXT COMMAND…: the command ends with CODE, prints nothing on stdout and one line
# on stderr that begins with the program's name and holds TEXT.
expect_error() {
  local code=$1 text=$2 status=0
  shift 2
  "$@" >stdout.txt 2>stderr.txt || status=$?
  [ "$status" = "$code" ] || fail "exit code $status, expected $code: $* ($(cat stderr.txt))"
  [ ! -s stdout.txt ] || fail "printed on stdout: $*"
  local lines
  lines=$(grep -c "error: " stderr.txt || true)
  [ "$lines" = 1 ] || fail "$lines error lines, expected 1: $* ($(cat stderr.txt))"
  grep -q "^$(basename "$1"): error: " stderr.txt || fail "no program name: $(cat stderr.txt)"
  grep -qF -- "$text" stderr.txt || fail "\"$text\" is not in: $(cat stderr.txt)"
}

# expect_same FILE FILE: equal bytes.
expect_same() {
  cmp "$1" "$2" || fail "$1 and $2 differ"
}

# expect_same_hdf5 FILE FILE [GROUP…]: equal groups, or equal but for the provenance. h5diff alone passes
# over objects of different shapes or types, and says so only with -c.
expect_same_hdf5() {
  local group
  [ $# -gt 2 ] || set -- "$@" /
  for group in "${@:3}"; do
    h5diff -c --exclude-path /provenance "$1" "$2" "$group" >differences.txt ||
      fail "$1 and $2: $group: $(cat differences.txt)"
    ! grep -v " is an empty dataset$" differences.txt || fail "$1 and $2: $group: other shapes or types"
  done
}

# The python3 that has the modules named, or the test is skipped.
python_with() {
  local candidate module imports=""
  for module in "$@"; do imports="${imports}import $module; "; done
  for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c "$imports" 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  return 1
}
