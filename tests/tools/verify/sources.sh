# verify --sources compares a data set with its images, wherever they lie now.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 1 -o phantom.h5 --quiet
verify --sources phantom.h5 | grep -q "^# sources: 0 images and labels of 1 data sets" || fail "a phantom"
compute-maps --map cao phantom.h5 -o maps.h5 --quiet
expect_error 2 "--sources: none of the files is a readable dataset" verify --sources maps.h5
expect_error 2 "--root requires --sources" verify phantom.h5 --root .
expect_error 2 "missing" verify phantom.h5 --sources --root missing
expect_error 2 "--sources excludes --lineage" verify --sources --lineage phantom.h5

given="$REGIONWISE_DATA/Task04_Hippocampus"
[ -d "$given" ] || skip "no Task04_Hippocampus in REGIONWISE_DATA"
cp -rL "$given" raw
prepare-data hippocampus --root raw --patients 2 -o data.h5 --quiet
verify data.h5 --sources >out.tsv || fail "fresh images: $(cat out.tsv)"
grep -q "^# sources: 4 images" out.tsv || fail "$(cat out.tsv)"
images=(raw/imagesTr/*.nii.gz)
first=${images[0]#raw/}
mv raw moved
verify data.h5 --sources >out.tsv || fail "what is gone is not stale"
grep -q "unverifiable.*raw/$first is gone" out.tsv || fail "$(cat out.tsv)"
! verify data.h5 --sources --strict >/dev/null || fail "--strict"
verify data.h5 --sources --root moved >out.tsv || fail "moved images: $(cat out.tsv)"
grep -q "^data.h5.current" out.tsv || fail "moved images: $(cat out.tsv)"
echo >>"moved/$first"
verify data.h5 >out.tsv || fail "compared without --sources: $(cat out.tsv)"
! verify data.h5 --sources --root moved >out.tsv || fail "a changed image went unnoticed"
grep -q "^data.h5.stale.moved/$first changed" out.tsv || fail "$(cat out.tsv)"
