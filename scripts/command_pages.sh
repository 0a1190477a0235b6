#!/usr/bin/env bash
# Writes one page per program, made of its --help, so that page and program cannot disagree.
#   scripts/command_pages.sh build/bin docs/commands
set -eu
bin=$1
pages=$2
mkdir -p "$pages"
for source in "$(dirname "$0")"/../tools/*.cpp; do
  program=$(basename "$source" .cpp | tr _ -)
  {
    echo "# $program"
    echo
    echo '```'
    # The default number of threads is the machine's: no part of a page.
    "$bin/$program" --help | sed -E 's/(--threads INT[^[]*) \[[0-9]+\]/\1/'
    echo '```'
  } >"$pages/$program.md"
done
