# gradients prints the fields of Figures 2 and 4, and what it cannot do in one line.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

gradients --z 12,4,-3 --points 21 >two.tsv
[ "$(grep -vc '^#' two.tsv)" = 231 ] || fail "not 21 · 22 / 2 points"
for comment in "loss: region-wise; z: 12, 4, -3" "share of the simplex where g1 < 0: 0" \
  "share of the simplex where g2 < 0: 0.5333333333333333" "share of the simplex where g3 < 0: 1"; do
  grep -qxF "# $comment" two.tsv || fail "$comment is not in $(head -6 two.tsv)"
done
grep -qxF "# y1	y2	y3	g1	g2	g3	negatives" two.tsv || fail "$(head -6 two.tsv)"
# The three vectors of Figures 2 and 4 against Eq. 2 as it is written, and cross entropy against its textbook
# gradient y − t, at every point and to 1e-12.
agrees_with() {  # agrees_with TABLE EXPRESSION [NAME=VALUE …]: the derivative by class k's logit
  local table=$1 expression=$2
  shift 2
  awk -F'\t' "${@/#/-v}" '
    function other_classes(k,   sum, l) {
      for (l = 1; l <= 3; ++l) if (l != k) sum += $l * (z[k] - z[l])
      return sum
    }
    BEGIN { z[1] = z1; z[2] = z2; z[3] = z3 }
    !/^#/ {
      negatives = 0; ++points
      for (k = 1; k <= 3; ++k) {
        error = $(3 + k) - ('"$expression"')
        if (!(error ^ 2 <= 1e-24)) { print "row " NR ": class " k " is off by " error; bad = 1 }
        negatives += $(3 + k) < 0
      }
      if (negatives != $7) { print "row " NR ": negatives"; bad = 1 }
    } END { exit bad || points != 231 }' "$table"
}
gradients --z 10,10,-3 --points 21 >rectified.tsv
gradients --z 0,1,1 --points 21 >four.tsv
agrees_with two.tsv '$k * other_classes(k)' z1=12 z2=4 z3=-3 || fail "not Eq. 2 for the boundary vector"
agrees_with rectified.tsv '$k * other_classes(k)' z1=10 z2=10 z3=-3 || fail "not Eq. 2 for the rectified vector"
agrees_with four.tsv '$k * other_classes(k)' z1=0 z2=1 z3=1 || fail "not Eq. 2 for Figure 4's vector"
gradients --cross-entropy --class 0 --points 21 >entropy.tsv
agrees_with entropy.tsv '$k - (k == 1)' || fail "not cross entropy's gradient"
! agrees_with two.tsv '$k * other_classes(k)' z1=12 z2=4 z3=-3.00001 >wrong.txt || fail "the comparison cannot fail"
[ "$(cut -f7 two.tsv | grep -c '^2$')" -gt 80 ] || fail "two negatives are common for this z"
gradients --z -0.0,-1,1 --points 3 >zeros.tsv
! grep -qP -- "(^|[\t ])-0(\t|,|$)" zeros.tsv || fail "negative zero: $(cat zeros.tsv)"
! grep -q '^[23]$' <<<"$(gradients --z 10,10,-3 | cut -f7)" || fail "the rectified vector has one negative"

gradients --cross-entropy --class 1 --points 3 >four.tsv
grep -qxF "0	0.5	0.5	0	-0.5	0.5	1" four.tsv || fail "$(cat four.tsv)"
printf '0.25\t0.25\t0.25\t0.25\n' >softmax.tsv
gradients --z 1,1,1,-0.6 --softmax softmax.tsv >table.tsv
awk -F'\t' '!/^#/ {exit !(($5 - 0.1) ^ 2 < 1e-24 && ($8 + 0.3) ^ 2 < 1e-24 && $9 == 1)}' table.tsv || fail "$(cat table.tsv)"
gradients --z 1,1,1,-0.6 --softmax - <softmax.tsv | tail -n +2 >stdin.tsv
tail -n +2 table.tsv | cmp - stdin.tsv || fail "stdin is read otherwise"
gradients --z 1,2,3 --points 2 --json | grep -q '"negatives"' || fail "not in the JSON"

expect_error 2 "give the pixel's values" gradients
expect_error 2 "give the pixel's values" gradients --z 1,2,3 --cross-entropy
expect_error 2 "--class is for --cross-entropy" gradients --z 1,2,3 --class 1
expect_error 2 "needs the true class" gradients --cross-entropy
expect_error 2 "--class 3: is none of 0 to 2" gradients --cross-entropy --class 3
expect_error 2 "--class -1: is none of 0 to 2" gradients --cross-entropy --class -1
expect_error 2 "the grid is of three classes" gradients --z 1,2,3,4
expect_error 2 "expected 2 to 2001" gradients --z 1,2,3 --points 1
expect_error 2 "excludes" gradients --z 1,1,1,1 --softmax softmax.tsv --points 3
expect_error 65 "softmax.tsv:1: expected 3 probabilities, found 4" gradients --z 1,2,3 --softmax softmax.tsv
expect_error 65 "/dev/zero: is no text file" gradients --z 1,2,3 --softmax /dev/zero
printf '\xef\xbb\xbf0.25\t0.25\t0.25\t0.25\n' >marked.tsv
gradients --z 1,1,1,-0.6 --softmax marked.tsv | tail -n +2 | cmp - stdin.tsv || fail "a byte-order mark"
expect_error 74 "missing.tsv" gradients --z 1,2,3 --softmax missing.tsv
