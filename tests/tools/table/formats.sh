# table prints the same results as TSV, JSON, Markdown and LaTeX.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
make_results=$REGIONWISE_BIN/../tests/make_results

for seed in 0 1 2; do
  "$make_results" metrics "a$seed.h5" rectified "$seed" 0.93
  "$make_results" metrics "b$seed.h5" dice "1$seed" 0.85
done
cat >spec.json <<'END'
{"title": "Results", "reference": "rectified",
 "rows": [{"run": "rectified", "label": "L_{RRW}"}, {"run": "dice", "label": "L_{Dice}"}],
 "metrics": [{"metric": "dice", "label": "Dice"}, {"metric": "hausdorff", "label": "HD (mm)"}]}
END

table spec.json a?.h5 b?.h5 --label "phantom, demo" >table.tsv
[ "$(grep -vc '^#' table.tsv)" = 8 ] || fail "2 classes, 2 losses, 2 metrics"
head -1 table.tsv | grep -q "^# table spec.json a0.h5" || fail "the command stands first"
for format in tsv json md latex; do
  table spec.json a?.h5 b?.h5 --label "phantom, demo" --format "$format" >"table.$format.1"
  table spec.json a?.h5 b?.h5 --label "phantom, demo" --format "$format" --threads 3 >"table.$format.2"
  grep -q "phantom, demo" "table.$format.1" || fail "no label in $format"
  grep -q "SYNTHETIC" "table.$format.1" || fail "$format passes phantoms off as images"
  grep -v "^[#%<]\|comments\|\"table" "table.$format.1" >one
  grep -v "^[#%<]\|comments\|\"table" "table.$format.2" >two
  expect_same one two
done
grep -qF '| LV 1.27 % | L<sub>RRW</sub> | 0.93 ± 0.01 |' table.md.1 || fail "$(cat table.md.1)"
grep -qF '0.85 ± 0.01\*† |' table.md.1 || fail "no star, no dagger: $(cat table.md.1)"
grep -qF '(1 missed)' table.md.1 || fail "a miss is not shown: $(cat table.md.1)"

# Eight patients, four tests: p 2/256, after Holm 8/256, each with difference and effect.
row=$(grep -P '^LV\t.*\tdice\tdice\t|^LV\t.*\tdice\tL_' table.tsv | grep -P '\tdice\t1\t')
[ "$(cut -f 16,17,21,23 <<<"$row")" = $'0.0078125\t*\t0.03125\t†' ] || fail "p and its marks: $row"
awk -F '\t' '{ exit !($25 < $24 && $24 < $26 && $28 < $27 && $27 < $29 && $24 > 0.07) }' <<<"$row" ||
  fail "difference and effect: $row"
sed 's/"reference"/"correction": "none", "reference"/' spec.json >none.json
table none.json a?.h5 b?.h5 --format md | grep -qF '0.85 ± 0.01\* |' || fail "correction none"
table spec.json a?.h5 b?.h5 --bootstrap 0 | grep -q "no intervals" || fail "--bootstrap"
table spec.json a?.h5 b?.h5 --confidence 0.9 | grep -q "confidence: 0.9;" || fail "--confidence"

if command -v pdflatex >/dev/null; then
  { printf '\\documentclass{article}\\begin{document}\n'; cat table.latex.1; echo '\end{document}'; } >t.tex
  pdflatex -interaction=nonstopmode -halt-on-error t.tex >log.txt || fail "$(cat log.txt)"
else
  note_skipped "no pdflatex"
fi
table spec.json a?.h5 b?.h5 | head -3 >/dev/null
