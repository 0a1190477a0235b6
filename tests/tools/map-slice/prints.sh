# map-slice prints the channels that compute-maps writes; without a choice the slice that shows most.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 2 -o data.h5 --quiet
map-slice --map active-contour --map boundary --map rectified data.h5 >slice.tsv
grep -qxF "# y [px]	x [px]	label	active-contour	boundary	rectified" slice.tsv || fail "$(head -8 slice.tsv)"
IFS=$'\t' read -r case slice class <<<"$(sed -n 's/^# data set: phantom; case: \(.*\); slice: \(.*\); class: \(.*\)/\1\t\2\t\3/p' slice.tsv)"
[ -n "$class" ] || fail "$(head -8 slice.tsv)"
# What the three maps are of the label; nothing else is negative.
awk -F'\t' '!/^#/ {
  if ($4 != 1 - $3 || ($5 < 0) != $3 || ($3 ? $6 < -1 || $6 >= 0 : $6 != 1)) { print; bad = 1 }
  ones += $3
} END { exit bad || ones == 0 }' slice.tsv || fail "not the maps of the label"
map-slice --map boundary --case "$case" --slice "$slice" --class "$class" data.h5 | grep -v '^#' | cut -f4 >chosen.txt
grep -v '^#' slice.tsv | cut -f5 | cmp - chosen.txt || fail "the choice, named, is another"

# The channel of the file.
names=$(h5dump -y -d /cases/"$case"/label data.h5 >/dev/null && h5dump -a /class_names data.h5 | grep '(' | grep -o '"[^"]*"')
number=$(grep -nxF "\"$class\"" <<<"$names" | cut -d: -f1)
compute-maps --map boundary data.h5 -o maps.h5 --quiet
width=$(($(grep -v '^#' slice.tsv | tail -1 | cut -f2) + 1))
height=$(($(grep -v '^#' slice.tsv | tail -1 | cut -f1) + 1))
h5dump -y -w 1 -m %.9g -d "/cases/$case/map" -s "$((number - 1)),$slice,0,0" -c "1,1,$height,$width" maps.h5 |
  sed -n '/DATA {/,/}/p' | grep -o '^ *-\?[0-9][0-9.e+-]*' | tr -d ' ' >file.txt
paste chosen.txt file.txt | awk '($1 - $2) ^ 2 > 1e-10 {bad = 1} END {exit bad || NR == 0}' || fail "another than the file's"

# It is the slice that shows most, by what the dataset file counts of each.
for other in $(h5ls data.h5/cases | cut -d' ' -f1); do
  h5dump -y -d "/cases/$other/class_voxels" data.h5 | sed -n '/DATA {/,/}/p' | grep -o '[0-9]\+' >counts.txt
  depth=$(h5ls "data.h5/cases/$other" | sed -n 's/^class_voxels *Dataset {[0-9]*, \([0-9]*\)}/\1/p')
  awk -v d="$depth" -v id="$other" '{n = NR - 1; if (n >= d) {z = n % d; c[z] += $1 > 0; p[z] += $1}}
    END {for (z = 0; z < d; ++z) print c[z] "\t" p[z] "\t" id "\t" z}' counts.txt
done | sort -t$'\t' -k1,1nr -k2,2nr -k3,3 -k4,4n >shown.txt
[ "$(head -1 shown.txt | cut -f3,4)" = "$case	$slice" ] || fail "$(head -3 shown.txt) before $case, $slice"
map-slice --map cao --json data.h5 | grep -q '"cao"' || fail "not in the JSON"

expect_error 2 "--map" map-slice data.h5
expect_error 2 'unknown map "kervadec"' map-slice --map kervadec data.h5
expect_error 2 "has no case nobody" map-slice --map cao --case nobody data.h5
expect_error 2 "a slice is named by its case" map-slice --map cao --slice 1 data.h5
expect_error 2 "slices 0 to" map-slice --map cao --case "$case" --slice 99 data.h5
expect_error 2 "has no class heart" map-slice --map cao --class heart data.h5
expect_error 65 "expected a regionwise/dataset file, found regionwise/maps" map-slice --map cao maps.h5
expect_error 65 "data.h5:/cases/$case: the map " map-slice --map '{"name":"hausdorff","alpha":1000}' data.h5
grep -q 'inf for class [0-9]* at voxel ([0-9]*, [0-9]*, [0-9]*)' stderr.txt || fail "$(cat stderr.txt)"
expect_error 74 "missing.h5" map-slice --map cao missing.h5
