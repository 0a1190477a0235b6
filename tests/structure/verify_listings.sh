# The check of a study's results recomputes every listing, several commands in one file too, and draws
# or writes nothing beside them.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
check() { "$REGIONWISE_SOURCE/scripts/verify_results.sh" bin "$@" >out.txt 2>&1; }
ln -s "$REGIONWISE_BIN" bin
study="results/a study"
mkdir -p "$study"
cp hearts.h5 "$study/d.h5"
tiny_train --set epochs=1 -o "$study/run.h5"

audit-maps --z 12,4,-3 --class 2 >"$study/audit.tsv" || true
{ echo "# title: One"; gradients --z 12,4,-3 --points 5; echo; echo
  echo "# title: Two"; gradients --z 10,10,-3 --points 5; } >"$study/figure2.tsv"
map-slice --map cao "$study/d.h5" >"$study/figure1.tsv"
evaluate "$study/run.h5" --data "$study/d.h5" --no-mirroring --quiet --threads 1 \
  -o "$study/m.h5" >"$study/m.h5.tsv"
gallery --data "$study/d.h5" --config tiny.json --count 2 -o "$study/tiles.png" >"$study/gallery.tsv"
mkdir "$study/other"
gallery --data "$study/d.h5" --config tiny.json --count 1 --output="$study/other/tiles.png" >"$study/other/gallery.tsv"
cksum "$study"/*.* "$study"/other/* >before.txt
check results || fail "sound listings: $(cat out.txt)"
grep -q "verified: 3 HDF5 files, 8 tables" out.txt || fail "$(cat out.txt)"
cksum "$study"/*.* "$study"/other/* | cmp - before.txt || fail "a check changed a result"

# Any edit is seen.
sed -i '$ s/$/0/' "$study/audit.tsv"
for edit in 'figure2.tsv $s/[0-9]/7/' 'figure1.tsv $s/[01]/7/' 'm.h5.tsv $s/[0-9]/7/' \
  'gallery.tsv $s/[0-9]/7/' 'tiles.draws.tsv $s/[0-9]/7/'; do
  read -r file how <<<"$edit"
  sed -i "$how" "$study/$file"
done
! check results || fail "changed listings went unnoticed"
for file in audit figure2 figure1 m.h5 gallery tiles.draws; do
  grep -q "^stale: $study/$file.tsv: " out.txt || fail "$file: $(cat out.txt)"
done
