# `! a | grep -q b` cannot fail in scripts with pipefail: where b is found, grep leaves, a is cut off, and its
# status is taken for "not found".
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
cut_pipes() { grep -nE '(^|[;&|{(]) *(if |until |while )?! [^|]*[^|](\|[^|]+)*\| *(grep (-[a-zA-Z]+ )*(-[a-zA-Z]*q|--quiet)|head)' "$@"; }
printf '%s\n' '! a b | grep -q c || fail' '[ x ] || ! a | grep -qF c' 'if ! a | grep -v -q c; then' '! a | cut -f 7 | grep --quiet c' >cut.sh
[ "$(cut_pipes cut.sh | wc -l)" = 4 ] || fail "not all are seen: $(cut_pipes cut.sh)"
printf '%s\n' '! grep -q c <<<"$(a)"' 'a | grep -q c || fail' >sound.sh
! cut_pipes sound.sh || fail "sound lines are named"
mapfile -t scripts < <(cd "$REGIONWISE_SOURCE" && git ls-files '*.sh')
[ "${#scripts[@]}" -gt 50 ] || skip "no repository"
cd "$REGIONWISE_SOURCE"
found=$(cut_pipes "${scripts[@]}" | grep -v '^tests/structure/cut_pipes.sh:') || true
[ -z "$found" ] || fail "these cannot fail: $found"
