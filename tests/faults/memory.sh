# Where memory is short, programs end with one line and status 74, and leave nothing; never a crash, never
# without an end (OpenBLAS asks for ever).
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
[ -z "${REGIONWISE_SANITIZE-}" ] || skip "sanitizers take more addresses than a limit leaves"
source_folder=$REGIONWISE_SOURCE
source "$source_folder/tests/support/fault_commands.sh"

refused=0
for program in prepare-data compute-maps train evaluate; do
  read -ra command <<<"$(command_of "$program") --force"
  # Address space, in MiB. Those with LibTorch do not start with less than the first: its own tables are
  # made before the program begins.
  limits="760 850 950 1050 1150 1500"
  case $program in prepare-data | compute-maps) limits="40 60 90 150 250" ;; esac
  for limit in $limits; do
    rm -rf out
    mkdir out
    status=0
    (ulimit -v $((limit << 10)) && exec timeout -k 2 60 "${command[@]}") >/dev/null 2>err.txt || status=$?
    case $status in
      0) break ;;
      126 | 127) continue ;;  # the loader's, before the program began
      74) ;;
      *) fail "$program, $limit MiB: exit status $status: $(tail -3 err.txt)" ;;
    esac
    refused=$((refused + 1))
    [ "$(wc -l <err.txt)" = 1 ] && grep -q "^$program: error: .*memory" err.txt ||
      fail "$program, $limit MiB: $(cat err.txt)"
    [ ! -e out/x.h5 ] && [ -z "$(find out -name '*.tmp-*')" ] || fail "$program, $limit MiB: left $(ls out)"
  done
  [ "$status" = 0 ] || fail "$program does not do with $limit MiB: $(cat err.txt)"
done
[ "$refused" -gt 3 ] || fail "memory was short only $refused times"
