// The queue in a computer whose power fails at each sync in turn. What was said to be durable is there afterwards, and
// nothing is half there.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <optional>
#include <set>

#include "agent/outbox/outbox.h"
#include "agent/outbox/write_ahead_log.h"
#include "agent/platform/error.h"
#include "agent/platform/file.h"
#include "tests/unit/keys/test_certificates.h"
#include "tests/unit/outbox/lossy_disk.h"
#include "tests/unit/outbox/opened_chunk.h"
#include "tests/unit/outbox/test_batches.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

BOOST_AUTO_TEST_SUITE(power_loss_tests)

namespace {

constexpr int chunks = 5;

/// What a queue has promised by returning, in the order of what was asked of it.
struct Promised {
    bool run = false;
    int commits = 0;
    int receipts = 0;
    bool attempt = false;
    bool quarantine = false;
    bool ended = false;
};

struct Life {
    QueueFolder folder;
    SetClock clock;
    std::vector<SealedChunk> made = [] {
        std::vector<SealedChunk> chunks_made;
        for (int i = 0; i < chunks; ++i) {
            chunks_made.push_back(chunk_of_size("admissions", 40'000));
        }
        return chunks_made;
    }();
    Promised promised;

    /// All that a queue goes through, until the power fails.
    void live() {
        Outbox outbox(folder.file(), "RVW", clock);
        const auto run = outbox.begin_run("pas");
        promised.run = true;
        for (int i = 0; i < chunks; ++i) {
            outbox.commit(commit_of("pas", run, std::to_string(i + 1), {made[static_cast<std::size_t>(i)]}));
            ++promised.commits;
        }
        outbox.record_attempt(made[0].manifest.id, "no answer", clock.now());
        promised.attempt = true;
        for (int i = 0; i < 2; ++i) {
            outbox.store_receipt(made[static_cast<std::size_t>(i)].manifest.id, "receipt");
            ++promised.receipts;
            while (outbox.give_back_space(true)) {  // checkpoints as well: from the log into the file
            }
        }
        outbox.quarantine(made[2].manifest.id, "refused");
        promised.quarantine = true;
        outbox.end_run(run, RunState::complete, "");
        promised.ended = true;
    }

    /// After the power came back.
    void check() {
        BOOST_TEST(!write_ahead_log_is_damaged(system_files(), folder.file()));
        Outbox outbox(folder.file(), "RVW", clock);
        BOOST_TEST(outbox.verify().empty());
        const auto queued = outbox.list(100);
        const auto held = outbox.receipts(100);
        std::set<std::string> receipts;
        for (const auto& receipt : held) {
            receipts.insert(receipt.chunk_id);
        }
        // Of the step under way when the power failed, all or nothing may be there.
        const auto there = queued.size() + receipts.size();
        BOOST_TEST(there >= static_cast<std::size_t>(promised.commits));
        BOOST_TEST(there <= static_cast<std::size_t>(std::min(promised.commits + 1, chunks)));
        BOOST_TEST(receipts.size() >= static_cast<std::size_t>(promised.receipts));
        BOOST_TEST(receipts.size() <= static_cast<std::size_t>(promised.receipts + 1));
        for (std::size_t i = 0; i < there; ++i) {
            const auto& id = made[i].manifest.id;
            const auto chunk = outbox.find(id);
            BOOST_TEST(chunk.has_value() != receipts.contains(id));
            if (chunk) {
                BOOST_TEST(chunk->sequence == i + 1);
                BOOST_TEST((outbox.payload(id) == made[i].sealed));
            }
        }
        BOOST_TEST(outbox.checkpoint("pas") == (there > 0 ? std::to_string(there) : ""));
        if (promised.attempt && outbox.find(made[0].manifest.id)) {
            BOOST_TEST(outbox.find(made[0].manifest.id)->attempts == 1U);
        }
        if (promised.quarantine) {
            BOOST_TEST((outbox.find(made[2].manifest.id)->state == ChunkState::quarantined));
        }
        if (promised.run) {
            BOOST_REQUIRE(outbox.runs(10).size() == 1U);
        }
        if (promised.ended) {
            BOOST_TEST((outbox.runs(10)[0].state == RunState::complete));
        }
        // And it goes on.
        const auto next = chunk_of_size("admissions", 1000);
        outbox.commit(commit_of("pas", outbox.begin_run("pas"), "next", {next}));
        BOOST_TEST(outbox.find(next.manifest.id)->sequence == there + 1);
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(whatever_was_promised_is_there_when_the_power_comes_back) {
    std::uint64_t syncs = 0;
    for (std::uint64_t sync = 1; syncs == 0; ++sync) {
        for (const double kept : {0.0, 0.5, 0.9, 1.0}) {
            BOOST_TEST_CONTEXT("power fails at sync " << sync << ", " << kept << " of what was not synced is kept") {
                LossyDisk disk;
                Life life;
                disk.fail_at(sync);
                bool whole = true;
                try {
                    life.live();
                } catch (const Error&) {
                    whole = false;
                }
                if (whole && !disk.failed()) {
                    syncs = disk.syncs();
                    break;
                }
                disk.come_back(kept, static_cast<std::uint32_t>(sync));
                std::filesystem::remove(life.folder.file().string() + "-shm");
                life.check();
            }
        }
    }
    BOOST_TEST(syncs > 15U);  // the queue's promises rest on them
}

namespace {

/// A queue that rows trickle into.
struct Trickle {
    QueueFolder folder;
    SetClock clock;
    Identity identity = p256_identity("RVW");
    int promised = 0;  // rows

    std::unique_ptr<Outbox> open() {
        auto outbox = std::make_unique<Outbox>(folder.file(), "RVW", clock);
        outbox->use_open_chunks(identity.certificate, {identity.certificate, identity.key});
        return outbox;
    }

    void add(Outbox& outbox, const std::string& run, int number) const {
        const KeptRows rows({{"number", integer_column({number})}});
        OpenRowsBuilder builder(RecordFormat::ndjson, {identity.certificate, identity.certificate});
        Quality quality;
        const auto batch = rows.batch(quality);
        builder.add(batch, quality);
        OutboxCommit commit{"pas", run, std::to_string(number), {}, {}, builder.finish(rows.policy(), run), {}};
        outbox.commit(commit);
    }

    void live() {
        const auto outbox = open();
        const auto run = outbox->begin_run("pas");
        while (promised < 6) {
            add(*outbox, run, promised + 1);
            ++promised;
            if (promised % 3 == 0) {
                outbox->close_open_chunks("pas");
            }
        }
        add(*outbox, run, promised + 1);
        ++promised;
        outbox->end_run(run, RunState::complete, "");
    }

    /// Every row that was promised, in its order, and where the source stands belongs to the last.
    void check() {
        const auto outbox = open();
        outbox->end_interrupted_runs();
        BOOST_TEST(outbox->verify().empty());
        BOOST_TEST(outbox->totals().open_rows == 0U);
        std::string rows;
        for (const auto& chunk : outbox->list(100)) {
            rows += opened({parse_manifest(outbox->manifest(chunk.id)), outbox->payload(chunk.id), {}}, identity);
        }
        const auto there = std::count(rows.begin(), rows.end(), '\n');
        BOOST_TEST(there >= promised);
        BOOST_TEST(there <= promised + 1);
        std::string expected;
        for (int number = 1; number <= there; ++number) {
            expected += "{\"number\":" + std::to_string(number) + "}\n";
        }
        BOOST_TEST(rows == expected);
        BOOST_TEST(outbox->checkpoint("pas") == (there > 0 ? std::to_string(there) : ""));
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(rows_that_trickle_in_are_there_when_the_power_comes_back) {
    std::uint64_t syncs = 0;
    for (std::uint64_t sync = 1; syncs == 0; ++sync) {
        for (const double kept : {0.0, 0.5, 1.0}) {
            BOOST_TEST_CONTEXT("power fails at sync " << sync << ", " << kept << " of what was not synced is kept") {
                LossyDisk disk;
                Trickle life;
                disk.fail_at(sync);
                bool whole = true;
                try {
                    life.live();
                } catch (const Error&) {
                    whole = false;
                }
                if (whole && !disk.failed()) {
                    syncs = disk.syncs();
                    break;
                }
                disk.come_back(kept, static_cast<std::uint32_t>(sync));
                std::filesystem::remove(life.folder.file().string() + "-shm");
                life.check();
            }
        }
    }
    BOOST_TEST(syncs > 12U);
}

BOOST_AUTO_TEST_SUITE_END()
