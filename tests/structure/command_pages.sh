# docs/commands says what the programs say. `make docs` writes the pages anew.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
bash "$REGIONWISE_SOURCE/scripts/command_pages.sh" "$REGIONWISE_BIN" pages
diff -r pages "$REGIONWISE_SOURCE/docs/commands" || fail "docs/commands is out of date: run make docs"
