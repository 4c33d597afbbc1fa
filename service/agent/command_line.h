#pragma once

#include <Poco/Util/OptionSet.h>

#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "agent/config/configuration.h"

namespace tributary {

/// Exit codes of the program, the same for all commands.
enum ExitCode : int {
    exit_ok = 0,
    exit_failed = 1,         ///< the work itself failed, or a check found faults
    exit_usage = 2,          ///< the command line was wrong
    exit_configuration = 3,  ///< the configuration, a policy, a key or a certificate cannot be used
    exit_undelivered = 4     ///< everything was queued, but some chunks still wait for the repository
};

/// A wrong command line; what() says what to do.
class UsageError : public Error {
  public:
    explicit UsageError(const std::string& message) : Error(ErrorCode::input, message) {}
};

/// What stood on the command line after the command's name.
struct CommandLine {
    std::vector<std::string> arguments;                       ///< those that are not options
    std::map<std::string, std::vector<std::string>> options;  ///< by full name

    bool has(const std::string& option) const { return options.contains(option); }
    std::string value(const std::string& option, const std::string& otherwise) const;
};

/// Options that every command which reads the configuration takes: --config, --set.
Poco::Util::OptionSet configuration_options();

/// Throws UsageError: unknown option, missing value, more than `most` arguments, fewer than `fewest`.
CommandLine parse_command_line(const Poco::Util::OptionSet& options, const std::vector<std::string>& words,
                               std::size_t fewest, std::size_t most);

/// The configuration file to use (or a folder with a tributary.yaml in it): --config, else $TRIBUTARY_CONFIG, else
/// ./tributary.yaml, else the system's own
/// (/etc/tributary/tributary.yaml).
std::filesystem::path configuration_file(const CommandLine& line);

/// Settings above the file, the strongest last: environment (TRIBUTARY_LOG_LEVEL for log.level), then --set
/// log.level=debug.
ConfigurationOverrides configuration_overrides(const CommandLine& line);

/// One command of the program.
struct Command {
    std::string name;         ///< "queue list" for a command of two words
    std::string arguments;    ///< "STREAM"
    std::string summary;      ///< one line
    std::string description;  ///< what it does, teaching; with examples
    Poco::Util::OptionSet options;
    std::size_t fewest = 0;  ///< arguments
    std::size_t most = 0;
    int (*run)(const CommandLine& line) = nullptr;
};

void print_help(std::ostream& output, const Command& command);

}  // namespace tributary
