#include <Poco/Util/Option.h>

#include <charconv>
#include <iostream>

#include "agent/audit/audit_read.h"
#include "agent/audit/audit_verify.h"
#include "agent/keys/site_keyring.h"
#include "service/agent/commands.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

constexpr std::size_t most_shown = 100'000;

Configuration read_configuration_of(const CommandLine& line) {
    Diagnostics diagnostics;
    auto configuration = load_configuration(configuration_file(line), configuration_overrides(line), diagnostics);
    diagnostics.throw_if_errors();
    return configuration;
}

std::uint64_t number_in(std::string_view text, const std::string& usage) {
    std::uint64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size() || number == 0) {
        throw UsageError(usage);
    }
    return number;
}

/// --head 57:<hash>, as verify printed it earlier or the repository holds it.
std::vector<AuditAnchor> anchors_of(const CommandLine& line) {
    const std::string usage = "--head takes NUMBER:HASH, as an earlier 'tributary audit verify' printed it";
    std::vector<AuditAnchor> anchors;
    const auto found = line.options.find("head");
    for (const auto& text : found == line.options.end() ? std::vector<std::string>{} : found->second) {
        const auto colon = text.find(':');
        if (colon == std::string::npos || text.size() - colon - 1 != 64) {
            throw UsageError(usage);
        }
        anchors.push_back({number_in(std::string_view(text).substr(0, colon), usage), text.substr(colon + 1)});
    }
    return anchors;
}

/// The site's certificate, or before there is one the public half of its key; then those of before, and those given.
std::vector<PublicKey> signers_of(const CommandLine& line, const Configuration& configuration) {
    auto& files = system_files();
    const auto& repository = configuration.repository;
    std::vector<PublicKey> signers;
    if (files.exists(repository.certificate)) {
        signers.push_back(PublicKey::of(Certificate::load(files, repository.certificate)));
    } else {
        signers.push_back(PublicKey::of(PrivateKey::load(files, repository.private_key)));
    }
    if (const auto earlier = SiteKeyring::earlier_file(repository.private_key); files.exists(earlier)) {
        for (const auto& certificate : Certificate::load_chain(files, earlier)) {
            signers.push_back(PublicKey::of(certificate));
        }
    }
    const auto found = line.options.find("certificate");
    for (const auto& file : found == line.options.end() ? std::vector<std::string>{} : found->second) {
        signers.push_back(PublicKey::of(Certificate::load(files, file)));
    }
    return signers;
}

int verify(const CommandLine& line) {
    const auto anchors = anchors_of(line);
    const auto configuration = read_configuration_of(line);
    const auto result = verify_audit_log(system_files(), configuration.data_folder, system_clock(),
                                         signers_of(line, configuration), anchors);
    for (const auto& fault : result.faults) {
        std::cerr << "fault: " << fault << '\n';
    }
    for (const auto& note : result.notes) {
        std::cerr << "note: " << note << '\n';
    }
    if (result.state == AuditVerification::State::broken) {
        std::cout << "The audit log is not as the agent wrote it: " << result.faults.size()
                  << (result.faults.size() == 1 ? " fault.\n" : " faults.\n");
        return exit_failed;
    }
    if (result.first && result.last) {
        std::cout << with_commas(result.lines) << " lines from " << to_rfc3339(*result.first) << " to "
                  << to_rfc3339(*result.last) << ".\n";
    }
    std::cout << "Head " << result.head->sequence << ':' << result.head->hash
              << "\nNote the head down elsewhere: with --head it proves later that no older state was put back.\n";
    if (result.state == AuditVerification::State::unfinished) {
        std::cout << "The last line is cut off, as a crash leaves it; the next event writes it again.\n";
        return exit_failed;
    }
    std::cout << "Nothing was edited, removed, put in or cut off.\n";
    return exit_ok;
}

std::string details_text(const AuditLine& line) {
    std::string text;
    for (const auto& [name, value] : line.details) {
        const auto* const words = std::get_if<std::string>(&value);
        text += (text.empty() ? "" : " ") + name + "=" +
                (words != nullptr ? *words : std::to_string(std::get<std::uint64_t>(value)));
    }
    return text;
}

int show(const CommandLine& line) {
    const auto count = number_in(line.value("last", "20"), "--last takes how many lines to show, such as 100");
    const auto configuration = read_configuration_of(line);
    Table table({{"line", Table::Align::right},
                 {"time", Table::Align::left},
                 {"event", Table::Align::left},
                 {"details", Table::Align::left}},
                400);
    for (const auto& entry : last_audit_lines(system_files(), configuration.data_folder,
                                              static_cast<std::size_t>(std::min<std::uint64_t>(count, most_shown)))) {
        table.add({std::to_string(entry.sequence), to_rfc3339(entry.time), entry.event, details_text(entry)});
    }
    if (table.empty()) {
        std::cout << "There is no audit log yet; the agent begins one when it starts.\n";
    } else {
        table.print(std::cout);
    }
    return exit_ok;
}

}  // namespace

std::vector<Command> audit_commands() {
    Command verify_command;
    verify_command.name = "audit verify";
    verify_command.summary = "Verify that nobody changed, removed or cut off anything in the audit log.";
    verify_command.description =
        "Checks every line, the chain through all files of DATA/audit, and that the log ends at the head which the "
        "site's key has signed. Reads beside a running agent. Exit code 0 if all is right, 1 if not.\n"
        "Whoever holds the site's private key, or puts an older state of the whole folder back, can deceive the log "
        "itself but not a head that was noted elsewhere: give that with --head.\n"
        "Example: tributary audit verify --head 57:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    verify_command.options = configuration_options();
    verify_command.options.addOption(Poco::Util::Option("head", "",
                                                        "A head that was noted earlier; the log must hold that line.",
                                                        false, "NUMBER:HASH", true)
                                         .repeatable(true));
    verify_command.options.addOption(
        Poco::Util::Option("certificate", "", "A certificate that the site had earlier, for lines of that time.", false,
                           "FILE", true)
            .repeatable(true));
    verify_command.run = verify;
    Command show_command;
    show_command.name = "audit show";
    show_command.summary = "Show the last lines of the audit log.";
    show_command.description =
        "Keys that came, policies that changed or were approved, runs, deliveries: ids, counts and hashes, never a "
        "value of a record. Does not verify; 'tributary audit verify' does.\n"
        "Example: tributary audit show --last 100";
    show_command.options = configuration_options();
    show_command.options.addOption(Poco::Util::Option("last", "n", "How many lines (default 20).", false, "N", true));
    show_command.run = show;
    return {verify_command, show_command};
}

}  // namespace tributary
