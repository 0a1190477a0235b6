# verify tells current results from stale ones, wherever in their history a file changed.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

tiny_train -o run.h5
evaluate run.h5 --data hearts.h5 --no-mirroring -o scores.h5 --quiet >/dev/null
verify run.h5 scores.h5 >out.tsv || fail "fresh files are stale: $(cat out.tsv)"
[ "$(grep -v '^#' out.tsv | cut -f 2 | sort -u)" = current ] || fail "$(cat out.tsv)"
# Two builds from changed sources of one commit need not be the same.
built=same
[[ $(verify --version) != *-dirty* && $(verify --version) != *unknown* ]] || built=unknown
[ "$(grep -v '^#' out.tsv | cut -f 4 | sort -u)" = $built ] || fail "$(cat out.tsv)"
status=0
verify --strict run.h5 scores.h5 >out.tsv || status=$?
[ "$status" = "$([ $built = same ] && echo 0 || echo 1)" ] || fail "--strict: $status: $(cat out.tsv)"

# The history names each step's command, the deepest input indented most.
verify --lineage scores.h5 >lineage.txt
grep -q "^scores.h5: evaluate run.h5 --data hearts.h5" lineage.txt || fail "$(cat lineage.txt)"
grep -q "^  run.h5 ([0-9a-f]*): train --data hearts.h5 " lineage.txt || fail "$(cat lineage.txt)"
grep -q "^    hearts.h5 ([0-9a-f]*): prepare-data phantom " lineage.txt || fail "$(cat lineage.txt)"
verify --lineage --json scores.h5 >lineage.json
grep -q '"command": "prepare-data phantom ' lineage.json || fail "$(cat lineage.json)"
[ "$(grep -c '"inputs"' lineage.json)" -ge 4 ] || fail "$(cat lineage.json)"
expect_error 2 "--strict excludes --lineage" verify --lineage --strict scores.h5
[ "$(verify --lineage scores.h5 | head -1 | wc -l)" = 1 ] || fail "a closed pipe"

# A run trained anew makes its scores stale; other data makes both.
cp run.h5 kept.h5
tiny_train --set epochs=1 --force -o run.h5
status=0
verify run.h5 scores.h5 >out.tsv || status=$?
[ "$status" = 1 ] || fail "exit status $status"
[ "$(grep -v '^#' out.tsv | cut -f 1,2 | tr '\t\n' '  ')" = "run.h5 current scores.h5 stale " ] || fail "$(cat out.tsv)"
grep -q "run.h5 changed" out.tsv || fail "no cause: $(cat out.tsv)"
mv kept.h5 run.h5
prepare-data phantom --patients 2 --seed 4 --force -o hearts.h5 --quiet
! verify run.h5 scores.h5 >out.tsv || fail "other data went unnoticed"
[ "$(grep -v '^#' out.tsv | cut -f 2 | sort -u)" = stale ] || fail "$(cat out.tsv)"
[ "$(grep -v '^#' out.tsv | cut -f 3 | sort -u)" = "hearts.h5 changed" ] || fail "not one cause, and the nearest: $(cat out.tsv)"
cp tiny.json kept.json
echo >>tiny.json
! verify scores.h5 >out.tsv || fail "another configuration went unnoticed"
grep -q "hearts.h5 changed; run.h5 < tiny.json changed" out.tsv || fail "the way to it is not shown: $(cat out.tsv)"
mv kept.json tiny.json

# What is gone cannot be compared.
rm hearts.h5
verify run.h5 >out.tsv || fail "a missing input is not a stale one"
grep -q "unverifiable.hearts.h5 is gone" out.tsv || fail "$(cat out.tsv)"
! verify --strict run.h5 >/dev/null || fail "--strict"
verify run.h5 --json | grep -q '"rows"' || fail "JSON"

# An input that is there but cannot be read (reading this one fails).
ln -s /proc/self/mem hearts.h5
verify run.h5 >out.tsv || fail "an unreadable input is not a stale one"
grep -q "unverifiable.hearts.h5 cannot be read" out.tsv || fail "$(cat out.tsv)"
expect_error 2 "files" verify
