# The check of a study's results: recomputes its tables, and tells changed numbers, changed inputs and
# tables that cannot be made any more from sound ones.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
check() { "$REGIONWISE_SOURCE/scripts/verify_results.sh" bin "$@" >out.txt 2>&1; }

ln -s "$REGIONWISE_BIN" bin
mkdir -p "results/a study"
prepare-data phantom --patients 2 --seed 3 -o "results/a study/d.h5" --quiet
train --data "results/a study/d.h5" --config tiny.json --seed 1 --threads 1 --quiet -o "results/a study/run.h5"
curves "results/a study/run.h5" >"results/a study/it's.tsv"
cdf "results/a study/run.h5" >"results/a study/cdf.tsv"
echo 'rm -rf results' >"results/a study/notes.tsv"
check results || fail "sound results: $(cat out.txt)"
grep -q "verified: 2 HDF5 files, 2 tables" out.txt || fail "$(cat out.txt)"

cp "results/a study/cdf.tsv" kept.tsv
sed -i '$ s/\t1\t/\t0.99\t/' "results/a study/cdf.tsv"
! check results || fail "a changed number went unnoticed"
grep -q "^stale: results/a study/cdf.tsv: its command prints something else" out.txt || fail "$(cat out.txt)"
cp kept.tsv "results/a study/cdf.tsv"
check results || fail "$(cat out.txt)"

# The command in a file is never given to a shell.
echo '# cdf $(touch pwned) ; touch pwned' >"results/a study/evil.tsv"
! check results || fail "a command that fails went unnoticed"
[ ! -e pwned ] || fail "the command was run by a shell"
rm "results/a study/evil.tsv"

# A damaged file is named, and hides no other.
cp "results/a study/run.h5" "results/a study/a.h5"
truncate -s -1000 "results/a study/a.h5"
! check results || fail "a damaged file went unnoticed"
grep -q "^damaged: results/a study/a.h5: " out.txt || fail "$(cat out.txt)"

prepare-data phantom --patients 2 --seed 4 --force -o "results/a study/d.h5" --quiet
! check results || fail "other data went unnoticed"
grep -q "^stale: results/a study/run.h5: results/a study/d.h5 changed" out.txt || fail "$(cat out.txt)"
grep -q "^damaged: results/a study/a.h5: " out.txt || fail "$(cat out.txt)"
rm "results/a study/a.h5"
rm "results/a study/d.h5"
check results || fail "what is gone is not stale: $(cat out.txt)"
grep -q "^cannot be verified: results/a study/run.h5" out.txt || fail "$(cat out.txt)"
mkdir empty
check empty || fail "an empty folder: $(cat out.txt)"

# What a killed program left of a table is no table; a watch of trainings is not repeated.
folder=$(mktemp -d cut-XXXX)
: >"$folder/table2.tex"
status=0
"$REGIONWISE_SOURCE/scripts/verify_results.sh" "$REGIONWISE_BIN" "$folder" >out.txt 2>&1 || status=$?
[ "$status" = 1 ] && grep -q "table2.tex: holds nothing" out.txt || fail "an empty table passed: $(cat out.txt)"
rm "$folder/table2.tex"
printf '# curves --follow gone.run.h5\n1\t2\n' >"$folder/watch.tsv"
timeout 20 "$REGIONWISE_SOURCE/scripts/verify_results.sh" "$REGIONWISE_BIN" "$folder" >out.txt 2>&1 || fail "$(cat out.txt)"
grep -q "watched trainings" out.txt || fail "$(cat out.txt)"
status=0
"$REGIONWISE_SOURCE/scripts/verify_results.sh" "$REGIONWISE_BIN" no-such-folder >out.txt 2>&1 || status=$?
[ "$status" = 74 ] || fail "a missing folder passed"
