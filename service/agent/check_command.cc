#include <algorithm>
#include <iostream>

#include "agent/outbox/outbox.h"
#include "agent/platform/access.h"
#include "agent/platform/locked_memory.h"
#include "service/agent/commands.h"
#include "service/agent/installation.h"
#include "service/agent/report.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

SourceHost silent_host() {
    SourceHost host;
    host.log = [](TributaryLevel, std::string_view) {};
    host.stopping = [] { return false; };
    host.marked = [](std::string_view) { return false; };
    return host;
}

/// The stream's opt-outs, which must be there before anything leaves.
std::shared_ptr<const OptOutList> checked_opt_outs(const CompiledPolicy& policy) {
    try {
        return current_opt_outs(policy);
    } catch (const Error& error) {
        Diagnostics fault;
        fault.error(policy.opt_out_location(), error.what());
        throw ConfigurationError(std::move(fault));
    }
}

/// Opens each source and holds the policies against the schemas that are known before a run.
void check_sources(const Installation& installation, Diagnostics& diagnostics) {
    for (const auto& prepared : installation.sources()) {
        try {
            const auto source = installation.open(prepared, silent_host());
            for (std::uint32_t i = 0; i < prepared.streams.size(); ++i) {
                const auto opt_outs = checked_opt_outs(*prepared.streams[i].policy);
                if (auto schema = source->schema(i)) {
                    const Deidentifier bound(
                        prepared.streams[i].policy, std::make_shared<const Schema>(std::move(*schema)),
                        installation.configuration().time_zone.day(system_clock().now()), opt_outs);
                }
            }
        } catch (const ConfigurationError& error) {
            diagnostics.append(error.diagnostics());
        } catch (const Error& error) {
            diagnostics.error(prepared.configuration->location,
                              "source '" + prepared.configuration->name + "': " + error.what());
        }
    }
}

void check_queue(const Installation& installation, Diagnostics& diagnostics) {
    const Location place{installation.queue_file().string(), 0, 0};
    if (!std::filesystem::exists(installation.queue_file())) {
        return;
    }
    try {
        const Outbox outbox(installation.queue_file(), installation.configuration().site, system_clock(),
                            Outbox::Mode::read);
        for (const auto& fault : outbox.verify()) {
            diagnostics.error(place, fault);
        }
        if (const auto quarantined = outbox.totals().quarantined_chunks; quarantined > 0) {
            diagnostics.warning(place, std::to_string(quarantined) +
                                           " chunks are in quarantine, refused by the repository for good; 'tributary "
                                           "queue list' tells why");
        }
    } catch (const Error& error) {
        diagnostics.error(place, error.what());
    }
}

/// That a run could write where it must.
void check_folders(const Installation& installation, Diagnostics& diagnostics) {
    const auto& configuration = installation.configuration();
    const Location place{configuration.file.string(), 0, 0};
    if (const auto why = why_not_writable(configuration.data_folder)) {
        diagnostics.error(place, "folders.data: " + *why);
    }
    if (configuration.log.target == LogConfiguration::Target::file) {
        if (const auto why = why_not_writable(configuration.log.file.parent_path())) {
            diagnostics.error(place, "log.file: " + *why);
        }
    }
}

/// Asked while the installation holds its keys, so that a limit that they have used up shows.
void check_memory(const Installation& installation, Diagnostics& diagnostics) {
    if (const auto why = why_not_lockable(); why && !installation.keys().ids().empty()) {
        diagnostics.warning(Location{installation.configuration().file.string(), 0, 0}, "linkage keys: " + *why);
    }
}

void add_summary(Table& table, const std::string& source, const CompiledPolicy& policy) {
    std::size_t outputs = policy.linked() ? 1 : 0;  // the row key
    for (const auto& rule : policy.rules()) {
        outputs += rule.outputs.size();
    }
    std::vector<std::string> ids;
    for (const auto& pseudonym : policy.pseudonyms()) {
        if (std::find(ids.begin(), ids.end(), pseudonym.key_id) == ids.end()) {
            ids.push_back(pseudonym.key_id);
        }
    }
    std::string keys;
    for (const auto& id : ids) {
        keys += (keys.empty() ? "" : ", ") + id;
    }
    table.add({source, policy.stream(), std::to_string(outputs), keys, policy.hash().substr(0, 16)});
}

void print_summary(const Installation& installation) {
    Table table({{"source", Table::Align::left},
                 {"stream", Table::Align::left},
                 {"columns that leave", Table::Align::right},
                 {"keys", Table::Align::left},
                 {"policy SHA-256", Table::Align::left}});
    for (const auto& source : installation.sources()) {
        for (const auto& stream : source.streams) {
            add_summary(table, source.configuration->name, *stream.policy);
            if (stream.policy->linkage()) {
                add_summary(table, source.configuration->name, *stream.policy->linkage()->rules);
            }
        }
    }
    if (!table.empty()) {
        table.print(std::cout);
    }
}

int check(const CommandLine& line) {
    Diagnostics diagnostics;
    const auto installation = Installation::load(configuration_file(line), configuration_overrides(line),
                                                 system_files(), system_clock(), diagnostics);
    if (installation->configuration_usable()) {
        check_sources(*installation, diagnostics);
        check_queue(*installation, diagnostics);
        check_folders(*installation, diagnostics);
        check_memory(*installation, diagnostics);
    }
    print_diagnostics(std::cerr, diagnostics);
    if (diagnostics.has_errors()) {
        std::cout << diagnostics.error_count() << (diagnostics.error_count() == 1 ? " error.\n" : " errors.\n");
        return exit_configuration;
    }
    print_summary(*installation);
    std::cout << "Configuration, policies, plugins, keys, certificates and queue are in order.\n";
    return exit_ok;
}

}  // namespace

Command check_command() {
    Command command;
    command.name = "check";
    command.summary = "Check configuration, policies, plugins, keys, certificates and queue.";
    command.description =
        "Reads everything that a run would use and reports each fault as file:line:column, all at once. Changes "
        "nothing, and needs no repository. Exit code 0 if "
        "all is in order, 3 if not.\nExample: tributary check --config /etc/tributary/tributary.yaml";
    command.options = configuration_options();
    command.run = check;
    return command;
}

}  // namespace tributary
