// What is missing from a stream, and where its hash chain breaks.
#include <algorithm>
#include <map>
#include <tuple>

#include "service/repository/ledger/ledger.h"
#include "service/repository/ledger/ledger_rows.h"

namespace tributary {

namespace {

std::string_view to_string(Gap::Kind kind) noexcept {
    switch (kind) {
        case Gap::Kind::missing:
            return "missing";
        case Gap::Kind::chain:
            return "chain";
        case Gap::Kind::restart:
            return "restart";
    }
    return "";
}

Gap::Kind kind_named(std::string_view name) noexcept {
    if (name == "restart") {
        return Gap::Kind::restart;
    }
    return name == "chain" ? Gap::Kind::chain : Gap::Kind::missing;
}

}  // namespace

std::vector<Gap> Ledger::update_gaps(const LedgerChunk& chunk) {
    std::uint64_t highest = 0;  // stays 0 for the first chunk of a stream
    {
        LedgerQuery before = database_->query(
            "SELECT max(sequence) FROM chunks WHERE site = ?1 AND stream = ?2 AND generation = ?3 AND id <> ?4");
        before.bind(1, chunk.site).bind(2, chunk.stream).bind(3, chunk.generation).bind(4, chunk.id);
        highest = before.step() ? before.count(0) : 0;
    }
    std::vector<Gap> opened;
    const auto open = [&](Gap::Kind kind, std::uint64_t first, std::uint64_t last) {
        opened.push_back({kind, chunk.site, chunk.stream, chunk.generation, first, last, chunk.received, std::nullopt});
    };
    if (highest == 0 && chunk.generation > 1) {
        open(Gap::Kind::restart, chunk.sequence, chunk.sequence);
    }
    if (chunk.sequence > highest + 1) {
        open(Gap::Kind::missing, highest + 1, chunk.sequence - 1);
    } else if (chunk.sequence < highest) {
        close_missing(chunk);
    }
    for (const std::uint64_t sequence : {chunk.sequence, chunk.sequence + 1}) {
        if (!chain_holds(chunk, sequence)) {
            open(Gap::Kind::chain, sequence, sequence);
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
    Gap left{Gap::Kind::missing, chunk.site, chunk.stream, chunk.generation, 0, chunk.sequence - 1, {}, std::nullopt};
    Gap right = left;
    right.first = chunk.sequence + 1;
    {
        LedgerQuery open = database_->query(
            "SELECT number, first, last, noticed FROM gaps WHERE kind = 'missing' AND closed IS NULL AND site = ?1 "
            "AND stream = ?2 AND generation = ?4 AND first <= ?3 AND last >= ?3");
        open.bind(1, chunk.site).bind(2, chunk.stream).bind(3, chunk.sequence).bind(4, chunk.generation);
        if (!open.step()) {
            return;
        }
        number = open.integer(0);
        left.first = open.count(1);
        right.last = open.count(2);
        left.noticed = right.noticed = to_time(open.integer(3));
    }
    if (chunk.received < left.noticed + passing) {
        database_->query("DELETE FROM gaps WHERE number = ?1").bind(1, number).run();
    } else {
        database_->query("UPDATE gaps SET first = ?1, last = ?1, closed = ?2 WHERE number = ?3")
            .bind(1, chunk.sequence)
            .bind(2, to_milliseconds(chunk.received))
            .bind(3, number)
            .run();
    }
    for (const Gap& rest : {left, right}) {
        if (rest.first <= rest.last) {
            write_gap(rest);
        }
    }
}

/// True also when there is nothing to compare: the chunk or the one before is not there.
bool Ledger::chain_holds(const LedgerChunk& stream, std::uint64_t sequence) {
    LedgerQuery link = database_->query(
        "SELECT c.previous, p.manifest_sha256 FROM chunks c LEFT JOIN chunks p ON p.site = c.site AND "
        "p.stream = c.stream AND p.generation = c.generation AND p.sequence = c.sequence - 1 "
        "WHERE c.site = ?1 AND c.stream = ?2 AND c.generation = ?3 AND c.sequence = ?4");
    link.bind(1, stream.site).bind(2, stream.stream).bind(3, stream.generation).bind(4, sequence);
    if (!link.step()) {
        return true;
    }
    if (sequence == 1) {
        return link.text(0).empty();
    }
    return link.is_null(1) || link.text(0) == link.text(1);
}

void Ledger::write_gap(const Gap& gap) {
    database_
        ->query(
            "INSERT INTO gaps (kind, site, stream, first, last, noticed, generation) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
        .bind(1, to_string(gap.kind))
        .bind(2, gap.site)
        .bind(3, gap.stream)
        .bind(4, gap.first)
        .bind(5, gap.last)
        .bind(6, to_milliseconds(gap.noticed))
        .bind(7, gap.generation)
        .run();
}

std::vector<Gap> Ledger::gaps(bool also_closed) {
    const std::lock_guard lock(mutex_);
    std::vector<Gap> gaps;
    LedgerQuery row = database_->query(
        "SELECT kind, gaps.site, gaps.stream, first, last, noticed, closed, generation, coalesce(reason, '') FROM gaps "
        "LEFT JOIN settlements ON settlements.number = gaps.settled WHERE closed IS NULL OR ?1 = 1 ORDER BY gaps.site, "
        "gaps.stream, generation, first, kind");
    row.bind(1, std::int64_t{also_closed ? 1 : 0});
    while (row.step()) {
        Gap gap;
        gap.kind = kind_named(row.text(0));
        gap.site = row.text(1);
        gap.stream = row.text(2);
        gap.first = row.count(3);
        gap.last = row.count(4);
        gap.noticed = to_time(row.integer(5));
        if (!row.is_null(6)) {
            gap.closed = to_time(row.integer(6));
        }
        gap.generation = row.count(7);
        gap.settled = row.text(8);
        gaps.push_back(std::move(gap));
    }
    return gaps;
}

namespace {

/// By site, stream, generation and kind.
using Settlements = std::map<std::tuple<std::string, std::string, std::uint64_t, Gap::Kind>, std::vector<Gap>>;

/// What is left of the gap's numbers when those that were settled are taken out. `settled`: sorted by their first.
std::vector<Gap> less(const Gap& gap, const Settlements& settled) {
    const auto known = settled.find({gap.site, gap.stream, gap.generation, gap.kind});
    if (known == settled.end()) {
        return {gap};
    }
    std::vector<Gap> left;
    Gap rest = gap;
    for (const auto& taken : known->second) {
        if (taken.first > rest.first) {
            Gap before = rest;
            before.last = std::min(rest.last, taken.first - 1);
            left.push_back(std::move(before));
        }
        rest.first = std::max(rest.first, taken.last + 1);
        if (rest.first > rest.last) {
            return left;
        }
    }
    left.push_back(std::move(rest));
    return left;
}

}  // namespace

std::vector<Gap> Ledger::recomputed_gaps() {
    Settlements settled;
    for (auto& gap : gaps(true)) {
        if (!gap.settled.empty()) {
            settled[{gap.site, gap.stream, gap.generation, gap.kind}].push_back(std::move(gap));
        }
    }
    const std::lock_guard lock(mutex_);
    std::vector<Gap> gaps;
    LedgerQuery row = database_->query(
        "SELECT site, stream, sequence, previous, received, coalesce(lag(sequence) OVER streams, 0), "
        "coalesce(lag(manifest_sha256) OVER streams, ''), generation FROM chunks "
        "WINDOW streams AS (PARTITION BY site, stream, generation ORDER BY sequence) "
        "ORDER BY site, stream, generation, sequence");
    while (row.step()) {
        const std::uint64_t sequence = row.count(2);
        const std::uint64_t before = row.count(5);
        const TimePoint received = to_time(row.integer(4));
        const auto add = [&](Gap::Kind kind, std::uint64_t first, std::uint64_t last) {
            for (auto& gap :
                 less({kind, row.text(0), row.text(1), row.count(7), first, last, received, std::nullopt}, settled)) {
                gaps.push_back(std::move(gap));
            }
        };
        if (sequence != before + 1) {
            add(Gap::Kind::missing, before + 1, sequence - 1);
        } else if (row.text(3) != row.text(6)) {
            add(Gap::Kind::chain, sequence, sequence);
        }
    }
    return gaps;
}

Settled Ledger::settle(const std::string& site, const std::string& stream, const std::string& reason, TimePoint now) {
    const std::lock_guard lock(mutex_);
    LedgerTransaction transaction(*database_);
    database_->query("INSERT INTO settlements (site, stream, settled, reason) VALUES (?1, ?2, ?3, ?4)")
        .bind(1, site)
        .bind(2, stream)
        .bind(3, to_milliseconds(now))
        .bind(4, reason)
        .run();
    const std::int64_t number = database_->integer("SELECT max(number) FROM settlements");
    Settled settled;
    database_->query("UPDATE gaps SET closed = ?3, settled = ?4 WHERE site = ?1 AND stream = ?2 AND closed IS NULL")
        .bind(1, site)
        .bind(2, stream)
        .bind(3, to_milliseconds(now))
        .bind(4, number)
        .run();
    settled.gaps = database_->changes();
    database_
        ->query(
            "UPDATE run_streams SET settled = ?4 WHERE site = ?1 AND stream = ?2 AND settled IS NULL AND "
            "(last IS NULL OR chunks <= last - first) AND (latest <= ?3 OR queue <> (SELECT queue FROM queues q WHERE "
            "q.site = ?1 AND q.stream = ?2 ORDER BY q.generation DESC LIMIT 1))")
        .bind(1, site)
        .bind(2, stream)
        .bind(3, to_milliseconds(now - RunProgress::patience))
        .bind(4, number)
        .run();
    settled.runs = database_->changes();
    if (settled.gaps + settled.runs > 0) {
        transaction.commit();
    }
    return settled;
}

}  // namespace tributary
