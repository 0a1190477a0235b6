# The check of a study's results holds them against their published copies.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
check() { "$REGIONWISE_SOURCE/scripts/verify_results.sh" bin "$@" >out.txt 2>&1; }
ln -s "$REGIONWISE_BIN" bin

# Numbers that no command makes do not hide behind those of one.
mkdir -p results/s-paper results/published/s
{ gradients --z 12,4,-3 --points 3; echo; echo "1 2 3"; } >results/s-paper/mixed.tsv
! check results/s-paper || fail "numbers without a command went unnoticed"
grep -q "^stale: results/s-paper/mixed.tsv: has lines that belong to no command" out.txt || fail "$(cat out.txt)"
rm results/s-paper/mixed.tsv
gradients --z 1,2 --softmax - <<<"0.5 0.5" >results/s-paper/piped.tsv
check results/s-paper || fail "standard input is gone, not stale: $(cat out.txt)"
grep -q "^cannot be verified: results/s-paper/piped.tsv: .*standard input" out.txt || fail "$(cat out.txt)"
rm results/s-paper/piped.tsv

# A published copy may name other paths, and differ by as little as is allowed.
made=results/s-paper/g.tsv
published=results/published/s/g.tsv
gradients --z 12,4,-3 --points 3 >$made
sed 's/^# gradients .*/# gradients elsewhere/; s/\t3.75\t/\t3.750001\t/' $made >$published
[ "$(diff $made $published | grep -c '^>')" = 2 ] || fail "$(cat $made)"
check results/s-paper || fail "a sound published copy: $(cat out.txt)"
grep -q "1 tables and curves, 1 published" out.txt || fail "$(cat out.txt)"
! TOLERANCE=1e-9 check results/s-paper || fail "TOLERANCE does nothing"
sed '$ s/\t[^\t]*$/\t7/' $made >$published
! check results/s-paper || fail "another published number went unnoticed"
grep -q "^differs: $published: from $made: line [0-9]*: 7 published, " out.txt || fail "$(cat out.txt)"
sed '$ d' $made >$published
! check results/s-paper || fail "a published copy that lacks a line went unnoticed"
{ cat $made; echo 1; } >$published
! check results/s-paper || fail "a published copy with one line more went unnoticed"
