#include "service/agent/report.h"

#include <algorithm>
#include <numeric>

#include "agent/platform/utf8.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

std::uint64_t sum(const std::map<std::string, std::uint64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                           [](std::uint64_t total, const auto& entry) { return total + entry.second; });
}

std::string reasons(const std::map<std::string, std::uint64_t>& counts) {
    std::string text;
    for (const auto& [reason, count] : counts) {
        text += (text.empty() ? "" : ", ") + reason + " " + with_commas(count);
    }
    return text;
}

void print_quality(std::ostream& output, const std::string& stream, const Quality& quality) {
    output << "\n  Stream " << stream << ": " << with_commas(quality.rows - sum(quality.withheld)) << " rows queued";
    if (!quality.withheld.empty()) {
        output << ", " << with_commas(sum(quality.withheld)) << " held back by the egress guard ("
               << reasons(quality.withheld) << "; see 'tributary held list')";
    }
    if (quality.opted_out > 0) {
        output << ", " << with_commas(quality.opted_out) << " left out for an opt-out";
    }
    if (!quality.rejected.empty()) {
        output << ", " << with_commas(sum(quality.rejected)) << " records could not be read ("
               << reasons(quality.rejected) << ")";
    }
    output << '\n';
    Table table({{"field", Table::Align::left},
                 {"filled", Table::Align::right},
                 {"empty", Table::Align::right},
                 {"invalid", Table::Align::right},
                 {"why", Table::Align::left}});
    for (const auto& field : quality.fields) {
        table.add({field.field + (field.dropped ? " (dropped)" : ""), with_commas(field.filled),
                   with_commas(field.empty), with_commas(sum(field.invalid)), reasons(field.invalid)});
    }
    table.print(output);
    for (const auto& field : quality.fields) {
        if (field.unusable()) {
            output << "  No value of " << field.field << " could be used: does the policy fit the source?\n";
        }
        if (field.nhs_number) {
            const auto given = field.filled + sum(field.invalid);
            output << "  NHS numbers in " << field.field << ": " << as_share(field.filled, given) << " of "
                   << with_commas(given) << " given are valid, " << with_commas(field.empty) << " are missing\n";
        }
    }
}

}  // namespace

std::string_view words(RunState state) {
    switch (state) {
        case RunState::running:
            return "running";
        case RunState::complete:
            return "complete";
        case RunState::failed:
            return "failed";
        case RunState::interrupted:
            return "interrupted";
    }
    return "";
}

void print_obstacles(std::ostream& output, const Outbox& outbox) {
    constexpr std::size_t most = 1000;
    const auto chunks = outbox.list(most);
    const auto first = [&](ChunkState state) {
        return std::find_if(chunks.begin(), chunks.end(), [&](const QueuedChunk& chunk) {
            return chunk.state == state && !chunk.last_error.empty();
        });
    };
    if (const auto chunk = first(ChunkState::queued); chunk != chunks.end()) {
        output << "Last delivery error: " << clean_text(chunk->last_error) << '\n';
    }
    if (const auto chunk = first(ChunkState::quarantined); chunk != chunks.end()) {
        output << "In quarantine, refused by the repository for good, kept here, and for its operator and you to "
                  "settle ('tributary queue list' shows all): number "
               << with_commas(chunk->sequence) << " of stream " << clean_text(chunk->stream) << ": "
               << clean_text(chunk->last_error) << '\n';
    }
}

void print_diagnostics(std::ostream& output, const Diagnostics& diagnostics) {
    for (const auto& diagnostic : diagnostics.all()) {
        output << to_string(diagnostic) << '\n';
    }
}

void print_work(std::ostream& output, const WorkReport& work, const Outbox& outbox) {
    const auto queue = outbox.totals();
    if (work.runs.empty()) {
        output << "No source was due.\n";
    }
    for (const auto& [source, report] : work.runs) {
        output << "Source " << source << ": " << words(report.state);
        if (report.chunks == 0 && report.state == RunState::complete) {
            output << ", nothing new";
        }
        if (!report.message.empty()) {
            output << ": " << report.message;
        }
        output << '\n';
        for (const auto& [stream, quality] : report.quality) {
            print_quality(output, stream, quality);
        }
    }
    output << "\nDelivered " << with_commas(work.delivery.delivered) << " chunks ("
           << as_size(work.delivery.delivered_bytes) << "); " << with_commas(queue.queued_chunks) << " wait ("
           << as_size(queue.queued_bytes) << "), " << with_commas(queue.quarantined_chunks) << " in quarantine.\n";
    if (const auto due = outbox.next_due(); due && work.delivery.delivered == 0 && *due > system_clock().now()) {
        output << "After the last failure the next attempt is due at " << to_rfc3339(*due) << ", not before.\n";
    }
    print_obstacles(output, outbox);
}

}  // namespace tributary
