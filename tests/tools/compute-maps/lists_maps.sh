# --list prints every map with its options and source, as TSV and as JSON.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

compute-maps --list >list.tsv
for map in active-contour boundary cao hausdorff rectified; do
  grep -q "^$map	" list.tsv || fail "$map is not listed"
done
[ "$(grep -v '^#' list.tsv | awk -F'\t' '{print NF}' | sort -u)" = 5 ] || fail "not 5 columns"
grep -q "^# map	safe_signs" list.tsv || fail "no header"
compute-maps --list --json | grep -q '"rectified"' || fail "not in the JSON"
compute-maps --list | head -1 >first.txt
[ -s first.txt ] || fail "nothing through a pipe"
