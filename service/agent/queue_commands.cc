#include <Poco/JSON/Object.h>

#include <iostream>
#include <limits>

#include "agent/courier/receipt.h"
#include "agent/keys/certificate.h"
#include "agent/keys/json.h"
#include "agent/outbox/outbox.h"
#include "agent/outbox/write_ahead_log.h"
#include "agent/platform/error.h"
#include "agent/platform/file.h"
#include "agent/platform/process.h"
#include "agent/platform/utf8.h"
#include "service/agent/audit_trail.h"
#include "service/agent/commands.h"
#include "service/agent/queue_view.h"
#include "service/agent/reason.h"
#include "service/agent/receipt_signer_files.h"
#include "service/agent/report.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

constexpr std::size_t shown_chunks = 1000;
constexpr std::size_t most_chunks = 1'000'000;
constexpr std::size_t shown_receipts = 100;

std::string state_text(ChunkState state) {
    return state == ChunkState::queued ? "queued" : "quarantined";
}

/// False if there are none.
bool list_run_manifests(const Outbox& outbox) {
    Table table({{"run", Table::Align::left},
                 {"source", Table::Align::left},
                 {"queued", Table::Align::left},
                 {"state", Table::Align::left},
                 {"attempts", Table::Align::right},
                 {"not before", Table::Align::left},
                 {"last error", Table::Align::left}});
    for (const auto& run : outbox.queued_runs(shown_chunks)) {
        table.add({run.id, run.source, to_rfc3339(run.created), state_text(run.state), std::to_string(run.attempts),
                   run.attempts == 0 ? "-" : to_rfc3339(run.next_attempt), run.last_error});
    }
    if (table.empty()) {
        return false;
    }
    std::cout << "\nManifests of runs that are over\n";
    table.print(std::cout);
    return true;
}

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
                       as_size(chunk.sealed_bytes), to_rfc3339(chunk.created), state_text(chunk.state),
                       std::to_string(chunk.attempts), chunk.attempts == 0 ? "-" : to_rfc3339(chunk.next_attempt),
                       chunk.last_error});
        }
        if (!table.empty()) {
            table.print(std::cout);
        }
        if (!list_run_manifests(outbox) && table.empty()) {
            std::cout << "The queue is empty.\n";
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

/// What is asked about a chunk that is not in the queue: it may have been delivered meanwhile.
QueuedChunk chunk_named(const Outbox& outbox, const std::string& id) {
    if (const auto chunk = outbox.find(id)) {
        return *chunk;
    }
    throw Error(ErrorCode::not_found, "there is no chunk " + id +
                                          " in the queue; 'tributary queue list' shows what is, 'tributary queue "
                                          "receipts' what was delivered");
}

std::optional<QueuedRun> run_named(const Outbox& outbox, const std::string& id) {
    for (auto& run : outbox.queued_runs(most_chunks)) {
        if (run.id == id) {
            return run;
        }
    }
    return std::nullopt;
}

void show_run(const Outbox& outbox, const QueuedRun& run) {
    std::cout << "Manifest of the run " << run.id << " of source " << run.source << '\n'
              << "  " << (run.state == ChunkState::queued ? "waits for delivery" : "in quarantine") << ", queued "
              << to_rfc3339(run.created) << ", tried " << run.attempts << " times\n";
    if (!run.last_error.empty()) {
        std::cout << "  last error: " << run.last_error << '\n';
    }
    std::cout << "What the site signs:\n";
    parse_json_object(outbox.run_manifest(run.id), "the run manifest", maximum_run_manifest_bytes)
        ->stringify(std::cout, 2);
    std::cout << '\n';
}

int show(const CommandLine& line) {
    return with_queue(line, [&](const Configuration&, const Outbox& outbox) {
        if (const auto run = run_named(outbox, line.arguments.front())) {
            show_run(outbox, *run);
            return static_cast<int>(exit_ok);
        }
        const auto chunk = chunk_named(outbox, line.arguments.front());
        std::cout << "Chunk " << chunk.id << ", number " << chunk.sequence << " of stream " << chunk.stream << '\n'
                  << "  " << (chunk.state == ChunkState::queued ? "waits for delivery" : "in quarantine") << ", queued "
                  << to_rfc3339(chunk.created) << ", tried " << chunk.attempts << " times\n";
        if (!chunk.last_error.empty()) {
            std::cout << "  last error: " << chunk.last_error << '\n';
        }
        std::cout << "Its manifest, which the site signs:\n";
        parse_json_object(outbox.manifest(chunk.id), "the manifest", maximum_manifest_bytes)->stringify(std::cout, 2);
        std::cout << '\n';
        return static_cast<int>(exit_ok);
    });
}

/// The repository's signature is what protects them.
void check_receipts(const Configuration& configuration, const Outbox& outbox, std::vector<std::string>& faults) {
    const auto signing = load_receipt_signers(system_files(), configuration.repository.signing_certificate);
    for (const auto& stored : outbox.receipts(std::numeric_limits<std::int32_t>::max())) {
        std::string fault;
        try {
            const auto receipt = verify_receipt(stored.jws, signing);
            const bool same = receipt.id == stored.chunk_id && receipt.stream == stored.stream &&
                              receipt.sequence == stored.sequence && receipt.sealed_sha256 == stored.sealed_sha256 &&
                              receipt.site == configuration.site;
            fault = same ? "" : "it is another chunk's";
        } catch (const Error& error) {
            fault = error.what();
        }
        if (!fault.empty()) {
            faults.push_back("the receipt of chunk " + clean_text(stored.chunk_id) + ": " + fault);
        }
    }
}

void check_run_receipts(const Configuration& configuration, const Outbox& outbox, std::vector<std::string>& faults) {
    const auto signing = load_receipt_signers(system_files(), configuration.repository.signing_certificate);
    for (const auto& stored : outbox.run_receipts()) {
        std::string fault;
        try {
            const auto receipt = verify_run_receipt(stored.jws, signing);
            const bool same = receipt.run == stored.run && receipt.manifest_sha256 == stored.manifest_sha256 &&
                              receipt.site == configuration.site;
            fault = same ? "" : "it is another run's";
        } catch (const Error& error) {
            fault = error.what();
        }
        if (!fault.empty()) {
            faults.push_back("the receipt of run " + clean_text(stored.run) + ": " + fault);
        }
    }
}

int verify(const CommandLine& line) {
    return with_queue(line, [](const Configuration& configuration, const Outbox& outbox) {
        auto faults = outbox.verify();
        check_receipts(configuration, outbox, faults);
        check_run_receipts(configuration, outbox, faults);
        for (const auto& fault : faults) {
            std::cout << "FAULT " << fault << '\n';
        }
        const auto totals = outbox.totals();
        std::cout << with_commas(totals.queued_chunks + totals.quarantined_chunks) << " chunks, "
                  << with_commas(faults.size()) << " faults\n";
        return static_cast<int>(faults.empty() ? exit_ok : exit_failed);
    });
}

int export_chunk(const CommandLine& line) {
    return with_queue(line, [&](const Configuration&, const Outbox& outbox) {
        auto& files = system_files();
        const auto chunk = chunk_named(outbox, line.arguments.front());
        const std::filesystem::path folder = line.value("output", ".");
        files.create_folders(folder);
        const auto sealed = folder / (chunk.id + ".cms");
        const auto manifest = folder / (chunk.id + ".json");
        write_file_durably(files, manifest, outbox.manifest(chunk.id));
        write_file_durably(files, sealed, outbox.payload(chunk.id));
        std::cout << "Wrote " << manifest.string() << " and " << sealed.string()
                  << ", sealed to the repository. The chunk stays in the queue.\n";
        return static_cast<int>(exit_ok);
    });
}

int retry(const CommandLine& line) {
    const bool quarantined = line.has("quarantined");
    const bool waiting = line.has("waiting");
    const bool all = quarantined || waiting;
    if (all == !line.arguments.empty()) {
        throw UsageError("name a CHUNK, or say --quarantined for all in quarantine, --waiting for all that wait");
    }
    return change_queue(line, [&](const Configuration&, Outbox& outbox) {
        std::vector<std::string> ids = line.arguments;
        for (const auto& chunk : all ? outbox.list(most_chunks) : std::vector<QueuedChunk>()) {
            if (chunk.state == ChunkState::quarantined ? quarantined : waiting) {
                ids.push_back(chunk.id);
            }
        }
        for (const auto& run : all ? outbox.queued_runs(most_chunks) : std::vector<QueuedRun>()) {
            if (run.state == ChunkState::quarantined ? quarantined : waiting) {
                ids.push_back(run.id);
            }
        }
        for (const auto& id : ids) {
            outbox.retry(id);
        }
        std::cout << with_commas(ids.size())
                  << " chunks and run manifests are due now; a running agent takes them with its next delivery.\n";
        return static_cast<int>(exit_ok);
    });
}

bool can_discard(const Configuration& configuration) {
    if (can_audit(configuration)) {
        return true;
    }
    std::cerr << "tributary: nothing is discarded where it cannot be audited\n";
    return false;
}

int discard_run(const Configuration& configuration, Outbox& outbox, const QueuedRun& run, const std::string& reason) {
    if (run.state == ChunkState::quarantined) {
        if (!can_discard(configuration)) {
            return exit_failed;
        }
        log_audit_event(configuration, AuditEvent::run_manifest_discarded,
                        {{"source", run.source}, {"run", run.id}, {"reason", reason}});
    }
    outbox.discard(run.id);
    std::cout << "Discarded the manifest of run " << run.id << " of source " << run.source
              << ". The repository shows the run as open.\n";
    return exit_ok;
}

int discard(const CommandLine& line) {
    const auto reason = reason_of(line, "sent again by hand on 3 March, ticket 4711");
    return change_queue(line, [&](const Configuration& configuration, Outbox& outbox) {
        if (const auto run = run_named(outbox, line.arguments.front())) {
            return discard_run(configuration, outbox, *run, reason);
        }
        const auto chunk = chunk_named(outbox, line.arguments.front());
        if (chunk.state == ChunkState::quarantined) {
            if (!can_discard(configuration)) {
                return static_cast<int>(exit_failed);
            }
            log_audit_event(configuration, AuditEvent::chunk_discarded,
                            {{"stream", chunk.stream},
                             {"chunk", chunk.id},
                             {"sequence", chunk.sequence},
                             {"rows", chunk.rows},
                             {"reason", reason}});
        }
        outbox.discard(chunk.id);
        std::cout << "Discarded " << with_commas(chunk.rows) << " rows for good: number " << chunk.sequence
                  << " of stream " << chunk.stream << ". The repository shows this number as missing.\n";
        return static_cast<int>(exit_ok);
    });
}

int resume(const CommandLine& line) {
    const auto reason = reason_of(line, "the files of 22 and 23 November were moved out of the folder by hand");
    return change_queue(line, [&](const Configuration& configuration, Outbox& outbox) {
        if (!outbox.positions_lost()) {
            std::cout << "It is known where the sources stand; they are not held.\n";
            return static_cast<int>(exit_ok);
        }
        if (!can_audit(configuration)) {
            std::cerr << "tributary: the sources stay held where it cannot be audited\n";
            return static_cast<int>(exit_failed);
        }
        log_audit_event(configuration, AuditEvent::positions_accepted, {{"reason", reason}});
        outbox.accept_lost_positions();
        std::cout << "Sources run again, from what is known of where they stood. A running agent takes a quarter of an "
                     "hour at most to see it.\n";
        return static_cast<int>(exit_ok);
    });
}

Command command_of(std::string name, std::string arguments, std::string summary, std::string description,
                   int (*run)(const CommandLine&)) {
    Command command;
    command.name = std::move(name);
    command.arguments = std::move(arguments);
    command.summary = std::move(summary);
    command.description = std::move(description);
    command.options = configuration_options();
    command.fewest = command.arguments.empty() ? 0 : 1;
    command.most = command.fewest;
    command.run = run;
    return command;
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

int change_queue(const CommandLine& line, const std::function<int(const Configuration&, Outbox&)>& change) {
    return with_queue(line, [&](const Configuration& configuration, const Outbox&) {
        // To open it would drop what stands behind the damage, and the agent would see nothing of it any more.
        if (!FolderLock::held(configuration.data_folder) &&
            write_ahead_log_is_damaged(system_files(), configuration.data_folder / "queue.db")) {
            throw Error(ErrorCode::corrupt,
                        "the queue's write-ahead log is damaged; start the agent, which saves what is "
                        "whole, and say this again");
        }
        Outbox outbox(configuration.data_folder / "queue.db", configuration.site, system_clock());
        return change(configuration, outbox);
    });
}

std::vector<Command> queue_commands() {
    std::vector<Command> commands;
    commands.push_back(command_of(
        "queue list", "", "List the chunks that wait for delivery or are in quarantine.",
        "One line a chunk: since when it waits, how often it was tried, when it is tried next, and what went wrong "
        "last; then the same of manifests that tell the repository what belongs to a run that is over. Reads beside a "
        "running agent.\n"
        "Example: tributary queue list",
        list));
    commands.push_back(
        command_of("queue show", "CHUNK", "Show a chunk's state and its manifest, or a run's.",
                   "The manifest is what the repository is told of the chunk: schema, counts, keys by id, "
                   "digests. It has no value of a record.\n"
                   "Example: tributary queue show 5e8d3ea4e05e6983a43d13340b002dd5",
                   show));
    commands.push_back(
        command_of("queue verify", "", "Check the queue file and each chunk against its digest.",
                   "SQLite's own check, every payload and manifest against its SHA-256, every manifest against the one "
                   "before, every receipt against the repository's signature. Exit code 1 if something is wrong.\n"
                   "Example: tributary queue verify",
                   verify));
    commands.push_back(command_of("queue export", "CHUNK", "Write a chunk, sealed, and its manifest to files.",
                                  "For the repository's operator to look into a refusal: nobody else can open it. The "
                                  "chunk stays in the queue.\n"
                                  "Example: tributary queue export 5e8d3ea4e05e6983a43d13340b002dd5 --output DIR",
                                  export_chunk));
    commands.back().options.addOption(
        Poco::Util::Option("output", "o", "The folder to write into (default: this one).", false, "DIR", true));
    commands.push_back(
        command_of("queue retry", "CHUNK", "Make a chunk, or the manifest of a run, due for delivery now.",
                   "For a chunk in quarantine, once what made the repository refuse it is put right, and "
                   "for one that waits for its next attempt. --quarantined takes all that are in "
                   "quarantine, --waiting all that wait. An agent that found the repository out of reach looks "
                   "again when its pause ends.\n"
                   "Example: tributary queue retry --quarantined",
                   retry));
    commands.back().arguments = "[CHUNK]";
    commands.back().fewest = 0;
    commands.back().options.addOption(Poco::Util::Option("quarantined", "q", "All in quarantine."));
    commands.back().options.addOption(Poco::Util::Option("waiting", "w", "All that wait for an attempt."));
    commands.push_back(command_of(
        "queue discard", "CHUNK", "Throw away a chunk, or the manifest of a run, in quarantine, with a reason.",
        "Its rows are then delivered by nobody: the repository shows the chunk's number as "
        "missing for good (a run without its manifest as open), and the audit log gets a line with "
        "chunk, rows and reason before it goes.\n"
        "Example: tributary queue discard 5e8d3ea4e05e6983a43d13340b002dd5 --reason \"sent again "
        "by hand on 3 March, ticket 4711\"",
        discard));
    commands.back().options.addOption(reason_option());
    commands.push_back(command_of(
        "queue resume", "", "Let sources run again after the queue was damaged or lost.",
        "Then it is not known where the sources stood. What was queued or delivered before may come a second time from "
        "a "
        "source that keeps its records, and a file that was moved away after its last rows were lost does not come "
        "again. Look at what lies in the sources' folders, put right what has to be, then let them run. The reason "
        "goes "
        "into the audit log.\n"
        "Example: tributary queue resume --reason \"the files of 22 and 23 November were moved out of the folder by "
        "hand\"",
        resume));
    commands.back().options.addOption(reason_option());
    commands.push_back(command_of(
        "queue receipts", "", "List the receipts of delivered chunks, the newest first.",
        "Each receipt is the repository's signed word that it holds the chunk; the agent verified it before it let the "
        "chunk go.\n"
        "Example: tributary queue receipts",
        receipts));
    return commands;
}

}  // namespace tributary
