# --export never writes where the dataset's images and labels lie, nor over copies of them, whatever
# --force says.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
images="$REGIONWISE_DATA/ACDC17_from_png/training"
[ -d "$images" ] || skip "no folder ACDC17_from_png in REGIONWISE_DATA"
mkdir hearts
cp -r "$images"/patient00{1,6} "$images"/patient012 "$images"/patient027 hearts
prepare-data acdc17 --root hearts -o hearts.h5 --quiet
cat >tiny.json <<'JSON'
{
  "name": "tiny",
  "loss": {"name": "dice"},
  "epochs": 1,
  "iterations-per-epoch": 1,
  "plan": {"batch_size": 1, "base_features": 4},
  "validation": {"cases": 1, "hausdorff": false}
}
JSON
train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --quiet -o run.h5
before=$(cat hearts/*/* | cksum)

refuse() { expect_error 2 "$1" evaluate run.h5 --data hearts.h5 --split all -o m.h5 --force --export "$2"; }
patient=hearts/patient001
refuse "$patient: holds images or labels that hearts.h5 was made of; give another output folder" $patient
ln -s hearts/patient001 link
refuse "link: holds images or labels" link
mkdir linked
ln $patient/patient001_frame01.nii.gz linked/
refuse "linked/patient001_frame01.nii.gz: is an image or a label that hearts.h5 was made of" linked
mv hearts moved
refuse "moved/patient001/patient001_frame01.nii.gz: is an image or a label" moved/patient001
[ "$before" = "$(cat moved/*/* | cksum)" ] || fail "a source was changed"
