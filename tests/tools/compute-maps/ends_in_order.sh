# A signal ends compute-maps with one line, exit code 75 and nothing left behind; two processes do not
# write one file; what a killed one left is no obstacle.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 6 -o data.h5 --quiet
ls >before.txt
# begin: begins the maps in the background and stops the process once it writes.
slow_maps() { exec compute-maps --map hausdorff --dimensions 3 --threads 1 data.h5 -o maps.h5 --force; }
begin() {
  (slow_maps) 2>stderr.txt &
  process=$!
  until ls maps.h5.tmp-* >/dev/null 2>&1; do
    kill -0 $process || fail "it ended before it was seen: $(cat stderr.txt)"
    sleep 0.01
  done
  kill -STOP $process
}
left_behind() { rm -f stderr.txt stdout.txt; ls | grep -v '^before.txt$' | diff - <(grep -v '^before.txt$' before.txt); }

for signal in TERM INT; do
  begin
  kill -$signal $process
  kill -CONT $process
  status=0
  wait $process || status=$?
  [ "$status" = 75 ] || fail "SIG$signal ended with exit code $status: $(cat stderr.txt)"
  [ "$(cat stderr.txt)" = "compute-maps: error: interrupted, no output was written: run it again" ] ||
    fail "$(cat stderr.txt)"
  left_behind || fail "SIG$signal left files behind"
done

begin
expect_error 74 "maps.h5: another process is writing it" compute-maps --map cao data.h5 -o maps.h5
kill -KILL $process
wait $process || true
ls maps.h5.tmp-* >/dev/null || fail "a killed process has cleaned up?"
compute-maps --map cao data.h5 -o maps.h5 --quiet
rm maps.h5
left_behind || fail "what was killed is still there"
