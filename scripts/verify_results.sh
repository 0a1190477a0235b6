#!/usr/bin/env bash
# Are the results of this folder still what the programs make of today's files?
#
#   scripts/verify_results.sh PROGRAMS FOLDER…
#
# - Every HDF5 file against its recorded inputs (`verify`).
# - Every TSV, Markdown and LaTeX file against what the command on its first line prints now. A TSV of
#   several commands (Figures 2 and 4) has blank lines between; lines such as `# title: …` may stand
#   before each. `evaluate`, which needs a network and perhaps a GPU, is not run again: its scores are
#   taken from the metrics file that it wrote. `gallery` draws into a temporary folder. Other programs
#   that write files (whose --help has --force) are not run. Exit status 1 is a failure save of
#   programs whose --help says what it means.
# - Every such file against its copy in published/<study>/ beside the study's folder, if there is one
#   (<study> may lack "-paper"). Numbers may differ by TOLERANCE, relative (default 1e-6), and in
#   Markdown and LaTeX, where they are rounded, by one in the last place printed; all else, stars and
#   brackets too, must be the same. Paths in commands do not count. Pictures are not compared: other
#   versions of gnuplot draw other bytes. What only one of the two folders holds is said. A published
#   file is stale, too, whose command names a file of experiments/ that is there no more.
#
# Names what is stale; exit status 1 if anything is, 2 without a FOLDER or with a TOLERANCE that is none.
set -euo pipefail
if [ $# -lt 2 ]; then
  echo "verify: error: expected PROGRAMS FOLDER…: name a study's folder, such as results/phantom-demo-paper" >&2
  exit 2
fi
tolerance=${TOLERANCE:-1e-6}
if [[ ! $tolerance =~ ^([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$ ]]; then
  echo "verify: error: TOLERANCE=$tolerance: expected a number of at least 0, such as 1e-6" >&2
  exit 2
fi
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
  # xargs says with 123 that some file is stale, damaged or unreadable.
  report=$(printf '%s\0' "${files[@]}" | xargs -0 verify) || [ $? = 123 ] || exit 74
  rows=$(grep -cv '^#' <<<"$report" || true)
  if [ "$rows" != ${#files[@]} ]; then
    echo "verify: $rows rows for ${#files[@]} HDF5 files" >&2
    exit 74
  fi
  awk -F '\t' '!/^#/ && ($2 == "stale" || $2 == "damaged" || $2 == "unreadable") { print $2 ": " $1 ": " $3 }
    !/^#/ && $2 == "unverifiable" { print "cannot be verified: " $1 ": " $3 }' <<<"$report"
  others=$(awk -F '\t' '!/^#/ && $4 == "other"' <<<"$report" | wc -l)
  [ "$others" = 0 ] || echo "note: another build of the programs made $others of ${#files[@]} HDF5 files"
  unknown=$(awk -F '\t' '!/^#/ && $4 == "unknown"' <<<"$report" | wc -l)
  [ "$unknown" = 0 ] || echo "note: whether this build of the programs made $unknown of ${#files[@]} HDF5 files cannot be said"
  ! grep -qxE 'stale|damaged|unreadable' <<<"$(cut -f 2 <<<"$report")" || status=1
fi

# The words of a quoted command line, without giving it to a shell.
words_of() { xargs printf '%s\0' <<<"$1"; }

# Where `words` name the output: sets `output`, and `at` and `prefix`, so that words[at] is prefix and output.
find_output() {
  local i
  for ((i = 1; i < ${#words[@]}; ++i)); do
    at=$i prefix=
    case ${words[i]} in
      -o | --output) at=$((i + 1)) ;;
      --output=*) prefix=--output= ;;
      -o?*) prefix=-o ;;
      *) continue ;;
    esac
    [ "$at" -lt ${#words[@]} ] || return 1
    output=${words[at]#"$prefix"}
    return 0
  done
  return 1
}

# What the build has: every program that lies in its folder, and what each says of itself.
tools=
for program in "$programs"/*; do
  [ -x "$program" ] && [ -f "$program" ] || continue
  tools+="${tools:+|}$(basename "$program")"
done
tools="(${tools//./[.]})"
declare -A help
says() {
  [ -n "${help[$1]:-}" ] || help[$1]=$("$1" --help 2>/dev/null)
  grep -qE -e "$2" <<<"${help[$1]}"
}

# What the command LINE of FILE prints now, of which `words` are the words.
print_anew() {
  local line=$1 file=$2 code=0 at prefix output
  case ${words[0]} in
    evaluate)
      find_output || return 1
      evaluate --summary "$output" || code=$?
      ;;
    gallery)
      find_output || return 1
      words[at]="$prefix$scratch/gallery/tiles.png"
      rm -rf "$scratch/gallery"
      mkdir "$scratch/gallery"
      "${words[@]}" >"$scratch/gallery/tiles.tsv" || return 1
      # The command line names the output, which is another here.
      printf '%s\n' "$line"
      case $file in
        *.draws.tsv) tail -n +2 "$scratch/gallery/tiles.draws.tsv" ;;
        *) tail -n +2 "$scratch/gallery/tiles.tsv" ;;
      esac
      ;;
    *) "${words[@]}" || code=$? ;;
  esac
  [ "$code" = 0 ] || { [ "$code" = 1 ] && says "${words[0]}" 'Exit (status|code) 1'; }
}

# FILE with the output of its commands anew. Sets `commands`, their number, and `problem`.
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
      if [[ ${words[0]:-} != @(evaluate|gallery) ]] && says "${words[0]:-false}" '--force'; then
        problem="cannot be verified: $file: ${words[0]} writes files, and is not run again"
        return
      fi
      : >"$scratch/errors"
      if [ ${#words[@]} = 0 ] || ! print_anew "$line" "$file" </dev/null 2>"$scratch/errors"; then
        local why
        why=$(tail -n 1 "$scratch/errors")
        problem="stale: $file: its command fails now: ${why:+$why: }$text"
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
  local rounded=1
  [[ $2 != *.tsv ]] || rounded=0
  awk -v tolerance="$tolerance" -v rounded="$rounded" -v command="^(# |% |<!-- )(command: )?$tools " '
    # The line with # in place of its numbers, which go to `numbers`. Digits of a word are no number.
    function words_of(line, numbers, rest, text, head, before, count) {
      count = 0
      rest = ""
      before = ""
      while (match(line, /[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?/)) {
        text = substr(line, RSTART, RLENGTH)
        head = substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + RLENGTH)
        if (head != "") before = substr(head, length(head))
        if (before ~ /[A-Za-z0-9_.]/ || line ~ /^[A-Za-z0-9_]/) {
          rest = rest head text
        } else {
          if (head ~ /(^|[^A-Za-z0-9_])[-+]$/) {
            text = substr(head, length(head)) text
            head = substr(head, 1, length(head) - 1)
          }
          numbers[++count] = text
          rest = rest head "#"
        }
        before = substr(text, length(text))
      }
      numbers[0] = count
      return rest line
    }
    function size_of(number) { number += 0; return number < 0 ? -number : number }
    function places(text) { return text ~ /^[-+]?[0-9]+[.][0-9]+$/ ? length(text) - index(text, ".") : 0 }
    function alike(a, b, allowed) {
      if (a == b) return 1
      allowed = tolerance * (size_of(a) > size_of(b) ? size_of(a) : size_of(b))
      if (rounded && places(a) > 0 && places(a) == places(b)) allowed += 1.000001 * 10 ^ -places(a)
      return size_of(a - b) <= allowed
    }
    FILENAME == ARGV[1] { lines[FNR] = $0; count = FNR; next }
    { read = FNR }
    FNR > count { print "line " FNR " is not published"; exit }
    $0 ~ command && lines[FNR] ~ command { next }
    {
      if (words_of(lines[FNR], a) != words_of($0, b)) { print "line " FNR; exit }
      for (i = 1; i <= a[0]; ++i) if (!alike(a[i], b[i])) { print "line " FNR ": " a[i] " published, " b[i] " now"; exit }
    }
    END { if (read == FNR && read < count) print "line " read + 1 " is published only" }' "$1" "$2"
}

# The folder in which the study of FOLDER is published.
published_of() {
  local name folder study
  folder=$(realpath --no-symlinks "$1") # It may be `.`, which has no name.
  study=$(basename "$folder")
  for name in "$study" "${study%-paper}"; do
    [ -d "$(dirname "$folder")/published/$name" ] || continue
    realpath --no-symlinks --relative-to=. "$(dirname "$folder")/published/$name"
    return
  done
  return 1
}

# Says so where a command of a published FILE names a file of experiments/ that is there no more.
check_experiments() {
  local file=$1 root line word
  root=$(realpath --no-symlinks "$(dirname "$file")/../../..")
  [ -d "$root/experiments" ] || return 0
  while IFS= read -r line; do
    while IFS= read -r -d '' word; do
      word=${word#-*=}
      [[ $word = experiments/* && ! -e $root/$word ]] || continue
      echo "stale: $file: its command names $word, which is there no more"
      status=1
      return
    done < <(words_of "${line% -->}" 2>/dev/null)
  done < <(sed -nE "s/^(# |% |<!-- )(command: )?($tools .*)/\3/p" "$file")
}

compare_published() {
  local file=$1 published found
  published=$(published_of "$(dirname "$file")") || return 0
  seen[$published]=$(dirname "$file")
  if [ ! -f "$published/$(basename "$file")" ]; then
    echo "note: not published: $file: $published holds no copy"
    return
  fi
  copies=$((copies + 1))
  check_experiments "$published/$(basename "$file")"
  found=$(difference "$published/$(basename "$file")" "$file")
  [ -z "$found" ] || { echo "differs: $published/$(basename "$file"): from $file: $found" && status=1; }
}

# What is published and was not made here. Notes of people have no command.
name_published_only() {
  local folder published study file
  for folder in "$@"; do
    if published=$(published_of "$folder"); then seen[$published]=${folder%/}; fi
    for published in "$folder"/published/*/; do
      [ -d "$published" ] || continue
      published=$(realpath --no-symlinks --relative-to=. "$published")
      study=$(realpath --no-symlinks --relative-to=. "$folder/$(basename "$published")")
      [ -z "${seen[$published]:-}" ] && [ ! -d "$study" ] && [ ! -d "$study-paper" ] || continue
      echo "note: published only: $published: there is no $study"
      for file in "$published"/*.{tsv,md,tex}; do
        [ ! -f "$file" ] || check_experiments "$file"
      done
    done
  done
  for published in "${!seen[@]}"; do
    for file in "$published"/*.{tsv,md,tex}; do
      [ -f "$file" ] && [ ! -e "${seen[$published]}/$(basename "$file")" ] || continue
      grep -qE "^(# |% |<!-- )(command: )?$tools " "$file" || continue
      echo "note: published only: $file: ${seen[$published]} holds no such file"
      check_experiments "$file"
    done
  done
}

declare -A seen
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
name_published_only "$@"

[ "$status" != 0 ] ||
  echo "verified: ${#files[@]} HDF5 files, $texts tables and curves, $copies published copies"
exit "$status"
