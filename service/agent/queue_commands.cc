#include <iostream>

#include "agent/outbox/outbox.h"
#include "service/agent/commands.h"
#include "service/agent/queue_view.h"
#include "service/agent/report.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

constexpr std::size_t shown_chunks = 1000;
constexpr std::size_t shown_receipts = 100;

int list(const CommandLine& line) {
    return with_queue(line, [](const Configuration&, const Outbox& outbox) {
        Table table({{"chunk", Table::Align::left},
                     {"stream", Table::Align::left},
                     {"sequence", Table::Align::right},
                     {"rows", Table::Align::right},
                     {"size", Table::Align::right},
                     {"queued", Table::Align::left},
                     {"state", Table::Align::left},
                     {"attempts", Table::Align::right},
                     {"not before", Table::Align::left},
                     {"last error", Table::Align::left}});
        for (const auto& chunk : outbox.list(shown_chunks)) {
            table.add({chunk.id, chunk.stream, std::to_string(chunk.sequence), with_commas(chunk.rows),
                       as_size(chunk.sealed_bytes), to_rfc3339(chunk.created),
                       chunk.state == ChunkState::queued ? "queued" : "quarantined", std::to_string(chunk.attempts),
                       chunk.attempts == 0 ? "-" : to_rfc3339(chunk.next_attempt), chunk.last_error});
        }
        if (table.empty()) {
            std::cout << "The queue is empty.\n";
        } else {
            table.print(std::cout);
        }
        return static_cast<int>(exit_ok);
    });
}

int receipts(const CommandLine& line) {
    return with_queue(line, [](const Configuration&, const Outbox& outbox) {
        Table table({{"chunk", Table::Align::left},
                     {"stream", Table::Align::left},
                     {"sequence", Table::Align::right},
                     {"sealed SHA-256", Table::Align::left},
                     {"receipt stored", Table::Align::left}},
                    64);
        for (const auto& receipt : outbox.receipts(shown_receipts)) {
            table.add({receipt.chunk_id, receipt.stream, std::to_string(receipt.sequence), receipt.sealed_sha256,
                       to_rfc3339(receipt.stored)});
        }
        if (table.empty()) {
            std::cout << "No chunk has been delivered yet.\n";
        } else {
            table.print(std::cout);
        }
        return static_cast<int>(exit_ok);
    });
}

}  // namespace

int with_queue(const CommandLine& line, const std::function<int(const Configuration&, const Outbox&)>& show) {
    Diagnostics diagnostics;
    const auto configuration = load_configuration(configuration_file(line), configuration_overrides(line), diagnostics);
    if (diagnostics.has_errors()) {
        print_diagnostics(std::cerr, diagnostics);
        return exit_configuration;
    }
    const auto file = configuration.data_folder / "queue.db";
    if (!std::filesystem::exists(file)) {
        std::cout << "There is no queue yet at " << file.string() << "; 'tributary run' makes it.\n";
        return exit_ok;
    }
    return show(configuration, Outbox(file, configuration.site, system_clock(), Outbox::Mode::read));
}

std::vector<Command> queue_commands() {
    Command list_command;
    list_command.name = "queue list";
    list_command.summary = "List the chunks that wait for delivery or are in quarantine.";
    list_command.description =
        "One line a chunk: since when it waits, how often it was tried, when it is tried next, and what went wrong "
        "last. Reads beside a running agent.\n"
        "Example: tributary queue list";
    list_command.options = configuration_options();
    list_command.run = list;
    Command receipts_command;
    receipts_command.name = "queue receipts";
    receipts_command.summary = "List the receipts of delivered chunks, the newest first.";
    receipts_command.description =
        "Each receipt is the repository's signed word that it holds the chunk; the agent verified it before it let the "
        "chunk go.\n"
        "Example: tributary queue receipts";
    receipts_command.options = configuration_options();
    receipts_command.run = receipts;
    return {list_command, receipts_command};
}

}  // namespace tributary
