# A file that may not grow (`ulimit -f`) is named like any other that cannot be written, and nothing of
# it is left.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
tiny_train -o run.h5
limited() { (ulimit -f 10 && expect_error 74 "$@"); }
evaluate="evaluate run.h5 --data hearts.h5 --no-mirroring --threads 1 --quiet -o"

limited "x.h5:/cases/patient001_ED/image: cannot be written (File too large)" \
  prepare-data phantom --patients 2 --seed 3 --quiet -o x.h5
limited "cannot be written (File too large)" \
  train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --quiet -o x.h5
(ulimit -f 1 && expect_error 74 "m.summary.json: cannot be written: File too large" $evaluate m.h5)
(ulimit -f 8 && expect_error 74 "m.h5" $evaluate m.h5)
# Which comes first, is whole, and is taken up by the same command.
tail -c 2 m.summary.json | grep -q "}" || fail "half a summary: $(ls -A)"
$evaluate m.h5 >m.tsv || fail "the same command does not go on"
rm m.h5 m.summary.json m.tsv
message=$( (ulimit -f 0 && $evaluate m.h5 --export masks 2>&1 >/dev/null) || true)
[[ "$message" = *".nii.gz: cannot be written: File too large" ]] || fail "a segmentation: $message"
[ -z "$(find . -name 'x.h5*' -not -name '*.history.jsonl' -o -name 'm.*' -o -name '*.nii.gz*')" ] || fail "left behind: $(ls -A . masks)"
