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

# From inside the folder the same is compared.
sed '$ s/\t[^\t]*$/\t7/' $made >$published
(cd results/s-paper && ! "$REGIONWISE_SOURCE/scripts/verify_results.sh" ../../bin . >../../out.txt 2>&1) ||
  fail "another published number went unnoticed from inside: $(cat out.txt)"
grep -q "^differs: ../published/s/g.tsv: from ./g.tsv: line [0-9]*: 7 published, " out.txt || fail "$(cat out.txt)"
cp $made $published
(cd results && "$REGIONWISE_SOURCE/scripts/verify_results.sh" ../bin . >../out.txt 2>&1) || fail "$(cat out.txt)"
! grep "^note" out.txt || fail "from above"

# A published file is stale whose command names a file of experiments/ that is gone; a person's copy of
# the results, where there are no experiments at all, is not.
sed 's|^# gradients .*|# gradients experiments/gone.json --plan=experiments/there.json|' $made >$published
check results/s-paper || fail "there is no experiments/: $(cat out.txt)"
mkdir experiments
touch experiments/there.json
for folder in results/s-paper results; do
  ! check $folder || fail "the file of experiments/ is gone"
  [ "$(grep "^stale" out.txt)" = "stale: $published: its command names experiments/gone.json, which is there no more" ] || fail "$(cat out.txt)"
done
mv results/s-paper kept
! check results || fail "without the study"
grep -q "^stale: $published: its command names experiments/gone.json" out.txt || fail "$(cat out.txt)"
mv kept results/s-paper
touch experiments/gone.json
check results/s-paper || fail "the file is there: $(cat out.txt)"
rm -r experiments
cp $made $published

# What cannot be meant is refused, not searched for in this folder.
for wrong in 50% abc -1 1e 0x1; do
  status=0
  TOLERANCE=$wrong check results/s-paper || status=$?
  [ "$status" = 2 ] && grep -q "^verify: error: TOLERANCE=$wrong: expected a number" out.txt || fail "TOLERANCE=$wrong: $status: $(cat out.txt)"
done
status=0
check || status=$?
[ "$status" = 2 ] && grep -q "^verify: error: expected PROGRAMS FOLDER" out.txt || fail "no folder: $status: $(cat out.txt)"

# Rounded numbers may differ by one in the last place, whatever stands around them; the words, stars and
# brackets may not, and neither may counts, nor numbers that are given in full.
cp $made $published
for case in 'md|**0.912 ± 0.031\\*** (2 missed)|**0.913 ± 0.030\\*** (2 missed)|same' \
  'md|0.912 ± 0.031\\*|0.914 ± 0.031\\*|0.912 published, 0.914 now' \
  'md|0.912 ± 0.031\\*|0.912 ± 0.031|line 3$' \
  'md|0.912 (2 missed)|0.912 (3 missed)|2 published, 3 now' \
  'md|hash 0123456789ab|hash 0123456789ac|line 3$' \
  'md|x of -0.10 mm|x of -0.11 mm|same' \
  'md|x of -0.10 mm|x of 0.10 mm|-0.10 published, 0.10 now' \
  'tex|$0.912 \\pm 0.031^{*\\dagger}$ \& x \\\\|$0.911 \\pm 0.031^{*\\dagger}$ \& x \\\\|same' \
  'tex|$0.912 \\pm 0.031^{*}$|$0.912 \\pm 0.031^{*\\dagger}$|line 3$' \
  'tsv|0.912|0.913|0.912 published, 0.913 now' \
  'tsv|-1.5e-07|-1.5000001e-07|same' \
  'tsv|case1_2.5|case1_2.6|line 3$'; do
  IFS='|' read -r kind old new expected <<<"$case"
  # The file's command fails, which is said, and hides nothing of the comparison.
  case $kind in md) mark='<!-- X -->' ;; tex) mark='% X' ;; tsv) mark='# X' ;; esac
  printf '%s\n\n%s\n' "${mark/X/gradients --no-such}" "$old" >"results/published/s/t.$kind"
  printf '%s\n\n%s\n' "${mark/X/gradients --no-such}" "$new" >"results/s-paper/t.$kind"
  ! check results/s-paper || fail "a command that fails"
  grep -q "^stale: results/s-paper/t.$kind: its command fails now: gradients: error: .*--no-such" out.txt || fail "$(cat out.txt)"
  if [ "$expected" = same ]; then
    ! grep "^differs" out.txt || fail "$case"
  else
    grep -q "^differs: results/published/s/t.$kind: from results/s-paper/t.$kind: .*$expected" out.txt || fail "$case: $(cat out.txt)"
  fi
  rm "results/published/s/t.$kind" "results/s-paper/t.$kind"
done

# What only one of the folders holds is said; notes of people are no products.
gradients --z 1,2,3 --points 3 >results/s-paper/new.tsv
gradients --z 1,2,3 --points 3 >results/published/s/old.tsv
echo "# Notes" >results/published/s/README.md
mkdir results/published/elsewhere
check results || fail "what is not published is no failure: $(cat out.txt)"
grep -qx "note: not published: results/s-paper/new.tsv: results/published/s holds no copy" out.txt || fail "$(cat out.txt)"
grep -qx "note: published only: results/published/s/old.tsv: results/s-paper holds no such file" out.txt || fail "$(cat out.txt)"
grep -qx "note: published only: results/published/elsewhere: there is no results/elsewhere" out.txt || fail "$(cat out.txt)"
[ "$(grep -c "^note: " out.txt)" = 3 ] || fail "$(cat out.txt)"
check results/s-paper || fail "$(cat out.txt)"
[ "$(grep -c "^note: " out.txt)" = 2 ] || fail "of the study's folder alone: $(cat out.txt)"

# Exit status 1 is a result of a program that says so, and of no other; programs that write are not run.
rm -r results/published results/s-paper/*.tsv
mkdir fakes
for program in sayer failer writer; do
  { echo '#!/bin/sh'; echo "case \$1 in --help) echo '$program'; exit ;; esac"; } >fakes/$program
done
echo 'case $1 in --list) echo "# sayer --list"; echo 1; exit 1 ;; esac' >>fakes/sayer
sed -i "s/echo 'sayer'/echo 'Exit status 1 where not'/" fakes/sayer
echo 'echo "# failer --list"; echo 1; echo "failer: error: why" >\&2; exit 1' | sed 's/\\//' >>fakes/failer
echo 'touch ran; echo "# writer --list"; echo 1' >>fakes/writer
sed -i "s/echo 'writer'/echo '--force  Replace'/" fakes/writer
chmod +x fakes/*
for program in sayer failer writer; do printf '# %s --list\n1\n' $program >results/s-paper/$program.tsv; done
! "$REGIONWISE_SOURCE/scripts/verify_results.sh" fakes results/s-paper >out.txt 2>&1 || fail "a program that fails"
[ "$(grep -c '^stale' out.txt)" = 1 ] || fail "$(cat out.txt)"
grep -q "^stale: results/s-paper/failer.tsv: its command fails now: failer: error: why" out.txt || fail "$(cat out.txt)"
grep -q "^cannot be verified: results/s-paper/writer.tsv: writer writes files" out.txt || fail "$(cat out.txt)"
[ ! -e ran ] || fail "a program that writes was run"
