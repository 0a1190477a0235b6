#!/usr/bin/env bash
# Are the results of this folder still what the programs make of today's files?
#
#   scripts/verify_results.sh PROGRAMS FOLDER…
#
# Every HDF5 file against its recorded inputs (`verify`), and every table against what its first line,
# the command that made it, prints now. Names what is stale; exit status 1 if anything is.
set -euo pipefail
programs=$1
shift
export PATH="$PWD/$programs:$PATH"

status=0
texts=0
files=()
while IFS= read -r -d '' file; do files+=("$file"); done \
  < <(find "$@" -name '*.h5' -type f -print0 | sort -z)
if [ ${#files[@]} -gt 0 ]; then
  # xargs says with 123 that some file is stale or unreadable.
  report=$(printf '%s\0' "${files[@]}" | xargs -0 verify) || [ $? = 123 ] || exit 74
  rows=$(grep -cv '^#' <<<"$report" || true)
  if [ "$rows" != ${#files[@]} ]; then
    echo "verify: $rows rows for ${#files[@]} HDF5 files" >&2
    exit 74
  fi
  awk -F '\t' '!/^#/ && ($2 == "stale" || $2 == "unreadable") { print $2 ": " $1 ": " $3 }
    !/^#/ && $2 == "unverifiable" { print "cannot be verified: " $1 ": " $3 }' <<<"$report"
  others=$(awk -F '\t' '!/^#/ && $4 == "other"' <<<"$report" | wc -l)
  [ "$others" = 0 ] || echo "note: another build of the programs made $others of ${#files[@]} HDF5 files"
  ! cut -f 2 <<<"$report" | grep -qxE 'stale|unreadable' || status=1
fi

# The words of a quoted command line, without giving it to a shell.
words_of() { xargs printf '%s\0' <<<"$1"; }

new=$(mktemp)
trap 'rm -f "$new"' EXIT
while IFS= read -r -d '' file; do
  first=$(head -n 1 "$file" | sed -E 's/^(#|%|<!--) //; s/ -->$//')
  case $first in
    "table "* | "curves "* | "cdf "* | "gradients "* | "audit-maps "* | "permtest "*) ;;
    *) continue ;;
  esac
  texts=$((texts + 1))
  words=()
  while IFS= read -r -d '' word; do words+=("$word"); done < <(words_of "$first")
  code=0
  "${words[@]}" >"$new" 2>/dev/null || code=$?
  # audit-maps says with 1 that a map is unsafe; what it prints is complete.
  if [ "$code" -gt 1 ]; then
    echo "stale: $file: its command fails now: $first" | cut -c 1-300
    status=1
  elif ! cmp --silent "$new" "$file"; then
    echo "stale: $file: its command prints other numbers now"
    status=1
  fi
done < <(find "$@" \( -name '*.tsv' -o -name '*.md' -o -name '*.tex' \) -type f -print0 | sort -z)

[ "$status" != 0 ] || echo "verified: ${#files[@]} HDF5 files, $texts tables and curves"
exit "$status"
