# A disk that fails to give what is read is no damaged file: exit status 74, whoever reads, HDF5 or what
# goes past it; nothing passes over it. And nothing that is read needs /proc/self.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
tests=$(dirname "$REGIONWISE_BIN")/tests
faults=$tests/libfaults.so
"$tests/make_results" metrics scores.h5 rectified 1 0.9

# fails_at_every_read STEPS FILE COMMAND…: from its first read on, from its second, and so on; at so many
# of its reads.
fails_at_every_read() {
  local steps=$1 file=$2 at=0 reads status
  shift 2
  # A fault that never comes counts.
  FAULT_PATH=$file FAULT=unread FAULT_AT=1000000 FAULT_COUNT=calls.txt LD_PRELOAD=$faults "$@" >/dev/null
  reads=$(cat calls.txt)
  [ "$reads" -gt 4 ] || fail "$reads reads are seen: $*"
  while at=$((at + 1 + reads / steps)) && [ "$at" -le "$reads" ]; do
    status=0
    FAULT_PATH=$file FAULT=unread FAULT_AT=$at LD_PRELOAD=$faults "$@" >/dev/null 2>err.txt || status=$?
    [ "$status" = 74 ] || fail "read $at of $reads: exit status $status: $* ($(cat err.txt))"
    [ "$(grep -c 'error: ' err.txt)" = 1 ] || fail "read $at of $reads: not one line: $(cat err.txt)"
    grep -q "error: .*$file.*Input/output error" err.txt || fail "read $at of $reads: $(cat err.txt)"
  done
}
fails_at_every_read 1000 scores.h5 cdf scores.h5
fails_at_every_read 1000 hearts.h5 compute-maps --map rectified hearts.h5 --threads 1 --quiet --force -o maps.h5
printf 'case\tgroup\ta\tb\nx1\tx\t0.9\t0.8\n' >pairs.tsv
expect_unread() { # FILE COMMAND…: from the first read on
  local file=$1 status=0
  shift
  FAULT_PATH=$file FAULT=unread FAULT_AT=1 LD_PRELOAD=$faults "$@" >/dev/null 2>err.txt || status=$?
  [ "$status" = 74 ] && grep -q "error: .*$file.*Input/output error" err.txt || fail "$status: $* ($(cat err.txt))"
}
for at in 5 8; do
  for command in "cdf scores.h5" "check scores.h5"; do
    status=0
    FAULT_PATH=scores.h5 FAULT=unread FAULT_AT=$at FAULT_ERRNO=107 LD_PRELOAD=$faults $command >out.tsv 2>err.txt || status=$?
    [ "$status" = 74 ] || fail "a network that is gone: $status: $command ($(cat out.tsv err.txt))"
  done
done
expect_unread pairs.tsv permtest --tsv pairs.tsv
expect_unread scores.h5 permtest scores.h5 --against scores.h5

# No case is left out for the disk, not even with --skip-bad: on another day it would be read.
if python=$(python_with struct); then
  "$python" - <<'PY'
import gzip, json, os, struct
header = bytearray(352)
struct.pack_into("<i", header, 0, 348)
struct.pack_into("<8h", header, 40, 3, 16, 16, 4, 1, 1, 1, 1)
struct.pack_into("<2h", header, 70, 2, 8)
struct.pack_into("<8f", header, 76, 1, 1.5, 1.5, 5, 0, 0, 0, 0)
struct.pack_into("<f", header, 108, 352)
header[344:348] = b"n+1\0"
voxels = range(16 * 16 * 4)
for kind, values in (("images", [1 + i % 250 for i in voxels]), ("labels", [i // 8 % 2 for i in voxels])):
    os.makedirs(f"raw/{kind}Tr")
    for case in "abcdef":
        with gzip.open(f"raw/{kind}Tr/{case}.nii.gz", "wb") as file:
            file.write(bytes(header) + bytes(values))
with open("raw/dataset.json", "w") as file:
    json.dump({"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "organ"}}, file)
PY
  prepare-data msd --root raw --quiet -o raw.h5 || fail "the images are sound"
  for file in raw/imagesTr/c.nii.gz raw/labelsTr/c.nii.gz; do
    for at in 1 2 3; do
      for option in --skip-bad --quiet; do
        status=0
        FAULT_PATH=$file FAULT=unread FAULT_AT=$at LD_PRELOAD=$faults \
          prepare-data msd --root raw $option --force -o raw.h5 >/dev/null 2>err.txt || status=$?
        [ "$status" = 74 ] && grep -q "error: .*c.nii.gz.*Input/output error" err.txt ||
          fail "prepare-data $option, read $at of $file: exit status $status: $(cat err.txt)"
      done
    done
  done
  # However a network file system that is gone says so; and whatever it hides.
  for error in 107 112 117; do
    for file in imagesTr/c.nii.gz dataset.json; do
      status=0
      FAULT_PATH=raw/$file FAULT=unread FAULT_AT=1 FAULT_ERRNO=$error LD_PRELOAD=$faults \
        prepare-data msd --root raw --skip-bad --quiet --force -o raw.h5 >/dev/null 2>err.txt || status=$?
      [ "$status" = 74 ] && grep -q "error: .*$file" err.txt || fail "$file, error $error: $status: $(cat err.txt)"
    done
  done
  cp -r raw linked
  for hidden in imagesTr/c.nii.gz imagesTr; do
    mv "linked/$hidden" elsewhere
    ln -s "$PWD/elsewhere" "linked/$hidden"
    status=0
    FAULT_PATH=linked/$hidden FAULT=unseen FAULT_ERRNO=107 LD_PRELOAD=$faults \
      prepare-data msd --root linked --skip-bad --quiet --force -o raw.h5 >/dev/null 2>err.txt || status=$?
    [ "$status" = 74 ] && grep -q "error: .*linked/$hidden.*Transport endpoint is not connected" err.txt ||
      fail "$hidden cannot be looked at: exit status $status: $(cat err.txt)"
    rm "linked/$hidden"
    mv elsewhere "linked/$hidden"
  done
  expect_unread raw/dataset.json prepare-data msd --root raw --skip-bad --quiet --force -o raw.h5
else
  note_skipped "no python3: prepare-data"
fi
fails_at_every_read 25 hearts.h5 audit-maps --map rectified hearts.h5 --threads 1

# What looks at files says so in a row, and calls no file damaged.
for command in "check scores.h5" "verify scores.h5" "verify maps.h5"; do
  read -r program file <<<"$command"
  FAULT_PATH=$file FAULT=unread FAULT_AT=1000000 FAULT_COUNT=calls.txt LD_PRELOAD=$faults $command >/dev/null
  reads=$(cat calls.txt)
  for ((at = 1; at <= reads; ++at)); do
    status=0
    FAULT_PATH=$file FAULT=unread FAULT_AT=$at LD_PRELOAD=$faults $command >out.tsv 2>err.txt || status=$?
    [ "$status" = 74 ] || fail "$program, read $at of $reads: exit status $status: $(cat out.tsv err.txt)"
    grep -qP "^$file\tunreadable\t.*Input/output error" out.tsv || fail "$program, read $at of $reads: $(cat out.tsv)"
    ! grep -q damaged <<<"$(grep -v '^#' out.tsv)" || fail "$program, read $at of $reads: $(cat out.tsv)"
  done
done

for command in "cdf scores.h5" "audit-maps --map rectified hearts.h5" \
  "train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --quiet --force -o run.h5"; do
  FAULT=noproc LD_PRELOAD=$faults $command >/dev/null || fail "without /proc/self: $command"
done

# A folder that cannot be listed hides what a killed program left, and nothing else.
mkdir out
FAULT=unlisted FAULT_PATH=$PWD/out LD_PRELOAD=$faults compute-maps --map rectified hearts.h5 --quiet -o out/maps.h5 ||
  fail "a folder that cannot be listed"
[ "$(ls -A out)" = maps.h5 ] || fail "left behind: $(ls -A out)"
