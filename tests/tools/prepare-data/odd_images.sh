# Real files that are wrong in one way each: one line that names the file, exit code 65.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
here="$REGIONWISE_SOURCE/tests/tools/prepare-data"
odd="$REGIONWISE_DATA/odd"
[ -d "$odd" ] || skip "no folder odd in REGIONWISE_DATA"

# Everything wrong is named at once.
expect_error 65 "3 cases cannot be used" prepare-data hippocampus --root "$odd/hippocampus" --quiet -o d.h5
for case in hippocampus_010 hippocampus_281; do
  grep -q "labels/$case.nii.gz: label without image" stderr.txt || fail "$case: $(cat stderr.txt)"
done
grep -q "images/hippocampus_118.nii.gz: image without label" stderr.txt || fail "$(cat stderr.txt)"
expect_error 65 "case_ct/segmentation.nii.gz: has 122x101x30 voxels" \
  prepare-data --description "$here/case_folders.json" --root "$odd/shape_mismatch" -o d.h5
expect_error 65 "case_00000/imaging.nii.gz: is a Git LFS pointer" \
  prepare-data --description "$here/case_folders.json" --root "$odd/lfs_pointer" -o d.h5

mkdir -p cut/imagesTr cut/labelsTr
cp "$odd/truncated_gz/hippocampus_001.nii.gz" cut/imagesTr
cp "$REGIONWISE_DATA/Task04_Hippocampus/labelsTr/hippocampus_001.nii.gz" cut/labelsTr
expect_error 65 "imagesTr/hippocampus_001.nii.gz: is cut short" \
  prepare-data hippocampus --root cut -o d.h5

# Another organ's label beside the right image.
mkdir -p organ/images organ/labels
cp "$odd/hippocampus/images/hippocampus_118.nii.gz" organ/images
cp "$odd/hippocampus/labels/hippocampus_281.nii.gz" organ/labels/hippocampus_118.nii.gz
expect_error 65 "labels/hippocampus_118.nii.gz: has 512x512x94 voxels" \
  prepare-data hippocampus --root organ -o d.h5

[ ! -e d.h5 ] || fail "a failed run left a file"
