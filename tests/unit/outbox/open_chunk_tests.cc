// Rows that trickle in: durable and unreadable at once, and one chunk in the end.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "agent/deidentify/deidentifier.h"
#include "agent/keys/digest.h"
#include "agent/outbox/open_rows.h"
#include "agent/outbox/outbox.h"
#include "agent/outbox/outbox_salvage.h"
#include "agent/platform/error.h"
#include "tests/unit/deidentify/policies.h"
#include "tests/unit/keys/test_certificates.h"
#include "tests/unit/outbox/opened_chunk.h"
#include "tests/unit/outbox/test_batches.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

/// One row of a stream "admissions" with a text that is its own.
KeptRows row(const std::string& text) {
    return KeptRows({{"text", text_column({text})}});
}

struct Fixture {
    QueueFolder folder;
    SetClock clock;
    Identity repository = p256_identity("repository");
    Identity site = p256_identity("RVW");
    std::unique_ptr<Outbox> outbox;

    Fixture() { outbox = open(); }
    std::unique_ptr<Outbox> open(const Identity* other_site = nullptr) {
        outbox.reset();
        auto opened = std::make_unique<Outbox>(folder.file(), "RVW", clock);
        const auto& identity = other_site == nullptr ? site : *other_site;
        opened->use_open_chunks(repository.certificate, {identity.certificate, identity.key});
        return opened;
    }
    OutboxCommit commit_of_rows(const std::string& run, const KeptRows& rows, const std::string& checkpoint,
                                RecordFormat format = RecordFormat::ndjson) const {
        OpenRowsBuilder builder(format, {repository.certificate, site.certificate});
        Quality quality;
        const auto batch = rows.batch(quality);
        builder.add(batch, quality);
        OutboxCommit commit;
        commit.source = "pas";
        commit.run = run;
        commit.checkpoint = checkpoint;
        commit.open_rows = builder.finish(rows.policy(), run);
        for (const auto& part : commit.open_rows) {
            commit.totals.rows += part.rows();
        }
        return commit;
    }
    QueuedChunks trickle(const std::string& run, const std::string& text) {
        return outbox->commit(commit_of_rows(run, row(text), text));
    }
    Manifest manifest_of(const QueuedChunk& chunk) const { return parse_manifest(outbox->manifest(chunk.id)); }
    std::string rows_of(const QueuedChunk& chunk) const {
        return opened({manifest_of(chunk), outbox->payload(chunk.id), {}}, repository);
    }
    std::string all_rows() const {
        std::string rows;
        for (const auto& chunk : outbox->list(1000)) {
            rows += rows_of(chunk);
        }
        return rows;
    }
};

std::string line(const std::string& text) {
    return "{\"text\":\"" + text + "\"}\n";
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(open_chunk_tests, Fixture)

BOOST_AUTO_TEST_CASE(rows_that_trickle_in_become_one_chunk_in_their_order) {
    const auto run = outbox->begin_run("pas");
    std::string expected;
    for (const auto* text : {"first", "second", "third"}) {
        BOOST_TEST(trickle(run, text).chunks == 0U);
        expected += line(text);
        BOOST_TEST(outbox->checkpoint("pas") == text);
    }
    BOOST_TEST(outbox->list(10).empty());
    BOOST_TEST(outbox->totals().open_rows == 3U);
    BOOST_TEST((outbox->totals().open_since == clock.now()));
    clock.advance(std::chrono::seconds(40));
    const auto queued = outbox->close_open_chunks("pas");
    BOOST_TEST(queued.chunks == 1U);
    const auto chunks = outbox->list(10);
    BOOST_TEST_REQUIRE(chunks.size() == 1U);
    BOOST_TEST(queued.bytes == chunks[0].sealed_bytes);
    const auto manifest = manifest_of(chunks[0]);
    BOOST_TEST(rows_of(chunks[0]) == expected);
    BOOST_TEST(manifest.rows == 3U);
    BOOST_TEST(manifest.plain_bytes == expected.size());
    BOOST_TEST(manifest.plain_sha256 == to_hex(sha256(expected)));
    BOOST_TEST(manifest.run == run);
    BOOST_TEST(manifest.sequence == 1U);
    BOOST_TEST((manifest.created == clock.now()));
    BOOST_TEST(manifest.quality.rows == 3U);
    BOOST_TEST_REQUIRE(manifest.quality.fields.size() == 1U);
    BOOST_TEST(manifest.quality.fields[0].field == "text");
    BOOST_TEST(manifest.quality.fields[0].filled == 3U);
    BOOST_TEST(outbox->totals().open_rows == 0U);
    BOOST_TEST(outbox->runs(1).at(0).rows == 3U);
    BOOST_TEST(outbox->runs(1).at(0).chunks == 1U);
    BOOST_TEST(outbox->verify().empty());
    trickle(run, "fourth");
    outbox->close_open_chunks("pas");
    BOOST_TEST(outbox->list(10).at(1).sequence == 2U);
}

BOOST_AUTO_TEST_CASE(a_table_of_csv_has_its_header_once) {
    const auto run = outbox->begin_run("pas");
    outbox->commit(commit_of_rows(run, row("first"), "1", RecordFormat::csv));
    outbox->commit(commit_of_rows(run, row("second"), "2", RecordFormat::csv));
    outbox->close_open_chunks("pas");
    BOOST_TEST(all_rows() == "text\r\nfirst\r\nsecond\r\n");
}

BOOST_AUTO_TEST_CASE(what_is_open_is_durable_and_belongs_to_the_run_that_a_crash_cut) {
    const auto run = outbox->begin_run("pas");
    trickle(run, "before the crash");
    outbox = open();
    BOOST_TEST(outbox->checkpoint("pas") == "before the crash");
    BOOST_TEST(outbox->totals().open_rows == 1U);
    outbox->end_interrupted_runs();
    BOOST_TEST(all_rows() == line("before the crash"));
    BOOST_TEST(manifest_of(outbox->list(1).at(0)).run == run);
    const auto manifest = parse_run_manifest(outbox->run_manifest(run));
    BOOST_TEST(manifest.streams.at(0).rows == 1U);
    BOOST_TEST((manifest.state == RunState::interrupted));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_run_closes_what_it_left_open) {
    const auto run = outbox->begin_run("pas");
    trickle(run, "one");
    BOOST_TEST(outbox->end_run(run, RunState::failed, "the source went away").chunks == 1U);
    BOOST_TEST(all_rows() == line("one"));
    BOOST_TEST(parse_run_manifest(outbox->run_manifest(run)).streams.at(0).last == 1U);
}

BOOST_AUTO_TEST_CASE(no_row_can_be_read_in_the_file) {
    const auto run = outbox->begin_run("pas");
    for (int i = 0; i < 20; ++i) {
        outbox->commit(commit_of_rows(run, row("a text that everybody would know"), "position"));
    }
    for (const auto* ending : {"", "-wal"}) {
        BOOST_TEST((bytes_of(folder.file().string() + ending).find("everybody") == std::string::npos));
    }
    Connection other(folder.file());
    // Nor whether two of them are the same.
    BOOST_TEST(other.integer("SELECT count(DISTINCT sealed) FROM open_rows") == 20);
}

BOOST_AUTO_TEST_CASE(a_chunk_is_closed_when_it_is_full) {
    const auto run = outbox->begin_run("pas");
    std::string expected;
    std::uint64_t closed = 0;
    for (char c = 'a'; c <= 'k'; ++c) {  // half a MiB each
        const std::string text(512U << 10U, c);
        closed += trickle(run, text).chunks;
        expected += line(text);
    }
    BOOST_TEST(closed >= 2U);
    closed += outbox->end_run(run, RunState::complete, "").chunks;
    const auto chunks = outbox->list(100);
    BOOST_TEST(chunks.size() == closed);
    BOOST_TEST((all_rows() == expected));
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        BOOST_TEST(chunks[i].sequence == i + 1);
        BOOST_TEST(manifest_of(chunks[i]).plain_bytes <= OpenChunks::full_bytes + OpenRowsBuilder::usual_bytes);
    }
}

BOOST_AUTO_TEST_CASE(a_chunk_has_one_schema) {
    const auto run = outbox->begin_run("pas");
    trickle(run, "one");
    outbox->commit(
        commit_of_rows(run, KeptRows({{"text", text_column({"two"})}, {"number", integer_column({7})}}), "2"));
    outbox->end_run(run, RunState::complete, "");
    const auto chunks = outbox->list(10);
    BOOST_TEST_REQUIRE(chunks.size() == 2U);
    BOOST_TEST(rows_of(chunks[0]) == line("one"));
    BOOST_TEST(manifest_of(chunks[1]).schema.fields.size() == 2U);
    BOOST_TEST(rows_of(chunks[1]) == "{\"text\":\"two\",\"number\":7}\n");
}

BOOST_AUTO_TEST_CASE(chunks_and_retractions_stand_behind_what_was_open) {
    const auto run = outbox->begin_run("pas");
    BOOST_TEST(!outbox->has_begun("admissions"));
    trickle(run, "one");
    BOOST_TEST(outbox->has_begun("admissions"));
    const auto chunk = chunk_of_size("admissions", 100);
    BOOST_TEST(outbox->commit(commit_of("pas", run, "2", {chunk})).chunks == 2U);
    trickle(run, "three");
    const auto retraction = chunk_of_size("admissions", 100);
    outbox->commit(RetractionCommit{"pas", run, "admissions", {retraction}, "list"});
    const auto chunks = outbox->list(10);
    BOOST_TEST_REQUIRE(chunks.size() == 4U);
    BOOST_TEST(rows_of(chunks[0]) == line("one"));
    BOOST_TEST(chunks[1].id == chunk.manifest.id);
    BOOST_TEST(rows_of(chunks[2]) == line("three"));
    BOOST_TEST(chunks[3].id == retraction.manifest.id);
    BOOST_TEST(chunks[3].sequence == 4U);
}

BOOST_AUTO_TEST_CASE(records_that_cannot_be_read_count_in_a_chunk_too) {
    const auto run = outbox->begin_run("pas");
    trickle(run, "one");
    const auto rows = row("unused");
    OpenRowsBuilder builder(RecordFormat::ndjson, {repository.certificate, site.certificate});
    Quality quality;
    quality.rejected["ragged_row"] = 3;
    builder.add(quality);
    OutboxCommit commit{"pas", run, "2", {}, {}, builder.finish(rows.policy(), run), quality};
    outbox->commit(commit);
    outbox->end_run(run, RunState::complete, "");
    const auto chunks = outbox->list(10);
    BOOST_TEST_REQUIRE(chunks.size() == 1U);
    BOOST_TEST(manifest_of(chunks[0]).quality.rejected.at("ragged_row") == 3U);
    BOOST_TEST(manifest_of(chunks[0]).quality.rows == 1U);
    BOOST_TEST(outbox->runs(1).at(0).rejected == 3U);
}

BOOST_AUTO_TEST_CASE(rows_for_a_key_that_the_site_has_no_more_stay_and_are_told_of) {
    const auto run = outbox->begin_run("pas");
    trickle(run, "under the old key");
    const auto renewed = p256_identity("RVW");
    outbox = open(&renewed);
    outbox->end_interrupted_runs();
    BOOST_TEST(outbox->totals().stuck_rows == 1U);
    BOOST_TEST(outbox->list(10).empty());
    const auto next = outbox->begin_run("pas");
    trickle(next, "under the new key");
    outbox->end_run(next, RunState::complete, "");
    BOOST_TEST(all_rows() == line("under the new key"));
    BOOST_TEST(outbox->totals().stuck_rows == 1U);
    outbox = open();
    outbox->end_interrupted_runs();
    BOOST_TEST(outbox->totals().stuck_rows == 0U);
    BOOST_TEST(all_rows() == line("under the new key") + line("under the old key"));
    BOOST_TEST(outbox->verify().empty());
    for (const auto& manifest : outbox->queued_runs(10)) {
        BOOST_TEST(parse_run_manifest(outbox->run_manifest(manifest.id)).streams.size() == 1U);
    }
    BOOST_TEST(outbox->queued_runs(10).size() == 2U);
}

BOOST_AUTO_TEST_CASE(rows_for_a_key_of_before_leave_if_the_site_has_kept_it) {
    const auto run = outbox->begin_run("pas");
    trickle(run, "under the old key");
    outbox.reset();
    TemporaryFolder keys;
    const auto renewed = p256_identity("RVW");
    keys.write("site.pem", renewed.certificate.to_pem());
    keys.write("site.key", renewed.key.to_pem());
    keys.write("site.key.earlier", SiteKeyring(site.certificate, site.key).as_earlier());
    outbox = std::make_unique<Outbox>(folder.file(), "RVW", clock);
    outbox->use_open_chunks(repository.certificate,
                            SiteKeyring::load(system_files(), keys.path() / "site.pem", keys.path() / "site.key"));
    outbox->end_interrupted_runs();
    BOOST_TEST(outbox->totals().stuck_rows == 0U);
    BOOST_TEST(all_rows() == line("under the old key"));
}

BOOST_AUTO_TEST_CASE(a_chunk_that_could_never_leave_is_not_begun) {
    std::vector<NamedColumn> columns;
    for (int i = 0; i < 600; ++i) {
        columns.push_back({"a_field_with_a_rather_long_name_" + std::to_string(i), text_column({"x"})});
    }
    const auto run = outbox->begin_run("pas");
    BOOST_CHECK_THROW(outbox->commit(commit_of_rows(run, KeptRows(std::move(columns)), "1")), Error);
    BOOST_TEST(outbox->checkpoint("pas").empty());
    BOOST_TEST(outbox->totals().open_rows == 0U);
    outbox->end_run(run, RunState::failed, "");
}

BOOST_AUTO_TEST_CASE(rows_that_cannot_be_sealed_keep_no_run_from_its_end) {
    const auto run = outbox->begin_run("pas");
    trickle(run, "one");
    // As if their counts were of other fields: decoding refuses.
    {
        Connection other(folder.file());
        other.execute("UPDATE open_chunks SET manifest = replace(manifest, '\"filled\":0', '\"filled\":x')");
        other.execute("UPDATE open_chunks SET seal = ''");
    }
    outbox->end_run(run, RunState::complete, "");
    BOOST_TEST((outbox->runs(1).at(0).state == RunState::complete));
    BOOST_TEST(outbox->totals().stuck_rows == 1U);
    BOOST_TEST(outbox->list(10).empty());
    outbox = open();
    outbox->end_interrupted_runs();
    BOOST_TEST(outbox->totals().stuck_rows == 1U);
    BOOST_TEST(outbox->runs(10).size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_failed_commit_would_have_opened_is_not_there) {
    const auto run = outbox->begin_run("pas");
    trickle(run, "one");
    auto commit = commit_of_rows("0123456789abcdef0123456789abcdef", row("of no run"), "2");
    BOOST_CHECK_THROW(outbox->commit(commit), Error);
    BOOST_TEST(outbox->checkpoint("pas") == "one");
    trickle(run, "three");
    outbox->end_run(run, RunState::complete, "");
    BOOST_TEST(all_rows() == line("one") + line("three"));
}

BOOST_AUTO_TEST_CASE(damage_to_open_rows_is_found_and_the_rest_is_saved) {
    const auto run = outbox->begin_run("pas");
    for (int i = 0; i < 5; ++i) {
        trickle(run, "row " + std::to_string(i));
    }
    Connection(folder.file()).execute("UPDATE open_rows SET sealed = zeroblob(length(sealed)) WHERE number = 3");
    BOOST_TEST(!outbox->check_tables().empty());
    BOOST_CHECK_THROW(outbox->end_run(run, RunState::complete, ""), Error);
    BOOST_TEST(outbox->damaged());
    outbox.reset();
    const auto salvage = salvage_outbox(folder.file(), "RVW", clock);
    BOOST_TEST(salvage.lost.size() == 1U);
    BOOST_TEST(!salvage.positions_lost);
    outbox = open();
    BOOST_TEST(outbox->checkpoint("pas") == "row 4");
    outbox->end_interrupted_runs();
    BOOST_TEST(all_rows() == line("row 0") + line("row 1") + line("row 3") + line("row 4"));
    BOOST_TEST(outbox->totals().stuck_rows == 0U);
    BOOST_TEST(outbox->verify().empty());
}

BOOST_AUTO_TEST_CASE(threads_share_commits_and_one_that_fails_takes_no_other_with_it) {
    constexpr int threads = 8;
    constexpr int each = 60;
    std::vector<std::thread> producers;
    const auto run = outbox->begin_run("pas");
    std::atomic<int> refused{0};
    for (int i = 0; i < threads; ++i) {
        producers.emplace_back([&, i] {
            for (int n = 0; n < each; ++n) {
                const auto text = std::to_string(i) + " " + std::to_string(n);
                auto commit = commit_of_rows(run, row(text), text);
                commit.marks = {"mark of " + text};
                if (n % 10 == 9) {
                    auto wrong = commit;
                    wrong.run = "0123456789abcdef0123456789abcdef";
                    try {
                        outbox->commit(wrong);
                    } catch (const Error&) {
                        ++refused;
                    }
                }
                outbox->commit(commit);
                if (!outbox->marked("pas", commit.marks[0])) {
                    refused = -1000;  // it is not durable, and commit() has returned
                }
            }
        });
    }
    for (auto& producer : producers) {
        producer.join();
    }
    BOOST_TEST(refused == threads * each / 10);
    outbox->end_run(run, RunState::complete, "");
    std::multiset<std::string> found;
    const auto rows = all_rows();
    for (std::size_t at = 0; at < rows.size(); at = rows.find('\n', at) + 1) {
        found.insert(rows.substr(at, rows.find('\n', at) + 1 - at));
    }
    BOOST_TEST(found.size() == static_cast<std::size_t>(threads * each));
    for (int i = 0; i < threads; ++i) {
        for (int n = 0; n < each; ++n) {
            BOOST_TEST(found.count(line(std::to_string(i) + " " + std::to_string(n))) == 1U);
        }
    }
    BOOST_TEST(outbox->verify().empty());
}

BOOST_AUTO_TEST_CASE(linkage_encodings_that_trickle_in_leave_in_an_order_of_their_own) {
    const std::filesystem::path config = TRIBUTARY_CONFIG_FOLDER;
    const std::string text =
        "policy: 1\nstream: admissions\nfields:\n  spell: keep\nlinkage:\n  stream: admissions_linkage\n  fields:\n"
        "    surname: {action: clk, schema: ../linkage/person.json, key: region-2026, features: {first_name: forename, "
        "date_of_birth: dob}, as: clk}\n";
    Diagnostics diagnostics;
    const auto policy = compile_policy(parse_yaml(text, (config / "policies" / "test.yaml").string()),
                                       test::known_keys(), system_files(), diagnostics);
    diagnostics.throw_if_errors();
    auto schema = std::make_shared<Schema>();
    const std::vector<std::string> names = {"spell", "surname", "forename", "dob", "sex", "postcode"};
    for (const auto& name : names) {
        schema->fields.push_back({name, ColumnType::utf8});
    }
    const Deidentifier deidentifier(policy, schema, 20'000);
    const Recipients recipients{repository.certificate, site.certificate};
    OpenRowsBuilder records(RecordFormat::ndjson, recipients);
    OpenRowsBuilder encodings(RecordFormat::ndjson, recipients);
    const auto run = outbox->begin_run("pas");
    constexpr int count = 40;
    for (int i = 0; i < count; ++i) {
        std::vector<Column> columns;
        for (const auto& name : names) {
            columns.push_back(
                text_column({name == "dob" ? "1950-01-02" : name + std::string(1, static_cast<char>('a' + i % 26))}));
        }
        Quality quality;
        LinkageRows beside;
        records.add(deidentifier.apply(RecordBatch(schema, std::move(columns), 1, ""), quality, &beside), quality);
        encodings.add(*beside.batch, beside.quality);
        OutboxCommit commit{"pas", run, std::to_string(i), {}, {}, records.finish(*policy, run), {}};
        for (auto& rows : encodings.finish(*policy->linkage()->rules, run)) {
            commit.open_rows.push_back(std::move(rows));
        }
        outbox->commit(commit);
    }
    outbox->end_run(run, RunState::complete, "");
    const auto chunks = outbox->list(10);
    BOOST_TEST_REQUIRE(chunks.size() == 2U);
    const auto keys_of = [&](const QueuedChunk& chunk) {
        const auto rows = rows_of(chunk);
        const std::string before = "\"" + manifest_of(chunk).linked->row_key + "\":\"";
        std::vector<std::string> keys;
        for (auto at = rows.find(before); at != std::string::npos; at = rows.find(before, at + 1)) {
            keys.push_back(rows.substr(at + before.size(), 26));
        }
        return keys;
    };
    auto of_records = keys_of(chunks[0]);
    auto of_encodings = keys_of(chunks[1]);
    BOOST_TEST(of_records.size() == static_cast<std::size_t>(count));
    BOOST_TEST((of_records != of_encodings));
    std::sort(of_records.begin(), of_records.end());
    std::sort(of_encodings.begin(), of_encodings.end());
    BOOST_TEST((of_records == of_encodings));
    BOOST_TEST(rows_of(chunks[0]).find("spella") < rows_of(chunks[0]).find("spellb"));  // the records keep theirs
}

BOOST_AUTO_TEST_CASE(counts_come_back_as_they_were_stored_and_nothing_else_is_read) {
    const auto rows =
        KeptRows({{"a", text_column({"1", std::nullopt, ""})}, {"b", integer_column({1, 2, std::nullopt})}});
    OpenRowsBuilder builder(RecordFormat::ndjson, {repository.certificate, site.certificate});
    Quality quality;
    const auto batch = rows.batch(quality);
    quality.fields.at(1).invalid["not_a_number"] = 70'000;
    quality.rejected["ragged_row"] = 1;
    quality.opted_out = 2;
    builder.add(batch, quality);
    const auto made = builder.finish(rows.policy(), "run");
    BOOST_TEST_REQUIRE(made.size() == 1U);
    const auto stored = encode_open_rows(made[0]);
    const auto& fields = made[0].chunk().quality.fields;
    const auto read = decode_open_rows(stored, fields);
    BOOST_TEST(read.rows == 3U);
    BOOST_TEST(read.encoded == made[0].encoded());
    BOOST_TEST(read.quality.opted_out == 2U);
    BOOST_TEST(read.quality.rejected.at("ragged_row") == 1U);
    BOOST_TEST(read.quality.fields.at(1).field == "b");
    BOOST_TEST(read.quality.fields.at(1).invalid.at("not_a_number") == 70'000U);
    BOOST_TEST(read.quality.fields.at(0).filled == quality.fields.at(0).filled);
    for (std::size_t size = 0; size < stored.size() - made[0].encoded().size(); ++size) {
        BOOST_CHECK_THROW(decode_open_rows(stored.substr(0, size), fields), Error);
    }
    BOOST_CHECK_THROW(decode_open_rows(stored, {}), Error);
    BOOST_CHECK_THROW(decode_open_rows(std::string(20, '\xff'), fields), Error);
}

BOOST_AUTO_TEST_SUITE_END()
