#include <Poco/JSON/Object.h>

#include <charconv>
#include <iostream>

#include "agent/keys/json.h"
#include "agent/keys/site_keyring.h"
#include "agent/outbox/outbox.h"
#include "agent/platform/process.h"
#include "service/agent/audit_trail.h"
#include "service/agent/commands.h"
#include "service/agent/queue_view.h"
#include "service/agent/reason.h"
#include "service/agent/report.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

constexpr std::size_t shown_entries = 1000;
constexpr std::size_t largest_entry = 1U << 30U;

int list(const CommandLine& line) {
    return with_queue(line, [](const Configuration&, const Outbox& outbox) {
        Table table({{"number", Table::Align::right},
                     {"stream", Table::Align::left},
                     {"rows", Table::Align::right},
                     {"found", Table::Align::left},
                     {"held since", Table::Align::left},
                     {"run", Table::Align::left}});
        for (const auto& held : outbox.held_rows(shown_entries)) {
            table.add({std::to_string(held.number), held.stream, with_commas(held.rows), held.reasons,
                       to_rfc3339(held.stored), held.run});
        }
        if (table.empty()) {
            std::cout << "The egress guard has held no row back.\n";
        } else {
            table.print(std::cout);
        }
        return static_cast<int>(exit_ok);
    });
}

std::uint64_t number_of(const CommandLine& line) {
    const auto& text = line.arguments.front();
    std::uint64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size()) {
        throw UsageError("NUMBER is a number from 'tributary held list'");
    }
    return number;
}

void print(const std::string& rows, bool records) {
    for (std::size_t begin = 0; begin < rows.size();) {
        const std::size_t end = rows.find('\n', begin);
        const auto row =
            parse_json_object(std::string_view(rows).substr(begin, end - begin), "a held row", largest_entry);
        std::cout << row->getValue<std::string>("origin") << ", row " << row->getValue<std::uint64_t>("row")
                  << ", column " << row->getValue<std::string>("column") << ": " << row->getValue<std::string>("reason")
                  << '\n';
        if (records) {
            std::cout << "  " << row->getValue<std::string>("record");
        }
        begin = end + 1;
    }
}

int show(const CommandLine& line) {
    const auto number = number_of(line);
    const bool records = line.has("records");
    if (records && !Terminal::output_is_terminal()) {
        std::cerr << "Held rows hold identifiers, so they go to a terminal only, never into a file or a pipe.\n";
        return exit_failed;
    }
    return with_queue(line, [&](const Configuration& configuration, const Outbox& outbox) {
        forbid_core_dumps();
        auto& files = system_files();
        const auto keys =
            SiteKeyring::load(files, configuration.repository.certificate, configuration.repository.private_key);
        print(keys.open(outbox.held_rows_sealed(number), largest_entry), records);
        return static_cast<int>(exit_ok);
    });
}

int discard(const CommandLine& line) {
    const auto number = number_of(line);
    const auto reason = reason_of(line, "sent again under the corrected policy, ticket 4711");
    return change_queue(line, [&](const Configuration& configuration, Outbox& outbox) {
        const auto held = outbox.find_held_rows(number);
        if (held) {
            if (!can_audit(configuration)) {
                std::cerr << "tributary: nothing is discarded where it cannot be audited\n";
                return static_cast<int>(exit_failed);
            }
            log_audit_event(
                configuration, AuditEvent::held_rows_discarded,
                {{"stream", held->stream}, {"number", held->number}, {"rows", held->rows}, {"reason", reason}});
        }
        outbox.discard_held_rows(number);
        std::cout << "Discarded " << with_commas(held ? held->rows : 0) << " held rows for good.\n";
        return static_cast<int>(exit_ok);
    });
}

}  // namespace

std::vector<Command> held_commands() {
    Command list_command;
    list_command.name = "held list";
    list_command.summary = "List what the egress guard held back.";
    list_command.description =
        "The egress guard looks at each row as it would leave. One in which an NHS number, a postcode, an address or a "
        "value that the policy drops is found is not sent: it stays here, sealed to this site. Correct the policy, or "
        "exempt a column of codes that only look alike (guard: {allow: [order_number]}).\n"
        "Example: tributary held list";
    list_command.options = configuration_options();
    list_command.run = list;
    Command show_command;
    show_command.name = "held show";
    show_command.arguments = "NUMBER";
    show_command.summary = "Show file, row and column of what was held back.";
    show_command.description =
        "With --records also the rows as they would have left, on a terminal only. Needs the site's private key.\n"
        "Example: tributary held show 1 --records";
    show_command.options = configuration_options();
    show_command.options.addOption(Poco::Util::Option("records", "r", "Show the rows themselves."));
    show_command.fewest = 1;
    show_command.most = 1;
    show_command.run = show;
    Command discard_command;
    discard_command.name = "held discard";
    discard_command.arguments = "NUMBER";
    discard_command.summary = "Throw away rows that were held back, with a reason.";
    discard_command.description =
        "Nobody delivers them then. The audit log gets a line with stream, rows and reason before they go.\n"
        "Example: tributary held discard 1 --reason \"sent again under the corrected policy, ticket 4711\"";
    discard_command.options = configuration_options();
    discard_command.options.addOption(reason_option());
    discard_command.fewest = 1;
    discard_command.most = 1;
    discard_command.run = discard;
    return {list_command, show_command, discard_command};
}

}  // namespace tributary
