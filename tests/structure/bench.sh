# The benchmarks' runner with stand-ins for programs and peers: best of the rounds, targets, results
# that must agree, the page.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

mkdir -p bench/support bench/peers build/bench
cp "$REGIONWISE_SOURCE"/bench/run.py bench
printf 'BATCH_SECONDS = 0.05\nREPETITIONS = 5\n' >bench/support/peer.py
touch bench/support/make_inputs.cpp bench/sum.cpp
cat >build/bench/make_inputs <<<$'#!/bin/sh\nmkdir -p "$1"\necho made >>made.txt'
cat >bench/peers/sum.py <<'END'
import json, os
ms = 40.0 if os.path.exists("second") else 50.0
for case in "small", "large":
    print(json.dumps({"work": "sum", "case": case, "peer": "loop", "ms": ms, "result": 7.0}))
END
cat >build/bench/sum <<'END'
#!/bin/bash
for argument; do case $argument in --benchmark_out=*) out=${argument#*=} ;; esac; done
ms=$([ -e second ] && echo 5 || echo 4)
touch second
run() { echo "{\"name\": \"$1\", \"run_name\": \"$1\", \"run_type\": \"iteration\", \"real_time\": $2, \"time_unit\": \"$3\"${4-}}"; }
cat >"$out" <<JSON
{"benchmarks": [$(run small/real_time $ms ms ", \"result\": $(cat result.txt), \"items\": 2000"), $(run small/limit 2000 us),
  $(run small/two-threads/iterations:3 2 ms ", \"images\": 4"),
  $(run small-part 0.05 ms)]}
JSON
END
chmod +x build/bench/*
cat >bench/sum.json <<<'{"title": "Sums", "cases": {"small": {"targets": {"loop": 10, "best": 11, "limit": 2, "ms": 3}},
  "small-part": {"targets": {"share of small": 0.005, "share of small/two-threads": 0.1, "share of small/gpu": 1}},
  "small/gpu": {"targets": {"loop": 100}}}}'
python=$(python_with json) || skip "no python3"
bench() { "$python" bench/run.py --build build --python "$python" --rounds 2 "$@"; }

echo 7.0000001 >result.txt
printf 'A page\n<!-- make bench writes from here -->\nold\n<!-- to here -->\nits end\n' >page.md
bench --json out.json --report page.md sum >table.txt 2>err.txt || fail "$(cat err.txt)"
tr -s ' ' <table.txt >narrow.txt
grep -qF '| small | 40 | 2 | 4 | 2000 | | 10 | 2 | >= 10 x loop: met; >= 11 x best: MISSED (10); <= 2 x limit: met; <= 3 ms: MISSED (4) |' \
  narrow.txt || fail "$(cat narrow.txt)"
grep -qF '| small/two-threads | 40 | 2 | 2 | | 2000 | 20 | 1 | |' narrow.txt || fail "$(cat narrow.txt)"
! grep -q large narrow.txt || fail "a case that ours lacks has no row"
grep -qF '| small-part | | | 0.05 | | | | | <= 0.5 % of small: MISSED (1.25); <= 10 % of small/two-threads: met (2.5) |' \
  narrow.txt || fail "$(cat narrow.txt)"
grep -q '^Not measured here.*: small/gpu\.$' narrow.txt || fail "$(cat narrow.txt)"
grep -q '^\* cpu: ' page.md && grep -q '^\* load after: ' page.md || fail "$(cat page.md)"
grep -q '"small"' out.json && grep -q '"cores"' out.json || fail "$(cat out.json)"
[ "$(sed -n '1p;$p' page.md | tr '\n' ,)" = 'A page,its end,' ] && grep -q '^### Sums' page.md &&
  ! grep -q '^old' page.md || fail "$(cat page.md)"
[ "$(wc -l <made.txt)" = 1 ] || fail "inputs are written once"

echo 7.1 >result.txt
! bench sum >table.txt 2>err.txt || fail "results that differ"
grep -q 'small: results differ' err.txt || fail "$(cat err.txt)"
[ "$(wc -l <made.txt)" = 1 ] || fail "inputs are written once"
! bench product 2>err.txt || fail "an unknown benchmark"
grep -q 'no benchmark product: there are sum' err.txt || fail "$(cat err.txt)"
