#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "storage/provenance.hpp"

namespace regionwise::cli {

/// What a program says of itself.
struct ToolInfo {
  std::string name;
  std::string summary;                ///< One line.
  std::vector<std::string> examples;  ///< Command lines.
  std::string citation;               ///< Empty: the paper.
};

/// What every program shares: messages, result format, the command line for provenance.
struct Context {
  Log log;
  std::string program;
  std::string command;  ///< Quoted for a POSIX shell.
  bool json = false;    ///< --json: results as JSON instead of TSV.
  bool force = false;   ///< --force: replace a finished output.
  int compress = 0;     ///< --compress N
  int threads = 1;      ///< --threads N, by default the machine's.

  /// Provenance with program, command and threads filled in.
  storage::Provenance provenance() const;
  storage::WriteOptions write_options() const { return {compress, force}; }
};

/// Shared options a tool asks for, beside --help, --version, --quiet and --verbose.
struct SharedOptions {
  bool output = false;       ///< --force
  bool output_file = false;  ///< --force, --compress
  bool results = false;      ///< --json
  bool threads = false;      ///< --threads
};

/// Declares the options on `app` (bound to a struct the tool owns) and returns what to run.
using Declare = std::function<std::function<int(Context&)>(CLI::App& app)>;

/// The frame of every program: parses, runs, and turns errors into one line on stderr and an exit
/// code (see ExitCode; 70 for an error that is none of this suite's). A reader that closes the pipe
/// early is not an error. In programs with an output SIGTERM, SIGINT and SIGUSR1 set
/// `interrupted()`: their loops ask for it.
int run_tool(int argc,
             char** argv,
             const ToolInfo& info,
             const SharedOptions& shared,
             const Declare& declare);

}  // namespace regionwise::cli
