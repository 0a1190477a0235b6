# Training reads slices from the file, so its memory does not grow with the dataset, nor with the steps.
# All images are zeros; the first and the middle slice of each case hold foreground.
# REGIONWISE_LARGE_GIB: size of the dataset (6).
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
gib=${REGIONWISE_LARGE_GIB:-6}
prepare-data phantom --patients 8 --seed 3 --quiet --force -o hearts.h5
"$(dirname "$REGIONWISE_BIN")/tests/make_large_dataset" hearts.h5 "$gib"
[ "$(stat -c %s hearts.h5)" -gt $((gib << 30)) ] || fail "the dataset is small"
[ "$(du -k hearts.h5 | cut -f 1)" -lt 1000000 ] || skip "this file system has no sparse files"

resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2>/dev/null; }
peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2>/dev/null; }
(exec train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --loader-threads 2 --quiet \
  --set 'plan.patch_size=[32,32]' --set epochs=20 --set iterations-per-epoch=100 \
  --set validation.every=20 -o run.h5) &
job=$!
early='' now='' highest='' last='' most=0
while kill -0 $job 2>/dev/null; do
  sleep 0.2
  now=$(resident $job || true)
  highest=$(peak $job || true)
  steps=$(grep -c . run.h5.history.jsonl 2>/dev/null || true)
  if [ -z "$early" ] && [ "${steps:-0}" -ge 3 ]; then early=$now; fi
  # The last epoch ends with a validation, which is of other size.
  if [ -n "$now" ] && [ "${steps:-0}" -lt 20 ]; then last=$now; fi
  [ -z "$highest" ] || most=$highest
done
wait $job || fail "the training failed"
[ -n "$early" ] && [ -n "$last" ] && [ "$most" -gt 0 ] || fail "the training was not seen"
echo "$gib GiB: $((most / 1024)) MiB at most, $((early / 1024)) MiB after 2 to 3 epochs of 100 steps, $((last / 1024)) MiB in the last but one"
[ "$most" -lt $((2 << 20)) ] || fail "$most kB"
# A sanitizer keeps what was freed for a while.
[ -n "${REGIONWISE_SANITIZE-}" ] || [ "$last" -lt $((early + early / 20)) ] || fail "it grew from $early to $last kB"
