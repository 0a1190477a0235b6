# On a file system without locks (NFS without its lock service) files are read and written all the same, and
# nothing of a lock is left.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source_folder=$REGIONWISE_SOURCE
source "$source_folder/tests/support/fault_commands.sh"
faults=$(dirname "$REGIONWISE_BIN")/tests/libfaults.so

for program in prepare-data compute-maps train evaluate predict gallery; do
  read -ra command <<<"$(command_of "$program")"
  for fault in none nolock; do
    rm -rf out
    mkdir out
    FAULT_PATH=/ FAULT=$fault LD_PRELOAD=$faults "${command[@]}" >/dev/null 2>err.txt ||
      fail "$program, $fault: $(cat err.txt)"
    [ ! -s err.txt ] || fail "$program, $fault: $(cat err.txt)"
    [ -z "$(find . -name '*.lock')" ] || fail "$program, $fault: left $(find . -name '*.lock')"
    rm -rf "$fault"
    mv out "$fault"
  done
  diff -r none nolock || fail "$program: other bytes without locks"
done

# The lock that the library refuses is one that programs ask for.
python=$(python_with fcntl) || skip "no python3"
FAULT_PATH=/ FAULT=nolock LD_PRELOAD=$faults "$python" - <<'PY' || fail "the library refuses no lock"
import errno, fcntl
try:
    fcntl.flock(open("hearts.h5"), fcntl.LOCK_SH)
except OSError as error:
    raise SystemExit(error.errno != errno.ENOLCK)
raise SystemExit("a lock was had")
PY
