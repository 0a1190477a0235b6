# Stopped by a signal or by --max-iterations and started again, a training ends with the bytes of one
# that ran through; the command line is part of the file, so all are called alike.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

tiny_train -o run.h5
mv run.h5 whole.h5
tiny_train -o run.h5
expect_same run.h5 whole.h5
rm run.h5

# SIGTERM: exit 75 within seconds, nothing under the final name, then the same command.
tiny_train --set epochs=60 --set validation.every=60 -o long.h5 2>stderr.txt &
sleep 1
kill -TERM $!
status=0
wait $! || status=$?
[ "$status" = 75 ] || fail "SIGTERM ended with exit code $status: $(cat stderr.txt)"
[ ! -e long.h5 ] || fail "an unfinished run lies under its final name"
[ -e long.h5.unfinished ] || fail "no checkpoint was left"
grep -q "run the same command again to resume" stderr.txt || fail "$(cat stderr.txt)"
expect_error 65 "the run is unfinished" evaluate long.h5.unfinished --data hearts.h5 -o m.h5

tiny_train --set epochs=60 --set validation.every=60 -o long.h5
mv long.h5 resumed.h5
tiny_train --set epochs=60 --set validation.every=60 -o long.h5
expect_same long.h5 resumed.h5
[ ! -e long.h5.unfinished ] || fail "the checkpoint was not removed"
