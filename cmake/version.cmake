# Writes the program's version and commit into OUTPUT, touching it only where they have changed.
execute_process(
  COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
  OUTPUT_VARIABLE commit
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
  set(commit "unknown")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
  "#define REGIONWISE_VERSION \"${VERSION}\"\n#define REGIONWISE_COMMIT \"${commit}\"\n#define REGIONWISE_COMPILER \"${COMPILER}\"\n"
  @ONLY)
