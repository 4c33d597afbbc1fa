#include "service/repository/retractor.h"

#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "agent/keys/digest.h"
#include "service/repository/row_counter.h"

#include "agent/platform/fault_point.h"

namespace tributary {
namespace {

constexpr std::size_t chunks_at_a_time = 256;
constexpr Place beyond_all{std::numeric_limits<std::int64_t>::max(), 0};  // SQLite's integers end there

/// Readers of the landing folder skip names that begin with a dot.
std::filesystem::path hidden(const std::filesystem::path& file) {
    std::string name(1, '.');
    name.append(file.filename().string()).append(".less");
    return file.parent_path() / name;
}

/// Rows that go for the rows that they belong to in the linked stream. Valid as long as `keys` is.
std::vector<RetractedColumn> columns_of(const Pseudonyms& keys, const Manifest& manifest) {
    if (keys.empty() || !manifest.linked) {
        return {};
    }
    return {{manifest.linked->row_key, &keys}};
}

/// Calls `visit` with each landed chunk of records of a stream that stands before a place.
template <typename Visit>
void each_landed(Ledger& ledger, const LedgerChunk& stream, const Place& before, Visit visit) {
    Place last;
    for (;;) {
        const auto chunks = ledger.landed_records(stream, last, before, chunks_at_a_time);
        for (const LedgerChunk& chunk : chunks) {
            visit(chunk);
            last = {chunk.generation, chunk.sequence};
        }
        if (chunks.size() < chunks_at_a_time) {
            return;
        }
    }
}

}  // namespace

void Retractor::read_pieces(const std::filesystem::path& file, const std::function<void(std::string_view)>& take) {
    std::vector<char> piece(256U << 10U);
    const auto input = files_.open_for_reading(file);
    while (const std::size_t count = input->read(piece)) {
        take({piece.data(), count});
    }
}

/// Most files have none of the people: they are read and not written.
bool Retractor::stands_in(const std::filesystem::path& file, bool csv, const std::vector<RetractedColumn>& columns) {
    RowFilter filter(csv, columns, [](std::string_view) {});
    read_pieces(file, [&](std::string_view piece) { filter.add(piece); });
    filter.finish();
    return filter.removed() > 0;
}

RetractionList Retractor::read(const Manifest& manifest, const std::filesystem::path& file) {
    RetractionList people(manifest);
    read_pieces(file, [&](std::string_view piece) { people.add(piece); });
    people.finish();
    return people;
}

Retractor::Filtered Retractor::copy(const std::filesystem::path& from, const std::filesystem::path& to,
                                    const Manifest& manifest, std::vector<RetractedColumn> columns) {
    const bool csv = manifest.format == "csv";
    Filtered result;
    Sha256 before;
    Sha256 after;
    RowCounter left(csv);
    const auto output = files_.open_at(to, 0);
    RowFilter filter(csv, std::move(columns), [&](std::string_view rows) {
        after.update(rows);
        left.add(rows);
        output->write(rows);
    });
    if (manifest.linked) {
        filter.tell_removed(manifest.linked->row_key,
                            [&](std::string key) { result.row_keys.push_back(std::move(key)); });
    }
    read_pieces(from, [&](std::string_view piece) {
        before.update(piece);
        filter.add(piece);
    });
    filter.finish();
    output->sync();
    output->close();
    result.before = to_hex(before.finish());
    result.after = to_hex(after.finish());
    result.removed = filter.removed();
    result.rows = left.rows();
    return result;
}

LandedFile Retractor::filter(const LedgerChunk& chunk, const Manifest& manifest, const std::filesystem::path& file) {
    LandedFile landed;
    for (const LedgerChunk& retraction : ledger_.landed_retractions(chunk)) {
        const RetractionList people = read(parse_manifest(retraction.manifest), landing_ / retraction.landed_file);
        filter(manifest, file, people.columns_in(manifest), landed);
    }
    if (landed.removed_rows > 0 && manifest.linked) {
        remove_linked(chunk.site, manifest.linked->stream);
    }
    if (manifest.linked) {
        const Pseudonyms keys = ledger_.retracted_rows(chunk.site, chunk.stream);
        Manifest last = manifest;
        last.linked.reset();
        filter(last, file, columns_of(keys, manifest), landed);
    }
    return landed;
}

void Retractor::filter(const Manifest& manifest, const std::filesystem::path& file,
                       std::vector<RetractedColumn> columns, LandedFile& landed) {
    if (columns.empty()) {
        return;
    }
    const auto less = hidden(file);
    const Filtered filtered = copy(file, less, manifest, std::move(columns));
    if (filtered.removed == 0) {
        files_.remove(less);
        return;
    }
    if (manifest.linked) {
        ledger_.retract_rows(manifest.site, manifest.linked->stream, filtered.row_keys);
    }
    files_.rename(less, file);
    landed.removed_rows += filtered.removed;
    landed.sha256 = filtered.after;
}

std::uint64_t Retractor::apply(const LedgerChunk& retraction, const Manifest& manifest,
                               const std::filesystem::path& file) {
    const RetractionList people = read(manifest, file);
    std::uint64_t removed = 0;
    std::set<std::string> linked;
    each_landed(ledger_, retraction, {retraction.generation, retraction.sequence}, [&](const LedgerChunk& chunk) {
        const Manifest of_chunk = parse_manifest(chunk.manifest);
        auto columns = people.columns_in(of_chunk);
        if (!columns.empty() && of_chunk.linked) {
            linked.insert(of_chunk.linked->stream);  // also after a crash that came behind the removal of these rows
        }
        removed += remove_from(chunk, of_chunk, std::move(columns));
    });
    for (const std::string& stream : linked) {
        removed += remove_linked(retraction.site, stream);
    }
    return removed;
}

/// The rows that belong to removed rows of the stream that this one is linked to.
std::uint64_t Retractor::remove_linked(const std::string& site, const std::string& stream) {
    const Pseudonyms keys = ledger_.retracted_rows(site, stream);
    if (keys.empty()) {
        return 0;
    }
    std::uint64_t removed = 0;
    LedgerChunk of_stream;
    of_stream.site = site;
    of_stream.stream = stream;
    each_landed(ledger_, of_stream, beyond_all, [&](const LedgerChunk& chunk) {
        Manifest manifest = parse_manifest(chunk.manifest);
        auto columns = columns_of(keys, manifest);
        manifest.linked.reset();  // what these rows belong to is gone already
        removed += remove_from(chunk, manifest, std::move(columns));
    });
    return removed;
}

std::uint64_t Retractor::remove_from(const LedgerChunk& chunk, const Manifest& manifest,
                                     std::vector<RetractedColumn> columns) {
    if (columns.empty()) {
        return 0;
    }
    const auto file = landing_ / chunk.landed_file;
    LandedFile landed{chunk.landed_file, chunk.removed_rows, chunk.landed_sha256};
    if (!files_.exists(file)) {
        log_.warning("a landed file was taken away; who has it must remove the retracted people",
                     {{"site", chunk.site}, {"stream", chunk.stream}, {"chunk", chunk.id}});
        return 0;
    }
    if (!stands_in(file, manifest.format == "csv", columns)) {
        // A crash may have left something to do: the sealed chunk goes last.
        if (landed.removed_rows > 0 && files_.exists(store_.sealed_file(chunk.site, chunk.stream, chunk.id))) {
            files_.sync_folder(file.parent_path());
            tidy(chunk, landed);
        }
        return 0;
    }
    const auto less = hidden(file);
    const Filtered filtered = copy(file, less, manifest, std::move(columns));
    if (manifest.linked) {
        ledger_.retract_rows(chunk.site, manifest.linked->stream, filtered.row_keys);
    }
    const std::string& known = chunk.landed_sha256.empty() ? manifest.plain_sha256 : chunk.landed_sha256;
    if (filtered.before == known) {
        // The ledger first: should a crash come between, the same rows are found again, and what is left is known.
        landed = {chunk.landed_file, manifest.rows - filtered.rows, filtered.after};
        ledger_.landed(chunk, landed);
    } else if (filtered.after != known) {
        log_.error("a landed file was changed by somebody else; retracted people were removed from it all the same",
                   {{"site", chunk.site}, {"stream", chunk.stream}, {"chunk", chunk.id}});
    }
    fault_point(FaultPoint::repository_before_removal);
    files_.rename(less, file);
    files_.sync_folder(file.parent_path());
    fault_point(FaultPoint::repository_after_removal);
    tidy(chunk, landed);
    return filtered.removed;
}

void Retractor::tidy(const LedgerChunk& chunk, const LandedFile& landed) {
    if (landed.removed_rows > 0) {
        store_.remove_sealed(chunk.site, chunk.stream, chunk.id);
    }
}

}  // namespace tributary
