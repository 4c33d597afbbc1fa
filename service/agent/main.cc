#include <Poco/Net/SSLManager.h>

#include <algorithm>
#include <iostream>

#include "agent/config/diagnostic.h"
#include "agent/config/yaml_node.h"
#include "agent/platform/process.h"
#include "service/agent/commands.h"
#include "service/agent/report.h"

namespace tributary {

namespace {

void print_overview(std::ostream& output) {
    output << "Tributary extracts records from local systems, pseudonymises them on site, and delivers them to the "
              "regional repository.\n\n"
              "usage: tributary COMMAND [options]\n\n";
    for (const auto& command : commands()) {
        const auto name = command.name + (command.arguments.empty() ? "" : " " + command.arguments);
        output << "  " << name << std::string(name.size() < 18 ? 18 - name.size() : 1, ' ') << command.summary << '\n';
    }
    output << "\n'tributary help COMMAND' explains a command. Start with: tributary init DIR\n";
}

/// The command that the words begin with, and how many words its name takes.
std::pair<const Command*, std::size_t> find_command(const std::vector<std::string>& words) {
    for (const std::size_t length : {std::size_t{2}, std::size_t{1}}) {
        if (words.size() < length) {
            continue;
        }
        const auto name = length == 2 ? words[0] + " " + words[1] : words[0];
        for (const auto& command : commands()) {
            if (command.name == name) {
                return {&command, length};
            }
        }
    }
    return {nullptr, 0};
}

int unknown(const std::vector<std::string>& words) {
    std::string group;  // "key" is the beginning of "key create" and others
    for (const auto& command : commands()) {
        if (command.name.starts_with(words[0] + " ")) {
            group += "  " + command.name + " " + command.arguments + "\n";
        }
    }
    if (!group.empty()) {
        std::cerr << "tributary: '" << words[0] << "' takes one of\n" << group;
        return exit_usage;
    }
    std::vector<std::string> names;
    for (const auto& command : commands()) {
        names.push_back(command.name);
    }
    const auto typed = words.size() > 1 ? words[0] + " " + words[1] : words[0];
    auto meant = nearest(typed, names);
    if (!meant) {
        meant = nearest(words[0], names);
    }
    std::cerr << "tributary: there is no command '" << words[0] << "'"
              << (meant ? "; did you mean '" + *meant + "'?" : "") << "\n'tributary help' lists the commands.\n";
    return exit_usage;
}

int dispatch(std::vector<std::string> words) {
    if (words.empty()) {
        print_overview(std::cerr);
        return exit_usage;
    }
    if (words[0] == "--version") {
        std::cout << "tributary " << TRIBUTARY_VERSION << '\n';
        return exit_ok;
    }
    const bool help = words[0] == "help" || words[0] == "--help" || words[0] == "-h";
    if (help) {
        words.erase(words.begin());
        if (words.empty()) {
            print_overview(std::cout);
            return exit_ok;
        }
    }
    const auto [command, length] = find_command(words);
    if (command == nullptr) {
        return unknown(words);
    }
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(length));
    if (help || std::find(words.begin(), words.end(), "--help") != words.end()) {
        print_help(std::cout, *command);
        return exit_ok;
    }
    try {
        return command->run(parse_command_line(command->options, words, command->fewest, command->most));
    } catch (const UsageError& error) {
        std::cerr << "tributary " << command->name << ": " << error.what() << "\n'tributary help " << command->name
                  << "' explains it.\n";
        return exit_usage;
    }
}

}  // namespace

const std::vector<Command>& commands() {
    static const std::vector<Command> all = [] {
        std::vector<Command> list = {init_command(),   enrol_command(),      check_command(), preview_command(),
                                     report_command(), reidentify_command(), run_command(),   status_command()};
        for (const auto& group : {queue_commands(), held_commands(), custodian_commands(), key_commands(),
                                  policy_commands(), audit_commands()}) {
            list.insert(list.end(), group.begin(), group.end());
        }
        return list;
    }();
    return all;
}

}  // namespace tributary

int main(int argc, char** argv) {
    try {
        tributary::close_new_files_to_others();
        tributary::forbid_core_dumps();  // most commands read linkage keys, and some read records
        Poco::Net::initializeSSL();
        return tributary::dispatch({argv + 1, argv + argc});
    } catch (const tributary::ConfigurationError& error) {
        tributary::print_diagnostics(std::cerr, error.diagnostics());
        return tributary::exit_configuration;
    } catch (const std::exception& error) {
        std::cerr << "tributary: " << error.what() << '\n';
        return tributary::exit_failed;
    }
}
