// What is missing from a stream, and where its hash chain breaks.
#include "service/repository/ledger.h"
#include "service/repository/ledger_rows.h"

namespace tributary {

std::vector<Gap> Ledger::update_gaps(const LedgerChunk& chunk) {
    std::uint64_t highest = 0;  // stays 0 for the first chunk of a stream
    {
        Query before = database_.query("SELECT max(sequence) FROM chunks WHERE site = ?1 AND stream = ?2 AND id <> ?3");
        before.bind(1, chunk.site).bind(2, chunk.stream).bind(3, chunk.id);
        highest = before.step() ? before.count(0) : 0;
    }
    std::vector<Gap> opened;
    if (chunk.sequence > highest + 1) {
        opened.push_back({Gap::Kind::missing, chunk.site, chunk.stream, highest + 1, chunk.sequence - 1, chunk.received,
                          std::nullopt});
    } else if (chunk.sequence < highest) {
        close_missing(chunk);
    }
    for (const std::uint64_t sequence : {chunk.sequence, chunk.sequence + 1}) {
        if (!chain_holds(chunk.site, chunk.stream, sequence)) {
            opened.push_back(
                {Gap::Kind::chain, chunk.site, chunk.stream, sequence, sequence, chunk.received, std::nullopt});
        }
    }
    for (const Gap& gap : opened) {
        write_gap(gap);
    }
    return opened;
}

/// Takes the chunk's number out of the open range that holds it; what is left on either side stays open.
void Ledger::close_missing(const LedgerChunk& chunk) {
    std::int64_t number = 0;
    Gap left{Gap::Kind::missing, chunk.site, chunk.stream, 0, chunk.sequence - 1, {}, std::nullopt};
    Gap right{Gap::Kind::missing, chunk.site, chunk.stream, chunk.sequence + 1, 0, {}, std::nullopt};
    {
        Query open = database_.query(
            "SELECT number, first, last, noticed FROM gaps WHERE kind = 'missing' AND closed IS NULL AND site = ?1 "
            "AND stream = ?2 AND first <= ?3 AND last >= ?3");
        open.bind(1, chunk.site).bind(2, chunk.stream).bind(3, chunk.sequence);
        if (!open.step()) {
            return;
        }
        number = open.integer(0);
        left.first = open.count(1);
        right.last = open.count(2);
        left.noticed = right.noticed = to_time(open.integer(3));
    }
    database_.query("UPDATE gaps SET first = ?1, last = ?1, closed = ?2 WHERE number = ?3")
        .bind(1, chunk.sequence)
        .bind(2, to_milliseconds(chunk.received))
        .bind(3, number)
        .run();
    for (const Gap& rest : {left, right}) {
        if (rest.first <= rest.last) {
            write_gap(rest);
        }
    }
}

/// True also when there is nothing to compare: the chunk or the one before is not there.
bool Ledger::chain_holds(const std::string& site, const std::string& stream, std::uint64_t sequence) {
    Query link = database_.query(
        "SELECT c.previous, p.manifest_sha256 FROM chunks c LEFT JOIN chunks p ON p.site = c.site AND "
        "p.stream = c.stream AND p.sequence = c.sequence - 1 WHERE c.site = ?1 AND c.stream = ?2 AND c.sequence = ?3");
    link.bind(1, site).bind(2, stream).bind(3, sequence);
    if (!link.step()) {
        return true;
    }
    if (sequence == 1) {
        return link.text(0).empty();
    }
    return link.is_null(1) || link.text(0) == link.text(1);
}

void Ledger::write_gap(const Gap& gap) {
    database_.query("INSERT INTO gaps (kind, site, stream, first, last, noticed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(1, std::string_view(gap.kind == Gap::Kind::missing ? "missing" : "chain"))
        .bind(2, gap.site)
        .bind(3, gap.stream)
        .bind(4, gap.first)
        .bind(5, gap.last)
        .bind(6, to_milliseconds(gap.noticed))
        .run();
}

std::vector<Gap> Ledger::gaps(bool also_closed) {
    const std::lock_guard lock(mutex_);
    std::vector<Gap> gaps;
    Query row = database_.query(
        "SELECT kind, site, stream, first, last, noticed, closed FROM gaps WHERE closed IS NULL OR ?1 "
        "ORDER BY site, stream, first, kind");
    row.bind(1, std::int64_t{also_closed ? 1 : 0});
    while (row.step()) {
        Gap gap;
        gap.kind = row.text(0) == "chain" ? Gap::Kind::chain : Gap::Kind::missing;
        gap.site = row.text(1);
        gap.stream = row.text(2);
        gap.first = row.count(3);
        gap.last = row.count(4);
        gap.noticed = to_time(row.integer(5));
        if (!row.is_null(6)) {
            gap.closed = to_time(row.integer(6));
        }
        gaps.push_back(std::move(gap));
    }
    return gaps;
}

std::vector<Gap> Ledger::recomputed_gaps() {
    const std::lock_guard lock(mutex_);
    std::vector<Gap> gaps;
    Query row = database_.query(
        "SELECT site, stream, sequence, previous, received, lag(sequence, 1, 0) OVER streams, "
        "lag(manifest_sha256, 1, '') OVER streams FROM chunks "
        "WINDOW streams AS (PARTITION BY site, stream ORDER BY sequence) ORDER BY site, stream, sequence");
    while (row.step()) {
        const std::uint64_t sequence = row.count(2);
        const std::uint64_t before = row.count(5);
        const TimePoint received = to_time(row.integer(4));
        if (sequence != before + 1) {
            gaps.push_back(
                {Gap::Kind::missing, row.text(0), row.text(1), before + 1, sequence - 1, received, std::nullopt});
        } else if (row.text(3) != row.text(6)) {
            gaps.push_back({Gap::Kind::chain, row.text(0), row.text(1), sequence, sequence, received, std::nullopt});
        }
    }
    return gaps;
}

}  // namespace tributary
