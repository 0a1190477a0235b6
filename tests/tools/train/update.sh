# --update trains what is not there: an output that this very training finished stays, another is replaced.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
identity() { stat -c '%i %Y' run.h5; }

tiny_train --update -o run.h5
first=$(identity)
tiny_train --update -o run.h5
[ "$(identity)" = "$first" ] || fail "trained again"
cp run.h5 whole.h5
tiny_train --update --set epochs=1 -o run.h5
! cmp -s run.h5 whole.h5 || fail "another training's output stayed"
train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --update -o run.h5 2>messages.txt
grep -q "run.h5: was trained with another configuration (/epochs); training anew" messages.txt || fail "$(cat messages.txt)"
head -c 5000 whole.h5 >run.h5
tiny_train --update -o run.h5
expect_same run.h5 whole.h5
expect_error 2 "--update excludes --force" train --data hearts.h5 --config tiny.json --update --force -o run.h5
