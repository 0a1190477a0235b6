# Figure 3 from a table of sign counts, whatever its names are and however many classes it has.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
command -v gnuplot >/dev/null || skip "gnuplot is not installed"
plot=$REGIONWISE_SOURCE/experiments/plots/signs.gp

# table CLASSES NAMES RUN CASE: two runs, two epochs, one slice of 20 × 10 pixels.
table() {
  printf '# gradients a.h5\n'
  sed 's/; /\n/g; s/^/# class: /; s/\n/\n# class: /g' <<<"$2"
  printf '# totals: run\tseed\n# run\tseed\n'
  for seed in 1 2; do
    for epoch in 5 50; do
      for ((i = 0; i < 200; ++i)); do
        printf '%s\t%d\t%d\t%s\t3\t%d\t%d\t%d\t%d\n' "$3" $seed $epoch "$4" $((i / 20)) $((i % 20)) $((i % $1)) $((i * seed % $1))
      done
    done
  done
}
draw() { gnuplot -e "input=\"$1\"; output='$2'; label='phantom, demo'" "$plot" 2>stderr.txt || fail "$(cat stderr.txt)"; }

# Names are no commands.
evil="a'; touch pwned; echo ' \$(touch pwned) \`touch pwned\` {/Bold b}"
table 3 "background; LV_a, large; ^{RV}" boundary case1 >plain.tsv
table 3 "background; LV_a, large; ^{RV}" "$evil" "$evil" >"it's.tsv"
draw plain.tsv plain
draw "it's.tsv" evil
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
[ ! -e pwned ] || fail "a name was run as a command"
expect_same plain.svg evil.svg
for text in 'LV_a, large' '^{RV}' "training 2" "epoch 50"; do grep -qF ">$text<" plain.svg || fail "\"$text\" is not in the picture"; done

# Each of many classes has a colour of its own, and a key that is not cut.
names=background
for ((k = 1; k < 20; ++k)); do names+="; a rather long name of structure $k"; done
table 21 "$names; $(printf 'x%.0s' {1..150})" boundary case1 >many.tsv
draw many.tsv many
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
for ((k = 1; k < 20; ++k)); do grep -qF ">a rather long name of structure $k<" many.svg || fail "structure $k is not in the key"; done
[ "$(grep -o '>x*<' many.svg | tr -dc x | wc -c)" = 150 ] || fail "the longest name is cut"
# The widths of letters are not known, but 4.5 points each is little.
awk -F '[(,)]' '/^<g transform="translate\(/ { x = $2 } /<text>/ { gsub(/<[^>]*>/, ""); gsub(/^[ \t]+/, ""); if (x < 0 || x + (/structure|^x/ ? 4.5 * length($0) : 0) > 504) { print x, $0; bad = 1 } } END { exit bad }' many.svg ||
  fail "a name leaves the page"
sed -n "s/.*<polygon fill = 'rgb(\([0-9, ]*\))'.*/\1/p" many.svg >colours.txt
[ "$(wc -l <colours.txt)" = 42 ] || fail "not a square for each class and each count: $(cat colours.txt)"
for part in head tail; do
  [ "$("$part" -21 colours.txt | sort -u | wc -l)" = 21 ] || fail "colours are shared: $(cat colours.txt)"
done

# A training that ended early beside a whole one, in whichever order: the panel says so, and the epochs stand
# in theirs.
if grep -qF ">not<" plain.svg; then fail "all was reached"; fi
awk -F '\t' '!($2 == 1 && $3 == 5)' plain.tsv >late.tsv
awk -F '\t' '!($2 == 1 && $3 == 50)' plain.tsv >early.tsv
for part in late early; do
  draw $part.tsv $part
  [ ! -s stderr.txt ] || fail "$part: $(cat stderr.txt)"
  [ "$(grep -cF ">reached<" $part.svg)" = 1 ] || fail "$part: the empty panel does not say why"
  [ "$(grep -oE ">epoch [0-9]+<" $part.svg | tr -d '\n')" = ">epoch 5<>epoch 50<>epoch 5<>epoch 50<" ] || fail "$part: $(grep -oE ">epoch [0-9]+<" $part.svg)"
done
for name in signs cdf curves; do
  status=0
  gnuplot -e "input='gone.tsv'; output='gone'; label='x'" "${plot%/*}/$name.gp" 2>stderr.txt || status=$?
  [ "$status" = 74 ] && [ "$(cat stderr.txt)" = "$name.gp: error: gone.tsv: there is no such file, or it cannot be read" ] || fail "$status: $(cat stderr.txt)"
done
: >empty.tsv
! gnuplot -e "input='empty.tsv'; output='gone'; label='x'" "$plot" 2>stderr.txt || fail "an empty file"
[ "$(cat stderr.txt)" = "signs.gp: error: empty.tsv holds no pixel of a run" ] || fail "$(cat stderr.txt)"
