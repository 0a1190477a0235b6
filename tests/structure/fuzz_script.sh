# scripts/fuzz.sh takes a fuzzer that was killed, or never ran, for a finding.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
command -v clang++ >/dev/null || skip "clang is not installed"
mkdir -p scripts build-fuzz/fuzz tests/fuzz/corpus/x stand-ins
cp "$REGIONWISE_SOURCE/scripts/fuzz.sh" scripts/
touch build-fuzz/build.ninja tests/fuzz/x_fuzz.cpp
printf '#!/bin/sh\n' >stand-ins/cmake
fuzz() { # BODY: of the fuzzer
  printf '#!/bin/sh\n%s\n' "$1" >build-fuzz/fuzz/x_fuzz
  chmod +x build-fuzz/fuzz/x_fuzz stand-ins/cmake
  PATH="$PWD/stand-ins:$PATH" bash scripts/fuzz.sh 2 x >out.txt 2>&1
}
runs='echo "#1 NEW cov: 12 ft: 3"; echo "stat::number_of_executed_units: 7"'
fuzz "$runs" || fail "a sound fuzzer: $(cat out.txt)"
grep -q " 7 executions *12 edges *0 findings" out.txt || fail "$(cat out.txt)"
# Leaks are findings, but for LibTorch's.
leaks() { echo "$runs; case \" \$* \" in *\" -detect_leaks=$1 \"*) ;; *) exit 1 ;; esac"; }
fuzz "$(leaks 1)" || fail "leaks are not looked for: $(cat out.txt)"
echo '#include "training/config.hpp"' >tests/fuzz/x_fuzz.cpp
fuzz "$(leaks 0)" || fail "LibTorch's leaks are looked for: $(cat out.txt)"
: >tests/fuzz/x_fuzz.cpp
! fuzz 'kill -9 $$' || fail "killed: $(cat out.txt)"
! fuzz 'exit 0' || fail "nothing ran: $(cat out.txt)"
! fuzz 'exit 127' || fail "it did not start: $(cat out.txt)"
! fuzz "$runs; touch build-fuzz/findings/x/crash-1; exit 77" || fail "a crash: $(cat out.txt)"
# Where the script itself stops on the way, there is no line, and that is a finding, too.
! fuzz "$runs; rm build-fuzz/logs/x.log.part" || fail "no result is a sound one: $(cat out.txt)"
grep -q "fuzz.sh: x: no result" out.txt || fail "$(cat out.txt)"
