# `! a | grep -q b` cannot fail in scripts with pipefail: where b is found, grep leaves, a is cut off, and its
# status is taken for "not found".
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
cut_pipes() { grep -nE '(^|[;&|{(]) *(if |until |while )?! [^|]*[^|]\| *(grep (-[a-zA-Z]+ )*-[a-zA-Z]*q|head)' "$@"; }
printf '%s\n' '! a b | grep -q c || fail' '[ x ] || ! a | grep -qF c' 'if ! a | grep -v -q c; then' >cut.sh
[ "$(cut_pipes cut.sh | wc -l)" = 3 ] || fail "not all are seen: $(cut_pipes cut.sh)"
printf '%s\n' '! grep -q c <<<"$(a)"' 'a | grep -q c || fail' >sound.sh
! cut_pipes sound.sh || fail "sound lines are named"
mapfile -t scripts < <(cd "$REGIONWISE_SOURCE" && git ls-files '*.sh')
[ "${#scripts[@]}" -gt 50 ] || skip "no repository"
cd "$REGIONWISE_SOURCE"
! cut_pipes "${scripts[@]}" | grep -v '^tests/structure/cut_pipes.sh:' || fail "these cannot fail"
