# After a signal, or an image that cannot be used, the same command goes on: what is finished stays as
# it is, and in the end files and table are those of a call that was never interrupted.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
scans="$REGIONWISE_DATA/Task04_Hippocampus/imagesTr"
[ -d "$scans" ] || skip "no folder Task04_Hippocampus in REGIONWISE_DATA"
tiny_train --set epochs=1 --set iterations-per-epoch=1 -o run.h5
mkdir images
cp $(ls "$scans"/*.nii.gz | head -n 4) images/
names=($(ls images))
call="predict run.h5 images --threads 1 --quiet"
identity() { stat -c '%i %Y' "$1"; }

$call -o masks >whole.tsv
[ "$(ls -A masks)" = "$(ls images)" ] || fail "not the segmentations alone: $(ls -A masks)"
mv masks whole

# The third image's header is good, but a voxel (float32) is not a number.
mv "images/${names[2]}" good.nii.gz
gunzip -c good.nii.gz >bad.nii
printf '\377\377\377\377' | dd of=bad.nii bs=1 seek=4352 conv=notrunc 2>/dev/null
gzip -c bad.nii >"images/${names[2]}"
expect_error 65 "${names[2]}" $call -o masks
first=$(identity "masks/${names[0]}")
[ -e "masks/${names[1]}" ] && [ ! -e "masks/${names[2]}" ] || fail "$(ls -A masks)"
# Another command does not take them for its own; nor does this one what was changed.
expect_error 74 "${names[0]}: exists: use --force" $call -o masks --no-mirroring
cp "masks/${names[1]}" kept.nii.gz
cp "whole/${names[3]}" "masks/${names[1]}"
expect_error 74 "${names[1]}: exists: use --force" $call -o masks
cp kept.nii.gz "masks/${names[1]}"
cp good.nii.gz "images/${names[2]}"
$call -o masks >again.tsv
[ "$(identity "masks/${names[0]}")" = "$first" ] || fail "a finished segmentation was made again"
diff -r whole masks || fail "not the files of an uninterrupted call"
expect_same whole.tsv again.tsv
expect_error 74 "exists: use --force" $call -o masks

rm -r masks
(exec predict run.h5 images --threads 1 -o masks) >out.tsv 2>stderr.txt &
until [ -e "masks/.${names[0]}.unfinished" ]; do
  kill -0 $! || fail "it ended before it was seen: $(cat stderr.txt)"
done
kill -TERM $!
status=0
wait $! || status=$?
[ "$status" = 75 ] || fail "SIGTERM ended with exit code $status: $(cat stderr.txt)"
[ ! -s out.tsv ] || fail "a part of the table: $(cat out.tsv)"
grep -q "error: interrupted, the segmentations made so far are kept: run the same command again to go on" stderr.txt ||
  fail "$(cat stderr.txt)"
$call -o masks >again.tsv
diff -r whole masks || fail "not the files of an uninterrupted call"
expect_same whole.tsv again.tsv
