# Standard input, output or error may come closed (`>&-`): messages never go into a file that is opened
# in its place, and results that cannot be printed are an error.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source_folder=$REGIONWISE_SOURCE
source "$source_folder/tests/support/fault_commands.sh"

# What a program has open while it writes, from the library that counts its writes.
for program in prepare-data compute-maps train evaluate predict gallery; do
  read -ra command <<<"$(command_of "$program")"
  rm -rf out whole
  mkdir out
  "${command[@]}" >/dev/null
  mv out whole
  mkdir out
  # Verbose messages come all the time, also while the output is open.
  loud=("${command[@]/--quiet/--verbose}")
  status=0
  "${loud[@]}" <&- >&- 2>&- || status=$?
  case $program in
    evaluate | predict | gallery) [ "$status" = 74 ] || fail "$program without standard output: exit status $status" ;;
    *) [ "$status" = 0 ] || fail "$program without standard output: exit status $status" ;;
  esac
  while read -r file; do
    case $file in
      *.h5) check "out/$file" >/dev/null || fail "$program: $file is damaged" ;;
      *.history.jsonl) ;;
      *.tsv) diff <(grep -v '^#' "out/$file") <(grep -v '^#' "whole/$file") || fail "$program: $file differs" ;;
      *) cmp "out/$file" "whole/$file" || fail "$program: $file differs" ;;
    esac
  done < <(cd whole && find . -type f)
  # With standard error alone closed all is well, and nothing goes there.
  rm -rf out
  mkdir out
  "${loud[@]}" >/dev/null 2>&- || fail "$program without standard error"
done

status=0
check whole/x.png hearts.h5 >&- 2>err.txt || status=$?
[ "$status" = 74 ] && grep -q "^check: error: standard output: cannot be written: Bad file descriptor$" err.txt ||
  fail "check: exit status $status: $(cat err.txt)"
