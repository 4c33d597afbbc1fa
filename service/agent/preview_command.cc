#include <Poco/Util/Option.h>

#include <algorithm>
#include <charconv>
#include <iostream>

#include "agent/platform/process.h"
#include "service/agent/commands.h"
#include "service/agent/installation.h"
#include "service/agent/report.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

constexpr std::size_t most_rows = 100;
constexpr std::chrono::seconds longest_wait{30};

/// A stream's first batch, read beside the queue: nothing is committed, so nothing is taken, moved or remembered.
struct FirstBatch {
    std::vector<Column> before;
    std::shared_ptr<const Schema> schema;
    std::string origin;
    std::optional<DeidentifiedBatch> after;
    Quality quality;
};

std::optional<FirstBatch> read_first(const Installation& installation, const PreparedSource& prepared,
                                     std::uint32_t stream) {
    SourceHost host;
    host.log = [](TributaryLevel level, std::string_view message) {
        if (level <= TRIBUTARY_LOG_WARNING) {
            std::cerr << message << '\n';
        }
    };
    host.stopping = StopSignal::requested;
    host.marked = [](std::string_view) { return false; };
    const auto source = installation.open(prepared, std::move(host));
    source->start({});
    const auto until = system_clock().steady() + longest_wait;
    Group group;
    while (system_clock().steady() < until) {
        const auto result = source->read(std::chrono::milliseconds(200), group);
        if (result == Source::ReadResult::end || result == Source::ReadResult::stopped) {
            break;
        }
        if (result != Source::ReadResult::group) {
            continue;
        }
        for (auto& item : group.batches) {
            if (item.stream != stream || item.batch.rows() == 0) {
                continue;
            }
            FirstBatch first;
            first.schema = item.batch.shared_schema();
            first.origin = item.batch.origin();
            for (std::size_t i = 0; i < first.schema->fields.size(); ++i) {
                first.before.push_back(item.batch.column(i).as_text());
            }
            const Deidentifier deidentifier(prepared.streams.at(stream).policy, first.schema);
            first.after.emplace(deidentifier.apply(std::move(item.batch), first.quality));
            return first;
        }
    }
    return std::nullopt;
}

std::string shown(const Column& column, std::size_t row) {
    return column.is_null(row) ? "(null)" : std::string(column.text(row));
}

/// Which output columns a field of the source turns into, by the policy's rules in order.
std::vector<std::size_t> outputs_of(const CompiledPolicy& policy, const std::string& field) {
    std::vector<std::size_t> outputs;
    std::size_t next = 0;
    for (const auto& rule : policy.rules()) {
        for (std::size_t i = 0; i < rule.outputs.size(); ++i, ++next) {
            if (rule.field == field) {
                outputs.push_back(next);
            }
        }
    }
    return outputs;
}

void print_row(const FirstBatch& first, const CompiledPolicy& policy, std::size_t row) {
    Table table({{"field", Table::Align::left},
                 {"before", Table::Align::left},
                 {"leaves as", Table::Align::left},
                 {"after", Table::Align::left}},
                40);
    for (std::size_t i = 0; i < first.schema->fields.size(); ++i) {
        const auto& field = first.schema->fields[i].name;
        const auto outputs = outputs_of(policy, field);
        if (outputs.empty()) {
            table.add({field, shown(first.before[i], row), "-", "(dropped)"});
        }
        for (const auto output : outputs) {
            table.add({field, shown(first.before[i], row), first.after->schema().fields[output].name,
                       shown(first.after->column(output).as_text(), row)});
        }
    }
    table.print(std::cout);
    std::cout << '\n';
}

std::size_t row_count(const CommandLine& line) {
    const auto text = line.value("rows", "3");
    std::size_t rows = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), rows);
    if (fault != std::errc{} || end != text.data() + text.size() || rows == 0 || rows > most_rows) {
        throw UsageError("--rows takes a number from 1 to " + std::to_string(most_rows));
    }
    return rows;
}

int preview(const CommandLine& line) {
    const auto rows = row_count(line);
    if (!Terminal::output_is_terminal()) {
        std::cerr << "The preview shows records as they are before the policy, so it goes to a terminal only, never "
                     "into a file or a pipe.\n";
        return exit_failed;
    }
    StopSignal::install();
    Diagnostics diagnostics;
    const auto installation = Installation::load(configuration_file(line), configuration_overrides(line),
                                                 system_files(), system_clock(), diagnostics);
    const auto& wanted = line.arguments.front();
    for (const auto& prepared : installation->sources()) {
        for (std::uint32_t i = 0; i < prepared.streams.size(); ++i) {
            if (prepared.streams[i].name != wanted) {
                continue;
            }
            const auto first = read_first(*installation, prepared, i);
            if (!first) {
                std::cout << "The source has no record of stream '" << wanted << "' to show now.\n";
                return exit_ok;
            }
            std::cout << "Stream " << wanted << ", first rows of " << first->origin
                      << "; nothing is taken or sent.\n\n";
            for (std::size_t row = 0; row < std::min(rows, first->after->rows()); ++row) {
                std::cout << "Row " << row + 1 << '\n';
                print_row(*first, *prepared.streams[i].policy, row);
            }
            return exit_ok;
        }
    }
    print_diagnostics(std::cerr, diagnostics);
    std::cerr << "There is no usable stream '" << wanted << "' in this configuration.\n";
    return exit_configuration;
}

}  // namespace

Command preview_command() {
    Command command;
    command.name = "preview";
    command.arguments = "STREAM";
    command.summary = "Show a stream's first rows before and after the policy, on the terminal only.";
    command.description =
        "Reads the first rows that the source has now and shows each field beside what would leave of it. Nothing is "
        "queued, sent, moved or logged. Refuses to write into "
        "a file or a pipe, since the left side is identifiable.\nExample: tributary preview admissions --rows 5";
    command.options = configuration_options();
    command.options.addOption(
        Poco::Util::Option("rows", "n", "How many rows (default 3, at most 100).", false, "N", true));
    command.fewest = 1;
    command.most = 1;
    command.run = preview;
    return command;
}

}  // namespace tributary
