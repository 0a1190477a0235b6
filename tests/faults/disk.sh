# Where a disk or a quota is full, a folder read-only or forbidden, or where the disk takes half of what it
# is given, or fails, at any write of any program: one line,
# exit status 74, the old file untouched, nothing else left; or, where all of it was taken in the end, the
# same bytes.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source_folder=$REGIONWISE_SOURCE
source "$source_folder/tests/support/fault_commands.sh"
faults=$(dirname "$REGIONWISE_BIN")/tests/libfaults.so
export FAULT_PATH=/out/

# What a program makes, from a whole run of it, but for the history beside a training. Old files lie in its
# place, but where the making of folders fails: those are not there.
products() { (cd whole && find . -type f ! -name '*.history.jsonl'); }
fresh() {
  local product
  rm -rf out
  mkdir out
  for product in $(products); do
    [ "${FAULT_CALL:-}" != mkdir ] || [ "$(dirname "$product")" = . ] || continue
    mkdir -p "out/$(dirname "$product")"
    echo "the old file" >"out/$product"
  done
}
# What a training keeps for the next call, and the marks of masks that were finished before, may stay.
left_over() {
  (cd out && find . -type f ! -name 'x.h5.unfinished' ! -name 'x.h5.unfinished.previous' ! -name 'x.h5.unfinished.next' \
    ! -name '*.history.jsonl' ! -path './masks/.*.nii.gz.unfinished' ! -name '.x.summary.json.unfinished') | grep -vxFf <(products) || true
}
same_products() {
  local product
  for product in $(products); do cmp -s "out/$product" "whole/$product" || return 1; done
}

# fails_in_order FAULT AT CALLS: of the program's command.
fails_in_order() {
  local fault=$1 at=$2 calls="$3 ${FAULT_CALL:-calls}" status=0 product old=0
  fresh
  FAULT=$fault FAULT_AT=$at LD_PRELOAD=$faults "${command[@]}" >/dev/null 2>err.txt || status=$?
  # A write that is no part of the output proper may be done without; the rest is then the same.
  if [ "$status" = 0 ]; then
    same_products || fail "$program ends well at $fault $at of $calls, with other bytes"
    return
  fi
  [ "$status" = 74 ] || fail "$program, $fault at $at of $calls: exit status $status: $(cat err.txt)"
  failed=$((failed + 1))
  [ "$(wc -l <err.txt)" = 1 ] || fail "$program, $fault at $at of $calls: not one line: $(cat err.txt)"
  grep -q "^$program: error: .*out/" err.txt || fail "$program, $fault at $at of $calls: no file named: $(cat err.txt)"
  # Of several outputs the first may be complete already; one at least is not, or the note that the last is.
  for product in $(products); do
    if [ "${FAULT_CALL:-}" = mkdir ] && [ ! -e "out/$product" ]; then
      old=$((old + 1))
    elif [ "$(head -c 100 "out/$product" | tr -d '\0')" = "the old file" ]; then
      old=$((old + 1))
    else
      cmp -s "out/$product" "whole/$product" ||
        fail "$program, $fault at $at of $calls: $product is neither the old file nor the new: $(cat err.txt)"
    fi
  done
  [ "$old" -gt 0 ] || grep -q "out/masks/\..*\.unfinished: " err.txt || fail "$program, $fault at $at of $calls: fails though all is written: $(cat err.txt)"
  [ -z "$(left_over)" ] || fail "$program, $fault at $at of $calls: left behind $(left_over)"
}

# Images to prepare: segmentations, which are drawn in no time.
mkdir -p images/imagesTr images/labelsTr
echo '{"channel_names": {"0": "MRI"}, "labels": {"background": 0, "RV": 1, "M": 2, "LV": 3}, "file_ending": ".nii.gz"}' >images/dataset.json
for scan in scans/*.nii.gz; do
  name=$(basename "$scan" .nii.gz)
  cp "$scan" "images/imagesTr/${name}_0000.nii.gz"
  cp "$scan" "images/labelsTr/$name.nii.gz"
done
for program in prepare-data compute-maps train evaluate predict gallery; do
  read -ra command <<<"$(command_of "$program") --force"
  [ "$program" != prepare-data ] || command=(prepare-data msd --root images --quiet --force -o out/x.h5)
  # Of more epochs the later ones write what the first two do.
  [ "$program" != train ] || command+=(--set epochs=2)
  failed=0
  rm -rf out whole
  mkdir out
  "${command[@]}" >/dev/null
  mv out whole
  fresh
  FAULT_COUNT=calls.txt FAULT_KINDS=kinds.txt LD_PRELOAD=$faults "${command[@]}" >/dev/null
  calls=$(cat calls.txt)
  same_products || fail "$program: old files are not replaced"
  fails_in_order quota 1 "$calls"
  fails_in_order quota $((1 + calls / 2)) "$calls"
  # At every call where that takes milliseconds: a history is written, a file read back and sealed.
  parts=5
  [ "$program" != compute-maps ] || parts=$((calls - 1))
  for ((part = 0; part <= parts; ++part)); do
    at=$((1 + part * (calls - 1) / parts))
    fails_in_order full "$at" "$calls"
    [ "$program" != compute-maps ] && [ $((part % 2)) = 0 ] || fails_in_order error "$at" "$calls"
  done
  # Each kind of call, the last of which is often left out by the six.
  for call in open close mkdir fsync rename unlink; do
    export FAULT_CALL=$call
    counts=kinds.txt
    if [ "$call" = mkdir ]; then
      counts=folders.txt
      fresh
      FAULT_KINDS=$counts LD_PRELOAD=$faults "${command[@]}" >/dev/null
    fi
    calls=$(sed -n "s/^$call //p" "$counts")
    case $call in
      mkdir) [ "$calls" -gt 0 ] || [[ $program != @(evaluate|predict) ]] || fail "$program: no $call is seen" ;;
      *) [ "$calls" -gt 0 ] || fail "$program: no $call is seen" ;;
    esac
    [ "$calls" = 0 ] || fails_in_order error "$calls" "$calls"
    case $call in open | mkdir) [ "$calls" = 0 ] || fails_in_order full 1 "$calls" ;; esac
    # A folder that may be read only, from the first change of it on: shown where tests run as root, too.
    if [ "$call" = open ] && [ "$calls" -gt 0 ]; then
      for fault in readonly forbidden; do fails_in_order "$fault" 1 "$calls"; done
    fi
    unset FAULT_CALL
  done
  [ "$failed" -gt 0 ] || fail "$program: none of its calls failed"
  fresh
  FAULT=short FAULT_AT=1 LD_PRELOAD=$faults "${command[@]}" >/dev/null || fail "$program: short writes"
  same_products || fail "$program: short writes are lost"
done

# What only prints says so, too.
"$(dirname "$REGIONWISE_BIN")/tests/make_results" run run.h5 rectified 1 0.9
for command in "curves run.h5" "cdf run.h5" "check run.h5" "verify run.h5"; do
  status=0
  $command >/dev/full 2>err.txt || status=$?
  [ "$status" = 74 ] && grep -q "error: standard output: cannot be written: No space left on device" err.txt ||
    fail "$command: exit status $status: $(cat err.txt)"
done

# prepare-data compares what it will need with what is free before it reads (a warning) and before it
# writes (an error), but not what is compressed.
free_and() { FAULT_FREE=$1 LD_PRELOAD=$faults prepare-data phantom --patients 2 --force -o out/x.h5 "${@:2}" 2>err.txt; }
rm -rf out whole
mkdir out whole
echo "the old file" | tee out/x.h5 >whole/x.h5
status=0
free_and 1000000 || status=$?
[ "$status" = 74 ] || fail "a disk with a megabyte: exit status $status: $(cat err.txt)"
grep -q '^prepare-data: warning: out/x.h5: may need up to [0-9.]* GB, but the disk has 0.001 GB left; free some meanwhile$' err.txt ||
  fail "no warning before reading: $(cat err.txt)"
tail -1 err.txt | grep -q '^prepare-data: error: out/x.h5: needs [0-9.]* GB, but the disk has 0.001 GB left$' ||
  fail "no error before writing: $(cat err.txt)"
[ "$(grep -c 'error: ' err.txt)" = 1 ] || fail "not one line: $(cat err.txt)"
same_products && [ -z "$(left_over)" ] || fail "a file was begun: $(ls out)"
free_and 1000000 --compress 1 || fail "refused what compresses: $(cat err.txt)"
fresh
free_and 10000000000 || fail "a disk with room: $(cat err.txt)"
! grep -q "GB left" err.txt || fail "a warning though there is room: $(cat err.txt)"
status=0
free_and 1000000 --estimate >estimate.tsv || status=$?
[ "$status" = 1 ] && grep -qP "\t(99|100)\d{4}$" estimate.tsv || fail "--estimate: $status: $(cat estimate.tsv)"
