#include <Poco/Util/Option.h>

#include <algorithm>
#include <charconv>
#include <iostream>

#include "agent/deidentify/identifier_scan.h"
#include "agent/platform/process.h"
#include "service/agent/commands.h"
#include "service/agent/installation.h"
#include "service/agent/report.h"
#include "service/agent/sample.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

constexpr std::size_t most_rows = 100;

/// What leaves of a batch in one stream.
struct LeavingRows {
    const CompiledPolicy& policy;
    const DeidentifiedBatch& rows;
    std::vector<std::vector<Outcome>> outcomes;  ///< of each rule and row before; none for drop
    std::string stream;                          ///< in front of a column's name; empty for the stream itself
};

/// A stream's first batch, read beside the queue: nothing is committed, so nothing is taken, moved or remembered.
struct FirstBatch {
    std::vector<Column> before;
    std::shared_ptr<const Schema> schema;
    std::string origin;
    std::optional<DeidentifiedBatch> after;
    LinkageRows encodings;
    std::vector<LeavingRows> leaving;
    Quality quality;

    /// The place of a row that leaves among those before: rows of people who opted out are left out.
    std::size_t source_row(std::size_t row) const {
        return static_cast<std::size_t>(after->source_row(row) - after->source_row_of_batch());
    }
};

/// What a rule finds each value to be, so that it can be told why one became null.
std::vector<Outcome> outcomes_of(const CompiledRule& rule, const FirstBatch& first, std::int64_t run_day) {
    if (rule.action == nullptr) {
        return {};
    }
    const auto column = [&](const std::string& field) { return first.before[first.schema->index_of(field).value()]; };
    std::vector<Column> others;
    for (const auto& field : rule.action->other_fields()) {
        others.push_back(column(field));
    }
    const Column input = column(rule.field);
    std::vector<Outcome> outcomes(input.length());
    rule.action->apply({input, others, run_day}, outcomes);
    return outcomes;
}

std::optional<FirstBatch> read_first(const Installation& installation, const PreparedSource& prepared,
                                     std::uint32_t stream) {
    const auto& policy = prepared.streams.at(stream).policy;
    const auto run_day = installation.configuration().time_zone.day(system_clock().now());
    std::optional<FirstBatch> found;
    read_sample(installation, prepared, stream, [&](RecordBatch batch) {
        FirstBatch& first = found.emplace();
        first.schema = batch.shared_schema();
        first.origin = batch.origin();
        for (std::size_t i = 0; i < first.schema->fields.size(); ++i) {
            first.before.push_back(batch.column(i));
        }
        const Deidentifier deidentifier(policy, first.schema, run_day, current_opt_outs(*policy));
        first.after.emplace(deidentifier.apply(std::move(batch), first.quality, &first.encodings));
        const auto add = [&](const CompiledPolicy& rules, const DeidentifiedBatch& rows, const std::string& name) {
            auto& leaving = first.leaving.emplace_back(LeavingRows{rules, rows, {}, name});
            for (const auto& rule : rules.rules()) {
                leaving.outcomes.push_back(outcomes_of(rule, first, run_day));
            }
        };
        add(*policy, *first.after, "");
        if (first.encodings.batch) {
            add(*policy->linkage()->rules, *first.encodings.batch, policy->linkage()->stream + ": ");
        }
        return false;
    });
    return found;
}

std::string shown(const Column& column, std::size_t row) {
    return column.is_null(row) ? "(null)" : std::string(column.as_text().text(row));
}

/// What a rule did to a value.
std::string done_by(const CompiledRule& rule, Outcome outcome, bool is_null) {
    if (outcome >= outcome::first_reason) {
        return std::string(rule.action->name()) + ": emptied, " +
               std::string(rule.action->reasons()[static_cast<std::size_t>(outcome - outcome::first_reason)]);
    }
    if (outcome == outcome::filled && is_null) {
        return std::string(rule.action->name()) + ": emptied, below_k";  // `disclosure` alone does so
    }
    return std::string(rule.action->name()) + (outcome == outcome::empty ? ": nothing there" : "");
}

void add_field(Table& table, const FirstBatch& first, std::size_t field, std::size_t row) {
    const auto& name = first.schema->fields[field].name;
    const auto source_row = first.source_row(row);
    const auto before = shown(first.before[field], source_row);
    bool leaves = false;
    const char* why = "no rule names it";
    for (const LeavingRows& leaving : first.leaving) {
        std::size_t output = 0;
        for (std::size_t i = 0; i < leaving.policy.rules().size(); ++i) {
            const auto& rule = leaving.policy.rules()[i];
            for (std::size_t j = 0; j < rule.outputs.size(); ++j, ++output) {
                if (rule.field == name) {
                    const auto& after = leaving.rows.column(output);
                    table.add({name, before, leaving.stream + rule.outputs[j].name, shown(after, row),
                               done_by(rule, leaving.outcomes[i][source_row], after.is_null(row))});
                    leaves = true;
                }
            }
            why = rule.field == name && rule.action == nullptr ? "drop" : why;
        }
    }
    if (!leaves) {
        table.add({name, before, "-", "(does not leave)", why});
    }
}

/// What the egress guard would say of a row.
void print_held(const FirstBatch& first, std::size_t row) {
    const auto say = [&](std::size_t column, std::string_view reason) {
        std::cout << "  Held back by the egress guard: " << reason << " in "
                  << first.after->schema().fields[column].name << '\n';
    };
    for (const auto& held : first.after->held()) {
        if (held.row == row) {
            say(held.column, held.reason);
        }
    }
    std::vector<GuardHit> hits;
    for (std::size_t i = 0; i < first.after->schema().fields.size(); ++i) {
        hits.clear();
        if (first.after->is_guarded(i) && !first.after->column(i).is_null(row)) {
            scan_identifiers(first.after->column(i).as_text().text(row), hits);
        }
        if (!hits.empty()) {
            say(i, to_string(hits.front().kind));
        }
    }
}

void print_row(const FirstBatch& first, std::size_t row) {
    Table table({{"field", Table::Align::left},
                 {"before", Table::Align::left},
                 {"leaves as", Table::Align::left},
                 {"after", Table::Align::left},
                 {"by", Table::Align::left}},
                40);
    for (std::size_t i = 0; i < first.schema->fields.size(); ++i) {
        add_field(table, first, i, row);
    }
    if (first.encodings.batch) {
        const std::size_t keys = first.after->schema().fields.size() - 1;
        table.add({"-", "(not of the source)", first.after->schema().fields[keys].name,
                   shown(first.after->column(keys), row),
                   "random: joins the row with its encoding in " + first.leaving.back().policy.stream()});
    }
    table.print(std::cout);
    print_held(first, row);
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
            if (first->quality.opted_out > 0) {
                std::cout << with_commas(first->quality.opted_out) << " of the first "
                          << with_commas(first->quality.opted_out + first->quality.rows)
                          << " rows are left out for an opt-out.\n\n";
            }
            for (std::size_t row = 0; row < std::min(rows, first->after->rows()); ++row) {
                std::cout << "Row " << first->after->source_row(row) << '\n';
                print_row(*first, row);
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
