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
    "$bin/$program" --help
    echo '```'
  } >"$pages/$program.md"
done
