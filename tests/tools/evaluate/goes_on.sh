# After a signal the same command goes on from the segmentations that are exported: in the end files,
# metrics and table are those of a call that was never interrupted.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
tiny_train -o run.h5
call="evaluate run.h5 --data hearts.h5 --split all --no-mirroring --threads 1 --export masks -o m.h5"

$call >whole.tsv 2>/dev/null
cases=($(ls -A masks))
[ ${#cases[@]} -gt 2 ] && [[ ${cases[0]} != .* ]] || fail "not the segmentations alone: ${cases[*]}"
mv masks whole
mkdir first
mv m.h5 m.summary.json first/

(exec $call) >out.tsv 2>stderr.txt &
until [ -e "masks/.${cases[0]}.unfinished" ]; do
  kill -0 $! || fail "it ended before it was seen: $(cat stderr.txt)"
done
kill -TERM $!
status=0
wait $! || status=$?
[ "$status" = 75 ] || fail "SIGTERM ended with exit code $status: $(cat stderr.txt)"
grep -q "segmentations made so far are kept: run the same command again to go on" stderr.txt ||
  fail "$(cat stderr.txt)"
[ ! -e m.h5 ] && [ ! -s out.tsv ] || fail "unfinished metrics"
inode=$(stat -c %i "masks/${cases[0]}")

expect_error 74 "${cases[0]}: exists: use --force" ${call/--no-mirroring/}
$call >again.tsv 2>/dev/null
[ "$(stat -c %i "masks/${cases[0]}")" = "$inode" ] || fail "a finished segmentation was made again"
diff -r whole masks || fail "not the files of an uninterrupted call"
expect_same whole.tsv again.tsv
expect_same first/m.h5 m.h5
expect_same first/m.summary.json m.summary.json
