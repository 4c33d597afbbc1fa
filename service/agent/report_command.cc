#include <Poco/Util/Option.h>

#include <charconv>
#include <iostream>
#include <sstream>

#include "agent/platform/process.h"
#include "service/agent/commands.h"
#include "service/agent/data_flow_statement.h"
#include "service/agent/report.h"
#include "service/agent/sample.h"

namespace tributary {

namespace {

constexpr std::uint64_t usual_rows = 10'000;
constexpr std::uint64_t most_rows = 10'000'000;

std::uint64_t sample_rows(const CommandLine& line) {
    const auto text = line.value("sample", std::to_string(usual_rows));
    std::uint64_t rows = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), rows);
    if (fault != std::errc{} || end != text.data() + text.size() || rows > most_rows) {
        throw UsageError("--sample takes a number of rows from 0 to " + std::to_string(most_rows));
    }
    return rows;
}

/// Counts of a stream's first rows, as they would leave; into `samples`, that of its linkage encodings too.
void add_sample(const Installation& installation, const PreparedSource& prepared, std::uint32_t stream,
                std::uint64_t rows, std::map<std::string, StreamSample>& samples) {
    const auto& setup = prepared.streams.at(stream);
    const auto opt_outs = current_opt_outs(*setup.policy);
    const auto day = installation.configuration().time_zone.day(system_clock().now());
    const auto& credentials = *installation.credentials();
    ChunkBuilder builder(setup.format, {credentials.encryption, credentials.site.certificate()});
    std::optional<StreamSample> found;
    LinkageRows encodings;
    std::optional<DisclosureRisk> risk;
    if (setup.policy->disclosure()) {
        risk.emplace(setup.policy->disclosure()->quasi_identifiers);
    }
    std::shared_ptr<const Deidentifier> deidentifier;
    read_sample(installation, prepared, stream, [&](RecordBatch batch) {
        if (deidentifier == nullptr || *deidentifier->source_schema() != batch.schema()) {
            deidentifier = std::make_shared<const Deidentifier>(setup.policy, batch.shared_schema(), day, opt_outs);
        }
        if (!found) {
            found.emplace().origin = batch.origin();
        }
        Quality counts;
        const auto leaving = deidentifier->apply(std::move(batch), counts, &encodings);
        builder.add(leaving, counts);  // the egress guard counts what it would hold back
        builder.finish(*setup.policy, "", system_clock().now());
        found->quality.merge(counts);
        if (risk) {
            risk->add(leaving);
        }
        return found->quality.rows < rows;
    });
    if (!found) {
        return;
    }
    if (risk) {
        found->risk = risk->figures(setup.policy->disclosure()->k);
    }
    if (setup.policy->linkage()) {
        samples.emplace(setup.policy->linkage()->stream, StreamSample{found->origin, encodings.quality, std::nullopt});
    }
    samples.emplace(setup.name, std::move(*found));
}

void write(const Statement& statement, const std::string& format, std::ostream& output) {
    if (format == "markdown") {
        write_markdown(statement, output);
    } else {
        write_html(statement, output);
    }
}

int report(const CommandLine& line) {
    const auto rows = sample_rows(line);
    const auto format = line.value("format", "html");
    if (format != "html" && format != "markdown") {
        throw UsageError("--format takes html or markdown");
    }
    forbid_core_dumps();
    StopSignal::install();
    Diagnostics diagnostics;
    const auto installation = Installation::load(configuration_file(line), configuration_overrides(line),
                                                 system_files(), system_clock(), diagnostics);
    if (diagnostics.has_errors() || !installation->credentials()) {
        print_diagnostics(std::cerr, diagnostics);
        std::cerr << "A statement of what leaves is made only when everything is in order.\n";
        return exit_configuration;
    }
    std::map<std::string, StreamSample> samples;
    for (const auto& prepared : installation->sources()) {
        for (std::uint32_t i = 0; rows > 0 && i < prepared.streams.size(); ++i) {
            add_sample(*installation, prepared, i, rows, samples);
        }
    }
    const auto statement = data_flow_statement(*installation, samples, system_clock().now());
    if (!line.has("output")) {
        write(statement, format, std::cout);
        return exit_ok;
    }
    std::ostringstream text;
    write(statement, format, text);
    const std::filesystem::path file = line.value("output", {});
    write_file_durably(system_files(), file, text.str());
    std::cout << "Wrote " << file.string() << ".\n";
    return exit_ok;
}

}  // namespace

Command report_command() {
    Command command;
    command.name = "report";
    command.summary = "Write the data-flow statement for the information-governance officer.";
    command.description =
        "What leaves this site, what becomes of each field, under which keys, to whom; from the compiled policies that "
        "the "
        "agent itself uses, with counts of a sample and the risk of telling people apart (policies: disclosure). No "
        "value "
        "of a record is in it. Nothing is queued, sent or moved.\n"
        "Example: tributary report --output statement.html";
    command.options = configuration_options();
    command.options.addOption(
        Poco::Util::Option("output", "o", "File to write (default: to the terminal).", false, "FILE", true));
    command.options.addOption(Poco::Util::Option("format", "f", "html (default) or markdown.", false, "FORMAT", true));
    command.options.addOption(
        Poco::Util::Option("sample", "n", "Rows a stream to count (default 10000; 0 for none).", false, "ROWS", true));
    command.run = report;
    return command;
}

}  // namespace tributary
