# table --explain walks from a printed cell to its cases, runs, data and commands.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

cat >spec.json <<'JSON'
{
  "title": "Two losses", "reference": "tiny", "significance": 0.05,
  "rows": [{"run": "tiny", "label": "L_{RRW}"}, {"run": "other", "label": "L_{Dice}"}],
  "metrics": [{"metric": "dice", "label": "Dice", "digits": 2}, {"metric": "hausdorff", "label": "HD (mm)", "digits": 2}]
}
JSON
few() { train --data hearts.h5 --config tiny.json --threads 1 --quiet --set iterations-per-epoch=1 --set epochs=1 "$@"; }
for seed in 1 2; do
  few --seed "$seed" -o "a$seed.run.h5"
  few --seed "$seed" --set name=other -o "b$seed.run.h5"
  for run in a b; do
    evaluate "$run$seed.run.h5" --data hearts.h5 --no-mirroring -o "$run$seed.h5" --quiet >/dev/null
  done
done

# The average of the cases it lists is the number in the table.
table() { command table "$1" --keep-failed "${@:2}"; }
expect_error 65 "failed to converge" "$REGIONWISE_BIN/table" spec.json ??.h5
table spec.json ??.h5 >table.tsv
table spec.json ??.h5 --explain LV 'L_{Dice}' dice >cell.tsv
listed=$(awk -F '\t' '!/^#/ { sum += $3; ++n } END { printf "%.12g", sum / n }' cell.tsv)
printed=$(awk -F '\t' '$1 == "LV" && $3 == "other" && $5 == "dice" { printf "%.12g", $7 }' table.tsv)
[ "$listed" = "$printed" ] || fail "$listed is not $printed"
awk -F '\t' '!/^#/ { d = $3 - ($5 + $7) / 2; if (d > 1e-12 || d < -1e-12) exit 1 }' cell.tsv || fail "averages: $(cat cell.tsv)"
grep -q "^# case	patient	average	reference \[voxels\]	seed_1	predicted_1 \[voxels\]	seed_2" cell.tsv || fail "$(cat cell.tsv)"

# Every file on the way stands there with its command.
grep -q "^# L_{Dice}, seed 2:" cell.tsv || fail "$(cat cell.tsv)"
grep -q "^#     b2.run.h5 ([0-9a-f]\{12\}): train --data hearts.h5" cell.tsv || fail "$(cat cell.tsv)"
grep -q "^#       hearts.h5 ([0-9a-f]\{12\}): prepare-data phantom" cell.tsv || fail "$(cat cell.tsv)"
grep -q "^# data: phantom, split validation (hash [0-9a-f]\{32\})" cell.tsv || fail "$(cat cell.tsv)"
# The p depends on the loss that it was tested against: its runs and values stand there, too.
grep -q "^# L_{RRW}, seed 1:" cell.tsv && grep -q "^#     a1.run.h5 ([0-9a-f]\{12\}): train" cell.tsv || fail "$(cat cell.tsv)"
grep -q "	against	against_seed_1	against_seed_2$" cell.tsv || fail "$(cat cell.tsv)"
awk -F '\t' '!/^#/ { d = $9 - ($10 + $11) / 2; if (d > 1e-12 || d < -1e-12) exit 1; sum += $9 - $3; ++n } END { printf "%.9g", sum / n }' \
  cell.tsv >listed.txt || fail "averages: $(cat cell.tsv)"
awk -F '\t' '!/^#/ && $1 == "LV" && $3 == "other" && $5 == "dice"' table.tsv >row.tsv
difference=$(awk -F '\t' 'NR == FNR { if (/^# class/) { for (i = 1; i <= NF; ++i) if ($i == "difference") c = i } next } { printf "%.9g", $c }' table.tsv row.tsv)
[ "$(cat listed.txt)" = "$difference" ] || fail "difference: $(cat listed.txt) is not $difference"
table spec.json ??.h5 --explain LV tiny 'HD (mm)' | grep -q "no test: the others are compared with this loss" || fail "the reference"
table spec.json ??.h5 --explain LV tiny dice --format json | grep -q '"seed_1"' || fail "JSON"

expect_error 2 'no class "XX" (it has: RV, M, LV)' "$REGIONWISE_BIN/table" spec.json --keep-failed ??.h5 --explain XX tiny dice
expect_error 2 'no loss "XX" (it has: tiny, other)' "$REGIONWISE_BIN/table" spec.json --keep-failed ??.h5 --explain LV XX dice
expect_error 2 'no metric "XX" (it has: dice, hausdorff)' "$REGIONWISE_BIN/table" spec.json --keep-failed ??.h5 --explain LV tiny XX
for format in md latex; do
  expect_error 2 "--explain prints tsv or json, not --format $format" "$REGIONWISE_BIN/table" spec.json --keep-failed ??.h5 \
    --explain LV tiny dice --format "$format"
done
expect_error 2 "--explain" "$REGIONWISE_BIN/table" spec.json --keep-failed ??.h5 --explain LV tiny
