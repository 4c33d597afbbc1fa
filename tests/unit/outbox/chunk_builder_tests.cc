#include "agent/outbox/chunk_builder.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

#include "agent/keys/digest.h"
#include "agent/keys/envelope.h"
#include "agent/outbox/outbox.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"
#include "tests/unit/outbox/opened_chunk.h"
#include "tests/unit/outbox/test_batches.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

const TimePoint created = from_rfc3339("2026-11-22T08:30:00.000Z");

KeptRows two_rows() {
    return KeptRows({{"a", text_column({"1", "2"})}, {"b", integer_column({3, std::nullopt})}});
}

std::string random_text(std::mt19937& random, std::size_t size) {
    std::string text(size, ' ');
    for (auto& c : text) {
        c = static_cast<char>('!' + random() % 90);
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chunk_builder_tests)

BOOST_AUTO_TEST_CASE(rows_come_back_from_encoded_compressed_and_sealed) {
    const auto rows = two_rows();
    for (const auto& identity : {p256_identity("repository"), rsa_identity("repository")}) {
        ChunkBuilder builder(RecordFormat::ndjson, {identity.certificate, identity.certificate});
        Quality quality;
        const auto batch = rows.batch(quality);
        BOOST_TEST(builder.empty());
        builder.add(batch, quality);
        builder.add(batch, quality);
        BOOST_TEST(!builder.empty());
        BOOST_TEST(builder.rows() == 4U);
        const auto chunk = builder.finish(rows.policy(), "run", created);
        const std::string plain =
            "{\"a\":\"1\",\"b\":3}\n{\"a\":\"2\",\"b\":null}\n{\"a\":\"1\",\"b\":3}\n{\"a\":\"2\",\"b\":null}\n";
        BOOST_TEST(opened(chunk, identity) == plain);
        BOOST_TEST(chunk.manifest.rows == 4U);
        BOOST_TEST(chunk.manifest.plain_bytes == plain.size());
        BOOST_TEST(chunk.manifest.plain_sha256 == to_hex(sha256(plain)));
        BOOST_TEST(chunk.manifest.sealed_bytes == chunk.sealed.size());
        BOOST_TEST(chunk.manifest.sealed_sha256 == to_hex(sha256(chunk.sealed)));
        BOOST_TEST(chunk.manifest.policy_sha256 == rows.policy().hash());
        BOOST_TEST(chunk.manifest.format == "ndjson");
        BOOST_TEST(chunk.manifest.run == "run");
        BOOST_TEST(chunk.manifest.stream == "admissions");
        BOOST_TEST((chunk.manifest.created == created));
        BOOST_TEST((chunk.manifest.schema == batch.schema()));
        BOOST_TEST(chunk.manifest.quality.rows == 4U);
        BOOST_TEST(is_chunk_id(chunk.manifest.id));
    }
}

BOOST_AUTO_TEST_CASE(a_builder_begins_anew_after_each_chunk) {
    const auto identity = p256_identity("repository");
    const auto rows = two_rows();
    ChunkBuilder builder(RecordFormat::csv, {identity.certificate, identity.certificate});
    std::string id;
    for (int round = 0; round < 3; ++round) {
        Quality quality;
        builder.add(rows.batch(quality), quality);
        const auto chunk = builder.finish(rows.policy(), "run", created);
        BOOST_TEST(opened(chunk, identity) == "a,b\r\n1,3\r\n2,\r\n");
        BOOST_TEST(chunk.manifest.id != id);
        id = chunk.manifest.id;
        BOOST_TEST(builder.empty());
        BOOST_TEST(builder.rows() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_chunk_of_no_rows_can_be_finished_and_queued) {
    const auto identity = p256_identity("repository");
    const auto rows = two_rows();
    ChunkBuilder builder(RecordFormat::ndjson, {identity.certificate, identity.certificate});
    auto chunk = builder.finish(rows.policy(), "run", created);
    chunk.manifest.quality.rejected = {{"ragged_row", 2}};
    BOOST_TEST(chunk.manifest.rows == 0U);
    BOOST_TEST(chunk.manifest.plain_bytes == 0U);
    BOOST_TEST(opened(chunk, identity).empty());
    const QueueFolder folder;
    SetClock clock;
    Outbox outbox(folder.file(), "RVW", clock);
    const auto run = outbox.begin_run("pas");
    outbox.commit(commit_of("pas", run, "1", {chunk}));
    BOOST_TEST(outbox.totals().queued_chunks == 1U);
}

BOOST_AUTO_TEST_CASE(the_bound_is_never_below_what_finish_seals) {
    const auto identity = rsa_identity("repository");
    std::mt19937 random(3);
    ChunkBuilder builder(RecordFormat::ndjson, {identity.certificate, identity.certificate});
    for (const std::size_t batches : {1U, 2U, 7U, 20U}) {
        std::size_t bound = 0;
        std::unique_ptr<KeptRows> rows;
        for (std::size_t i = 0; i < batches; ++i) {
            Texts texts;
            for (int row = 0; row < 500; ++row) {
                texts.emplace_back(random_text(random, random() % 300));
            }
            rows = std::make_unique<KeptRows>(std::vector<NamedColumn>{{"t", text_column(texts)}});
            Quality quality;
            builder.add(rows->batch(quality), quality);
            bound = builder.compressed_bound();
        }
        BOOST_TEST(builder.finish(rows->policy(), "run", created).sealed.size() <= bound);
    }
}

BOOST_AUTO_TEST_CASE(more_than_a_chunk_may_hold_is_refused_and_the_builder_begins_anew) {
    const auto identity = p256_identity("repository");
    std::string noise(6U << 20U, '\0');
    fill_random({reinterpret_cast<std::uint8_t*>(noise.data()), noise.size()});
    const KeptRows large(
        {{"t", text_column({to_hex({reinterpret_cast<const std::uint8_t*>(noise.data()), noise.size()})})}});
    ChunkBuilder builder(RecordFormat::ndjson, {identity.certificate, identity.certificate});
    Quality quality;
    builder.add(large.batch(quality), quality);
    BOOST_CHECK_EXCEPTION(builder.finish(large.policy(), "run", created), Error, [](const Error& error) {
        return error.code() == ErrorCode::limit && std::string(error.what()).find("admissions") != std::string::npos;
    });
    const auto rows = two_rows();
    Quality counts;
    builder.add(rows.batch(counts), counts);
    BOOST_TEST(opened(builder.finish(rows.policy(), "run", created), identity) ==
               "{\"a\":\"1\",\"b\":3}\n{\"a\":\"2\",\"b\":null}\n");
}

BOOST_AUTO_TEST_CASE(one_chunk_has_one_schema) {
    const auto identity = p256_identity("repository");
    const KeptRows one({{"a", text_column({"1"})}});
    const KeptRows other({{"b", text_column({"2"})}});
    ChunkBuilder builder(RecordFormat::ndjson, {identity.certificate, identity.certificate});
    Quality quality;
    builder.add(one.batch(quality), quality);
    Quality counts;
    BOOST_CHECK_THROW(builder.add(other.batch(counts), counts), Error);
}

BOOST_AUTO_TEST_CASE(what_the_queue_holds_opens_to_what_its_manifest_says) {
    const auto identity = p256_identity("repository");
    const auto rows = two_rows();
    ChunkBuilder builder(RecordFormat::ndjson, {identity.certificate, identity.certificate});
    Quality quality;
    builder.add(rows.batch(quality), quality);
    const QueueFolder folder;
    SetClock clock;
    Outbox outbox(folder.file(), "RVW", clock);
    const auto run = outbox.begin_run("pas");
    auto chunk = builder.finish(rows.policy(), run, created);
    outbox.commit(commit_of("pas", run, "1", {chunk}));
    chunk.sealed = outbox.payload(chunk.manifest.id);
    const auto manifest = parse_manifest(outbox.manifest(chunk.manifest.id));
    BOOST_TEST(manifest.sealed_sha256 == to_hex(sha256(chunk.sealed)));
    BOOST_TEST(manifest.plain_sha256 == to_hex(sha256(opened(chunk, identity))));
}

BOOST_AUTO_TEST_CASE(rows_with_an_identifier_do_not_leave_and_are_kept_for_the_site) {
    const auto repository = p256_identity("repository");
    const auto site = p256_identity("RVW");
    Texts notes;
    std::string left_ndjson;
    std::string left_csv = "id,note\r\n";
    const std::map<int, std::string> faulty = {{0, "NHS 943 476 5919"},
                                               {1, "of LS1 4AP"},
                                               {2500, "ann@example.org\nx"},
                                               {4998, "tel 0113 496 0123"},
                                               {4999, "NI AB123456C, 943 476 5919"}};
    Texts ids;
    for (int i = 0; i < 5000; ++i) {
        const auto found = faulty.find(i);
        const std::string note =
            found == faulty.end() ? "well, and \"seen\" again " + std::string(40, 'x') : found->second;
        notes.emplace_back(note);
        ids.emplace_back(std::to_string(i));
        if (found == faulty.end()) {
            left_ndjson += "{\"id\":\"" + *ids.back() + "\",\"note\":\"well, and \\\"seen\\\" again " +
                           std::string(40, 'x') + "\"}\n";
            left_csv += *ids.back() + ",\"well, and \"\"seen\"\" again " + std::string(40, 'x') + "\"\r\n";
        }
    }
    const KeptRows rows({{"id", text_column(ids)}, {"note", text_column(notes)}});
    for (const auto format : {RecordFormat::ndjson, RecordFormat::csv}) {
        ChunkBuilder builder(format, {repository.certificate, site.certificate});
        Quality quality;
        builder.add(rows.batch(quality), quality);
        const auto chunk = builder.finish(rows.policy(), "run", created);
        BOOST_TEST((opened(chunk, repository) == (format == RecordFormat::ndjson ? left_ndjson : left_csv)));
        BOOST_TEST(chunk.manifest.rows == 4995U);
        BOOST_TEST(chunk.manifest.quality.rows == 5000U);
        const std::map<std::string, std::uint64_t> withheld = {
            {"nhs_number", 2}, {"postcode", 1}, {"email", 1}, {"phone", 1}};
        BOOST_TEST((chunk.manifest.quality.withheld == withheld));
        BOOST_TEST((quality.withheld == chunk.manifest.quality.withheld));
        BOOST_REQUIRE(chunk.held.has_value());
        const auto held = open_sealed(chunk.held->sealed, site.certificate, site.key, 1U << 20U);
        BOOST_TEST(std::count(held.begin(), held.end(), '\n') == 5);
        BOOST_TEST(held.find("943 476 5919") != std::string::npos);
        BOOST_TEST(held.find(R"("column":"note","origin":"test","reason":"nhs_number")") != std::string::npos);
        BOOST_TEST(held.find(R"("row":2500)") != std::string::npos);
        BOOST_CHECK_THROW(open_sealed(chunk.held->sealed, repository.certificate, repository.key, 1U << 20U), Error);
        BOOST_TEST(manifest_text(chunk.manifest).find("476 5919") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_column_whose_name_is_an_identifier_holds_every_row_back) {
    const auto identity = p256_identity("repository");
    const KeptRows rows({{"9434765919", text_column({"a", "b"})}});
    ChunkBuilder builder(RecordFormat::ndjson, {identity.certificate, identity.certificate});
    Quality quality;
    builder.add(rows.batch(quality), quality);
    const auto chunk = builder.finish(rows.policy(), "run", created);
    BOOST_TEST(chunk.manifest.rows == 0U);
    BOOST_TEST(quality.withheld["nhs_number"] == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
