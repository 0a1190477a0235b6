#include "cli/tool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <initializer_list>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/numbers.hpp"
#include "cli/passive_wait.hpp"
#include "cli/results.hpp"
#include "core/comma_list.hpp"
#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/job_pipeline.hpp"
#include "core/parallel.hpp"
#include "core/version.hpp"

namespace regionwise::cli {
namespace {

/// What nobody foresaw: nothing is known to be wrong with what was read. EX_SOFTWARE of sysexits.h.
constexpr int kInternalError = 70;

constexpr const char* kPaper =
    "Valverde and Tohka, Region-wise Loss for Biomedical Image Segmentation, Pattern Recognition "
    "2023";

/// A word as a POSIX shell reads it back.
std::string quoted(const std::string& word) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-./=:,+@%").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string command_line(const std::string& program, int argc, char** argv) {
  std::string line = program;
  for (int i = 1; i < argc; ++i) line += " " + quoted(argv[i]);
  return line;
}

std::string footer(const ToolInfo& info) {
  std::string text = "\nExamples:\n";
  for (const std::string& example : info.examples) text += "  " + example + "\n";
  text += "\nReference: " + (info.citation.empty() ? std::string(kPaper) : info.citation) + "\n";
  text +=
      "Exit codes: 0 done, 1 a check says no, 2 wrong usage, 65 bad input data, 70 internal "
      "error,\n"
      "74 cannot read or write, 75 interrupted (run the same command again) or failed run (the\n"
      "message says what to change).";
  return text;
}

}  // namespace

storage::Provenance Context::provenance() const {
  storage::Provenance provenance;
  provenance.program = program;
  provenance.command = command;
  provenance.threads = threads;
  return provenance;
}

namespace {

/// Ends the program at once. Libraries tidy up when a program exits, and may wait for ever where
/// memory is short (OpenBLAS for threads that it could not start), or take away what a thread still
/// uses.
[[noreturn]] void end_at_once(int status) {
  std::fflush(nullptr);
  std::_Exit(status);
}

/// A line on standard error, for which no memory is taken.
void say(std::initializer_list<const char*> parts) {
  for (const char* part : parts) (void)!::write(STDERR_FILENO, part, std::strlen(part));
  (void)!::write(STDERR_FILENO, "\n", 1);
}

/// What is thrown where nothing may be, or in a thread that nobody waits for: memory may lack where
/// JSON is destroyed, and even for a message.
void end_in_order_when_uncaught(const std::string& program) {
  static std::string name;
  name = program;
  std::set_terminate([] {
    try {
      if (const auto uncaught = std::current_exception()) std::rethrow_exception(uncaught);
      say({name.c_str(), ": error: internal error: ended by a library"});
    } catch (const std::bad_alloc&) {
      say({name.c_str(), ": error: out of memory"});
      end_at_once(static_cast<int>(ExitCode::io));
    } catch (const std::exception& error) {
      say({name.c_str(), ": error: internal error: nobody caught: ", error.what()});
    } catch (...) {
      say({name.c_str(), ": error: internal error: nobody caught what was thrown"});
    }
    end_at_once(kInternalError);
  });
}

/// Where standard input, output or error came closed, the next file opened would take its place,
/// and messages would be written into it. Input and output are opened the wrong way round, so that
/// using them is an error.
void occupy_standard_descriptors() {
  for (const auto& [descriptor, how] : {std::pair{STDIN_FILENO, O_WRONLY},
                                        std::pair{STDOUT_FILENO, O_RDONLY},
                                        std::pair{STDERR_FILENO, O_WRONLY}}) {
    // The lowest that is free is taken.
    if (::fcntl(descriptor, F_GETFD) == -1) (void)::open("/dev/null", how);
  }
}

/// As CLI11 declares the options: those of whole numbers, and those of others.
void read_numbers_strictly(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    const bool is_whole = type.starts_with("INT");
    if (!is_whole && !type.starts_with("FLOAT")) continue;
    option->check(CLI::Validator(
        [is_whole](std::string& text) {
          std::string problem;
          for (const std::string& entry : split_at_commas(text)) {  // of a list
            if (!problem.empty() || entry.empty()) continue;
            problem = is_whole ? problem_of_whole_number(entry) : problem_of_decimal(entry);
          }
          return problem;
        },
        "",
        "number"));
  }
}

/// A value that is empty, as of a shell's variable that was never set, is not one that was left
/// out.
void refuse_empty_values(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const auto& values = option->results();
    if (std::find(values.begin(), values.end(), "") == values.end()) continue;
    throw UsageError(fmt::format("{}: an empty name or value", option->get_name()));
  }
}

/// run_tool but for threads that are left.
int run_in_order(int argc,
                 char** argv,
                 const ToolInfo& info,
                 const SharedOptions& shared,
                 const Declare& declare) {
  occupy_standard_descriptors();
  // A reader such as `head` that leaves early is found by write(), not by a signal.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file beyond `ulimit -f`: the error then names it.
  std::signal(SIGXFSZ, SIG_IGN);
  Context context{Log(info.name), info.name, command_line(info.name, argc, argv)};
  context.threads = available_threads();
  const auto failed = [&](ExitCode code, const std::string& message) {
    context.log.error(message);
    return static_cast<int>(code);
  };
  const auto exhausted = [&](const std::string& message) {
    end_at_once(failed(ExitCode::io, message));
  };
  try {
    CLI::App app(info.summary, info.name);
    app.footer(footer(info));
    app.set_version_flag("--version", fmt::format("{} {} ({})", info.name, version(), commit()));
    bool quiet = false;
    bool verbose = false;
    app.add_flag("--quiet", quiet, "Print errors only");
    app.add_flag("-v,--verbose", verbose, "Print details")->excludes("--quiet");
    const auto run = declare(app);
    const bool writes = shared.output || shared.output_file;
    if (writes) app.add_flag("--force", context.force, "Replace a finished output");
    if (shared.output_file) {
      app.add_option("--compress",
                     context.compress,
                     "Deflate level of the output, 0 to 9 (0: none, the fastest to read)")
          ->check(CLI::Range(0, 9));
    }
    if (shared.results) app.add_flag("--json", context.json, "Print results as JSON, not TSV");
    if (shared.threads) {
      app.add_option("--threads", context.threads, "Threads to use; default: all there are")
          ->check(CLI::Range(1, 1024));
    }
    read_numbers_strictly(app);
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& asked_for_text) {
      std::ostringstream text;
      const int code = app.exit(asked_for_text, text, text);
      print_text(text.str());
      return code;
    } catch (const CLI::ParseError& error) {
      return failed(ExitCode::usage, fmt::format("{} (see {} --help)", error.what(), info.name));
    }
    refuse_empty_values(app);
    if (quiet) context.log.set_verbosity(Verbosity::quiet);
    if (verbose) context.log.set_verbosity(Verbosity::verbose);
    if (shared.threads) wait_passively(context.threads, argv);
    // Programs that only print have nothing to clean up: a signal ends them at once.
    if (writes) catch_interrupts();
    return run(context);
  } catch (const Error& error) {
    return failed(error.code(), error.what());
  } catch (const std::bad_alloc& error) {
    const std::string what = error.what();
    exhausted(what.starts_with("std::") ? "out of memory" : what);
  } catch (const std::filesystem::filesystem_error& error) {
    return failed(
        ExitCode::io,
        fmt::format("{}: cannot be accessed: {}", error.path1().string(), error.code().message()));
  } catch (const std::system_error& error) {
    // Of the standard library's threads: there is no memory or number left for another.
    const bool lacking = error.code() == std::errc::resource_unavailable_try_again ||
                         error.code() == std::errc::not_enough_memory;
    const std::string what = error.what();
    if (lacking) exhausted("out of memory or threads: " + what);
    return failed(ExitCode::io, "the system refused: " + what.substr(0, what.find('\n')));
  } catch (const std::exception& error) {
    // LibTorch appends its stack to what(): the first line says what is wrong.
    const std::string message = error.what();
    const std::string first_line = message.substr(0, message.find('\n'));
    for (const char* sign : {"can't allocate memory", "out of memory", "bad_alloc"}) {
      if (message.find(sign) != std::string::npos) exhausted("out of memory: " + first_line);
    }
    // Of a GPU that was lost, or whose memory failed.
    for (const char* sign : {"CUDA error", "cuDNN error"}) {
      if (!message.starts_with(sign)) continue;
      return failed(ExitCode::retry, "the GPU failed (" + first_line + "): run it again");
    }
    context.log.error("internal error: " + first_line);
    return kInternalError;
  }
  return static_cast<int>(ExitCode::io);
}

}  // namespace

int run_tool(int argc,
             char** argv,
             const ToolInfo& info,
             const SharedOptions& shared,
             const Declare& declare) {
  end_in_order_when_uncaught(info.name);
  const int status = run_in_order(argc, argv, info, shared, declare);
  if (worker_was_left()) end_at_once(status);
  return status;
}

}  // namespace regionwise::cli
