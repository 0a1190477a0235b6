# Where memory is short, programs end with one line and status 74, and leave nothing; never a crash, never
# without an end (OpenBLAS asks for ever).
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
[ -z "${REGIONWISE_SANITIZE-}" ] || skip "sanitizers take more addresses than a limit leaves"
export CUDA_VISIBLE_DEVICES= # a GPU's driver takes addresses of its own
source_folder=$REGIONWISE_SOURCE
source "$source_folder/tests/support/fault_commands.sh"

# Programs that only read; the others write below out/.
read_command_of() {
  case $1 in
    cdf) echo "cdf scans.h5 --metric dice" ;;
    check | verify) echo "$1 hearts.h5 tiny.run.h5 scans.h5" ;;
    curves) echo "curves tiny.run.h5" ;;
    audit-maps) echo "audit-maps --map rectified hearts.h5 --threads 1" ;;
  esac
}

# LibTorch's own tables are made before the program begins. The least MiB, of some, that it starts with.
starts_with() {
  local mib=760
  until (ulimit -v $((mib * 1024)) && exec "$1" --version) >/dev/null 2>&1; do
    mib=$((mib * 5 / 4))
    [ "$mib" -lt 100000 ] || fail "$1 does not start with $mib MiB"
  done
  echo "$mib"
}

refused=0
for program in prepare-data compute-maps train evaluate predict gallery cdf check verify curves audit-maps; do
  read -ra command <<<"$(read_command_of "$program")"
  [ ${#command[@]} -gt 0 ] || read -ra command <<<"$(command_of "$program") --force"
  # Address space, in MiB.
  least=""
  limits="$(seq -f %.2f 28 0.25 38) 40 60 90 150 250"
  if [[ $(ldd "$REGIONWISE_BIN/$program") == *libtorch* ]]; then
    least=$(starts_with "$program")
    limits=""
    for percent in 100 125 150 200 300; do limits+=" $((least * percent / 100))"; done
  fi
  status=none
  for limit in $limits; do
    rm -rf out
    mkdir out
    kib=$(awk "BEGIN { print int($limit * 1024) }")
    # Libraries that are loaded with it may abort before the program begins.
    [ -n "$least" ] || (ulimit -v "$kib" && exec "$program" --version) >/dev/null 2>&1 || continue
    status=0
    (ulimit -v "$kib" && exec timeout -k 2 60 "${command[@]}") >printed.txt 2>err.txt || status=$?
    case $status in
      0) break ;;
      126 | 127) continue ;;  # the loader's, before the program began
      74) ;;
      *) fail "$program, $limit MiB: exit status $status: $(tail -3 err.txt)" ;;
    esac
    refused=$((refused + 1))
    case $program in
      # Rows of files, of which none is called damaged.
      check | verify) ! grep -q damaged <(grep -v '^#' printed.txt) && grep -q memory err.txt printed.txt ;;
      *) [ "$(wc -l <err.txt)" = 1 ] && grep -q "^$program: error: .*memory" err.txt ;;
    esac || fail "$program, $limit MiB: $(cat err.txt printed.txt)"
    [ ! -e out/x.h5 ] && [ ! -e out/x.png ] && [ -z "$(find out -name '*.tmp-*' -o -name '*.nii.gz')" ] ||
      fail "$program, $limit MiB: left $(find out)"
  done
  [ "$status" = 0 ] || fail "$program does not do with $limit MiB ($status): $(cat err.txt)"
done
# Where there is enough to begin with, but LibTorch has no memory for a tensor.
mkdir -p out
status=0
(ulimit -v $((($(starts_with train) + 900) * 1024)) && exec train --data hearts.h5 --config tiny.json --seed 1 --threads 1 \
  --set 'plan.patch_size=[1024,1024]' --set plan.batch_size=64 --loader-threads 0 --quiet -o out/big.h5) >printed.txt 2>err.txt || status=$?
[ "$status" = 74 ] && [ "$(wc -l <err.txt)" = 1 ] && grep -q "^train: error: out of memory:" err.txt ||
  fail "a tensor that memory does not hold: exit status $status: $(cat err.txt)"
[ -z "$(find out -name 'big.h5*' ! -name '*.history.jsonl')" ] || fail "left $(find out)"
[ "$refused" -gt 3 ] || fail "memory was short only $refused times"
