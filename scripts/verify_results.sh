#!/usr/bin/env bash
# Are the results of this folder still what the programs make of today's files?
#
#   scripts/verify_results.sh PROGRAMS FOLDER…
#
# - Every HDF5 file against its recorded inputs (`verify`).
# - Every TSV, Markdown and LaTeX file against what the command on its first line prints now. A TSV of
#   several commands (Figures 2 and 4) has blank lines between; lines such as `# title: …` may stand
#   before each. `evaluate`, which needs a network and perhaps a GPU, is not run again: its scores are
#   taken from the metrics file that it wrote. `gallery` draws into a temporary folder.
# - Every such file against its copy in published/<study>/ beside the study's folder, if there is one
#   (<study> may lack "-paper"). Numbers may differ by TOLERANCE, relative (default 1e-6); paths in
#   commands do not count. Pictures are not compared: other versions of gnuplot draw other bytes.
#
# Names what is stale; exit status 1 if anything is.
set -euo pipefail
programs=$1
shift
export PATH="$(realpath "$programs"):$PATH"
for folder in "$@"; do
  [ -d "$folder" ] || { echo "verify: $folder: no such folder" >&2 && exit 74; }
done

status=0
texts=0
copies=0
files=()
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Published copies are compared with their study's products, whose commands make them.
products() { find "$@" -mindepth 1 -name published -prune -o -type f "${kinds[@]}" -print0 | sort -z; }

kinds=(-name '*.h5')
while IFS= read -r -d '' file; do files+=("$file"); done < <(products "$@")
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

# The place of the output's name among `words`, which lie in two where they are `-o FILE`.
place_of_output() {
  local i
  for ((i = 1; i + 1 < ${#words[@]}; ++i)); do
    case ${words[i]} in
      -o | --output) echo $((i + 1)) && return ;;
    esac
  done
  return 1
}

# What the command LINE of FILE prints now, of which `words` are the words.
print_anew() {
  local line=$1 file=$2 code=0 place
  case ${words[0]} in
    evaluate)
      place=$(place_of_output) || return 1
      evaluate --summary "${words[place]}" || code=$?
      ;;
    gallery)
      place=$(place_of_output) || return 1
      words[place]="$scratch/gallery/tiles.png"
      rm -rf "$scratch/gallery"
      mkdir "$scratch/gallery"
      "${words[@]}" >"$scratch/gallery/tiles.tsv" || code=$?
      [ "$code" = 0 ] || return 1
      # The command line names the output, which is another here.
      printf '%s\n' "$line"
      case $file in
        *.draws.tsv) tail -n +2 "$scratch/gallery/tiles.draws.tsv" ;;
        *) tail -n +2 "$scratch/gallery/tiles.tsv" ;;
      esac
      ;;
    *) "${words[@]}" || code=$? ;;
  esac
  # audit-maps says with 1 that a map is unsafe; what it prints is complete.
  [ "$code" -le 1 ]
}

# FILE with the output of its commands anew. Sets `commands`, their number, and `problem`.
tools='(table|curves|cdf|gradients|audit-maps|permtest|map-slice|gallery|evaluate)'
remake() {
  local file=$1 line mark='# ' inside=
  commands=0
  problem=
  case $file in
    *.md) mark='<!-- ' ;;
    *.tex) mark='% ' ;;
  esac
  local pattern="^$mark(command: )?($tools .*)\$"
  while IFS= read -r line || [ -n "$line" ]; do
    if [ -n "$inside" ]; then
      [[ -n $line || $file != *.tsv ]] || { inside= && echo; }
    elif [[ $line =~ $pattern ]]; then
      local text=${BASH_REMATCH[2]% -->}
      inside=yes
      commands=$((commands + 1))
      words=()
      while IFS= read -r -d '' word; do words+=("$word"); done < <(words_of "$text" 2>/dev/null)
      if [[ " ${words[*]:1} " = *" - "* ]]; then
        problem="cannot be verified: $file: its command reads standard input"
        return
      fi
      if [[ " ${words[*]:1} " = *" --follow "* ]]; then
        problem="cannot be verified: $file: its command watched trainings"
        return
      fi
      if [ ${#words[@]} = 0 ] || ! print_anew "$line" "$file" </dev/null 2>/dev/null; then
        problem="stale: $file: its command fails now: $text"
        return
      fi
    elif [[ $line = '#'* || -z $line ]] && [[ $file = *.tsv ]]; then
      printf '%s\n' "$line"
    else
      [ "$commands" = 0 ] || problem="stale: $file: has lines that belong to no command"
      return
    fi
  done <"$file"
}

# The first line in which a published copy says other than FILE; nothing where there is none.
difference() {
  awk -v tolerance="${TOLERANCE:-1e-6}" -v command="^(# |% |<!-- )(command: )?$tools " '
    function is_number(text) { return text ~ /^[-+]?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$/ }
    function alike(a, b, size) {
      if (a == b) return 1
      if (!is_number(a) || !is_number(b)) return 0
      size = (a < 0 ? -a : +a) > (b < 0 ? -b : +b) ? (a < 0 ? -a : +a) : (b < 0 ? -b : +b)
      return (a > b ? a - b : b - a) <= tolerance * size
    }
    FILENAME == ARGV[1] { lines[FNR] = $0; count = FNR; next }
    { read = FNR }
    FNR > count { print "line " FNR " is not published"; exit }
    $0 ~ command && lines[FNR] ~ command { next }
    {
      n = split(lines[FNR], a, /[ \t(),;|]+/)
      if (n != split($0, b, /[ \t(),;|]+/)) { print "line " FNR; exit }
      for (i = 1; i <= n; ++i) if (!alike(a[i], b[i])) { print "line " FNR ": " a[i] " published, " b[i] " now"; exit }
    }
    END { if (read == FNR && read < count) print "line " read + 1 " is published only" }' "$1" "$2"
}

compare_published() {
  local file=$1 folder study name copy found
  folder=$(dirname "$file")
  study=$(basename "$folder")
  for name in "$study" "${study%-paper}"; do
    copy="$(dirname "$folder")/published/$name/$(basename "$file")"
    [ -f "$copy" ] || continue
    copies=$((copies + 1))
    found=$(difference "$copy" "$file")
    [ -z "$found" ] || { echo "differs: $copy: from $file: $found" && status=1; }
    return
  done
}

kinds=('(' -name '*.tsv' -o -name '*.md' -o -name '*.tex' ')')
while IFS= read -r -d '' file; do
  remake "$file" >"$scratch/new"
  if [ "$commands" = 0 ]; then
    # Notes of people have no command; a product that was cut has nothing but comments.
    if [[ $file != *.md ]] && ! grep -qv '^[#%]' "$file" || [ ! -s "$file" ]; then
      echo "stale: $file: holds nothing"
      status=1
    fi
    continue
  fi
  texts=$((texts + 1))
  if [ -z "$problem" ] && ! cmp --silent "$scratch/new" "$file"; then
    problem="stale: $file: its command prints something else now"
  fi
  [ -z "$problem" ] || cut -c 1-300 <<<"$problem"
  [[ $problem != stale:* ]] || status=1
  compare_published "$file"
done < <(products "$@")

[ "$status" != 0 ] ||
  echo "verified: ${#files[@]} HDF5 files, $texts tables and curves, $copies published copies"
exit "$status"
