#include <iostream>

#include "agent/outbox/disk_reserve.h"
#include "agent/outbox/outbox.h"
#include "agent/outbox/queue_space.h"
#include "agent/platform/process.h"
#include "agent/platform/utf8.h"
#include "service/agent/certificate_renewal.h"
#include "service/agent/commands.h"
#include "service/agent/queue_opening.h"
#include "service/agent/queue_view.h"
#include "service/agent/report.h"
#include "service/agent/repository_connections.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

constexpr std::size_t shown_runs = 10;

void print_runs(const Outbox& outbox) {
    Table table({{"source", Table::Align::left},
                 {"started", Table::Align::left},
                 {"state", Table::Align::left},
                 {"rows", Table::Align::right},
                 {"rejected", Table::Align::right},
                 {"chunks", Table::Align::right}});
    const auto runs = outbox.runs(shown_runs);
    for (const auto& run : runs) {
        table.add({run.source, to_rfc3339(run.started), std::string(words(run.state)), with_commas(run.rows),
                   with_commas(run.rejected), with_commas(run.chunks)});
    }
    if (table.empty()) {
        std::cout << "No run yet.\n";
        return;
    }
    std::cout << "\nLast runs\n";
    table.print(std::cout);
    for (const auto& run : runs) {
        if (!run.message.empty()) {
            std::cout << "\n  " << clean_text(run.source) << " " << to_rfc3339(run.started) << ": "
                      << clean_text(run.message) << '\n';
        }
    }
}

void print_space(const Configuration& configuration, const Outbox& outbox) {
    const auto used = outbox.used_bytes();
    const auto free = free_bytes(configuration.data_folder);
    const auto& limits = configuration.queue;
    std::cout << "Disk: the queue holds " << bytes_text(used) << " of at most " << bytes_text(limits.quota) << "; "
              << bytes_text(free) << " are free, of which " << bytes_text(limits.keep_free) << " stay so\n";
    if (used > limits.quota || free < limits.keep_free) {
        std::cout << "Sources pause until something was delivered or there is room on the disk; nothing is lost\n";
    }
}

void print_certificate(const RepositoryConfiguration& repository) {
    std::cout << "Certificate: ";
    try {
        const auto certificate = Certificate::load(system_files(), repository.certificate);
        std::cout << (system_clock().now() < certificate.not_after() ? "valid until " : "EXPIRED at ")
                  << to_rfc3339(certificate.not_after());
        if (repository.enrolment.empty()) {
            std::cout << "; 'repository' has no 'enrolment', so it is renewed by hand\n";
        } else {
            std::cout << ", renewed by the agent from " << to_rfc3339(renewal_due(certificate)) << " on\n";
        }
    } catch (const Error& error) {
        std::cout << error.what() << '\n';
    }
}

int status(const CommandLine& line) {
    return with_queue(line, [](const Configuration& configuration, const Outbox& outbox) {
        const auto totals = outbox.totals();
        std::cout << "Site " << configuration.site << ", repository " << place_of(configuration.repository) << '\n'
                  << "Agent: " << (FolderLock::held(configuration.data_folder) ? "running" : "not running") << '\n'
                  << "Queue: " << with_commas(totals.queued_chunks) << " chunks wait (" << as_size(totals.queued_bytes)
                  << ")";
        if (totals.oldest) {
            std::cout << ", the oldest since " << to_rfc3339(*totals.oldest);
        }
        std::cout << "; " << with_commas(totals.quarantined_chunks) << " in quarantine; "
                  << with_commas(totals.delivered_chunks) << " delivered with a receipt\n";
        if (totals.open_rows > 0) {
            std::cout << "Open: " << with_commas(totals.open_rows) << " rows that trickled in since "
                      << to_rfc3339(*totals.open_since) << " wait to be sealed\n";
        }
        if (totals.stuck_rows > 0) {
            std::cout << "Stuck: " << with_commas(totals.stuck_rows)
                      << " of them were encrypted for another key of this site; put that key and its certificate back "
                         "and start the agent once more\n";
        }
        if (totals.queued_runs + totals.quarantined_runs > 0) {
            std::cout << "Runs: the manifests of " << with_commas(totals.queued_runs)
                      << " runs that are over wait for delivery; " << with_commas(totals.quarantined_runs)
                      << " in quarantine\n";
        }
        if (const auto due = outbox.next_due()) {
            std::cout << "Next delivery attempt: " << (*due <= system_clock().now() ? "now due" : to_rfc3339(*due))
                      << '\n';
        }
        print_certificate(configuration.repository);
        if (totals.held_rows > 0) {
            std::cout << "Held back by the egress guard: " << with_commas(totals.held_rows)
                      << " rows; 'tributary held list' shows where and why\n";
        }
        print_space(configuration, outbox);
        if (const auto since = outbox.positions_lost()) {
            std::cout << "Sources are held: " << positions_lost_text(*since) << ".\n";
        }
        print_obstacles(std::cout, outbox);
        print_runs(outbox);
        return static_cast<int>(exit_ok);
    });
}

}  // namespace

Command status_command() {
    Command command;
    command.name = "status";
    command.summary = "Show whether the agent runs, what waits in the queue, and the last runs.";
    command.description =
        "Reads the queue beside a running agent; changes nothing.\nExample: tributary status --config "
        "/etc/tributary/tributary.yaml";
    command.options = configuration_options();
    command.run = status;
    return command;
}

}  // namespace tributary
