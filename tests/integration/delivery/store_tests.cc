#include "service/repository/store.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "agent/keys/digest.h"
#include "agent/keys/jws.h"
#include "agent/platform/error.h"
#include "service/repository/intake.h"
#include "service/repository/lander.h"
#include "service/repository/service_keys.h"
#include "service/repository/verifier.h"
#include "tests/integration/delivery/faulty_files.h"
#include "tests/integration/delivery/world.h"

using namespace tributary;
using namespace tributary::testing;

// The rooms behind the server, on a disk that fails and forgets.
BOOST_AUTO_TEST_SUITE(store_tests)

namespace {

/// One life of the repository's process, without the network.
struct Life {
    Life(World& world, FaultyFiles& files, TestClock& clock)
        : log(silence()),
          ledger(world.configuration.ledger, LedgerAccess::write),
          store(files, world.configuration.store, 8),
          intake(ledger, store, locks, allowed, PrivateKey::load(system_files(), world.configuration.signing_key), {},
                 clock, log, [](const LedgerChunk&) {}),
          turn(world.configuration.store / "opening"),
          lander(ledger, store, files, world.configuration.landing,
                 ChunkOpener(load_decryption(system_files(), world.configuration)), turn, clock, log) {}
    Log log;
    Ledger ledger;
    Store store;
    ChunkLocks locks;
    AllowList allowed{system_files(), {}};
    Intake intake;
    Turn turn;
    Lander lander;
};

struct Fixture {
    World world;
    TestClock clock;
    FaultyFiles files;
    Site rvw = world.site("RVW");
    Peer peer{"RVW", rvw.certificate};
    SealedChunk chunk = world.numbered(world.sealed_chunk("admissions", rows(1, 100)), "RVW", 1, "");
    std::string jws = sign_jws(manifest_text(chunk.manifest), rvw.key);

    Fixture() {
        std::filesystem::create_directories(world.configuration.store);
        std::filesystem::create_directories(world.configuration.landing);
    }

    /// The receipt that the repository gives for the chunk; empty when the disk failed before it.
    std::string deliver(Life& life) {
        try {
            const std::string& id = chunk.manifest.id;
            IntakeResult result = life.intake.announce(peer, "RVW", id, jws);
            if (result.kind == IntakeResult::Kind::partial) {
                result = life.intake.append(peer, "RVW", id, result.held,
                                            std::string_view(chunk.sealed).substr(result.held));
            }
            BOOST_REQUIRE((result.kind == IntakeResult::Kind::receipt));
            return result.receipt;
        } catch (const Error& error) {
            BOOST_REQUIRE((error.code() == ErrorCode::storage));
            return "";
        }
    }

    Verification verify() {
        Ledger ledger(world.configuration.ledger, LedgerAccess::read);
        return Verifier(ledger, system_files(), world.configuration.store, world.configuration.landing,
                        world.signing_certificate())
            .run();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_was_acknowledged_survives_a_power_cut_at_once, Fixture) {
    {
        Life life(world, files, clock);
        BOOST_TEST(!deliver(life).empty());
    }
    files.power_cut();
    const Verification result = verify();
    BOOST_TEST(result.chunks == 1U);
    BOOST_TEST(result.faults.empty());
}

BOOST_FIXTURE_TEST_CASE(an_acknowledged_offset_survives_a_power_cut, Fixture) {
    {
        Life life(world, files, clock);
        life.intake.announce(peer, "RVW", chunk.manifest.id, jws);
        const IntakeResult half = life.intake.append(peer, "RVW", chunk.manifest.id, 0, chunk.sealed.substr(0, 700));
        BOOST_TEST(half.held == 700U);
    }
    files.power_cut();
    Life life(world, files, clock);
    BOOST_TEST(life.intake.announce(peer, "RVW", chunk.manifest.id, jws).held == 700U);
    BOOST_TEST(!deliver(life).empty());
    BOOST_TEST(verify().faults.empty());
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_fails_at_any_step_loses_nothing_and_doubles_nothing, Fixture) {
    int failures = 0;
    for (int step = 0;; ++step) {
        chunk = world.numbered(world.sealed_chunk("s" + std::to_string(step), rows(1, 20)), "RVW", 1, "");
        jws = sign_jws(manifest_text(chunk.manifest), rvw.key);
        std::string receipt;
        {
            Life life(world, files, clock);
            files.arm(step);
            receipt = deliver(life);
            files.disarm();
        }
        const bool acknowledged = !receipt.empty();
        if (step % 2 == 1) {
            files.power_cut();  // the failing disk was the beginning of the end
        }
        Life life(world, files, clock);
        const std::string again = deliver(life);
        BOOST_REQUIRE(!again.empty());
        if (acknowledged) {
            BOOST_TEST(again == receipt);
        }
        if (acknowledged) {
            break;  // the step lies behind the last one
        }
        ++failures;
    }
    BOOST_TEST(failures > 10);
    const Verification result = verify();
    BOOST_TEST(result.chunks == static_cast<std::uint64_t>(failures) + 1U);
    BOOST_TEST(result.faults.empty());
}

BOOST_FIXTURE_TEST_CASE(a_landing_that_fails_at_any_step_is_done_again_in_whole, Fixture) {
    Life life(world, files, clock);
    deliver(life);
    int failures = 0;
    for (int step = 0;; ++step) {
        files.arm(step);
        bool landed = true;
        try {
            life.lander.land(*life.ledger.find("RVW", chunk.manifest.id));
        } catch (const Error& error) {
            BOOST_REQUIRE((error.code() == ErrorCode::storage));
            landed = false;
        }
        files.disarm();
        std::size_t visible = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(world.configuration.landing)) {
            if (entry.path().extension() == ".ndjson") {
                ++visible;
                BOOST_TEST(entry.file_size() == chunk.manifest.plain_bytes);  // never half a file under its name
            }
        }
        if (landed) {
            BOOST_TEST(visible == 1U);
            break;
        }
        ++failures;
    }
    BOOST_TEST(failures > 3);
    files.power_cut();
    const Verification result = verify();
    BOOST_TEST(result.landed == 1U);
    BOOST_TEST(result.sound());
}

namespace {

const std::string anna = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
const std::string bert = "bbbbbbbbbbbbbbbbbbbbbbbbbb";

PseudonymColumn pseudonym(const std::string& column, const std::string& domain = "planning") {
    return {column, "nhs_number", "region-2026", 1, domain, "tributary-pseudonym-v1"};
}

/// Chunks of one stream in order, delivered and landed by hand.
struct RetractionFixture : Fixture {
    std::string stream = "admissions";
    std::string previous;
    std::uint64_t sequence = 0;

    void begin_stream(const std::string& name) {
        stream = name;
        previous.clear();
        sequence = 0;
    }
    SealedChunk made(const std::string& text, ChunkKind kind, const std::string& column) {
        SealedChunk fresh = world.sealed_chunk(stream, text);
        fresh.manifest.kind = kind;
        fresh.manifest.schema.fields = {{column, ColumnType::utf8}};
        fresh.manifest.pseudonyms = {pseudonym(column)};
        fresh.manifest.queue = queue;
        fresh = world.numbered(std::move(fresh), "RVW", ++sequence, previous);
        previous = manifest_hash(fresh.manifest);
        return fresh;
    }
    SealedChunk records(const std::vector<std::string>& people, const std::string& column = "person") {
        std::string text;
        for (const auto& who : people) {
            text += "{\"" + column + "\":\"" + who + "\",\"note\":\"\\\"" + column + "\\\":\\\"" + anna + "\\\"\"}\n";
        }
        return made(text, ChunkKind::records, column);
    }
    SealedChunk retraction(const std::vector<std::string>& people, const std::string& column = "person") {
        std::string text;
        for (const auto& who : people) {
            text += "{\"" + column + "\":\"" + who + "\"}\n";
        }
        return made(text, ChunkKind::retraction, column);
    }
    void deliver_chunk(Life& life, const SealedChunk& given) {
        chunk = given;
        jws = sign_jws(manifest_text(chunk.manifest), rvw.key);
        BOOST_REQUIRE(!deliver(life).empty());
    }
    void land(Life& life, const SealedChunk& given) {
        deliver_chunk(life, given);
        life.lander.land(*life.ledger.find("RVW", given.manifest.id));
    }
    std::string landed(Life& life, const SealedChunk& given) {
        const auto found = life.ledger.find("RVW", given.manifest.id);
        return read_file(system_files(), world.configuration.landing / found->landed_file, 1U << 20U);
    }
    static bool holds(const std::string& rows, const std::string& who) {
        return rows.find("{\"person\":\"" + who) != std::string::npos ||
               rows.find("{\"patient\":\"" + who) != std::string::npos;
    }
    /// Records and the encodings of the same rows, which leave in another stream.
    struct Pair {
        SealedChunk records;
        SealedChunk encodings;
    };
    Pair linked(const std::vector<std::string>& people, bool csv = false) {
        std::string texts[2] = {csv ? "person,row_key\r\n" : "", csv ? "clk,row_key\r\n" : ""};
        for (const auto& who : people) {
            const std::string key = "k" + std::to_string(++row_keys);
            const std::string values[2] = {who, "filter of " + who};
            const char* const names[2] = {"person", "clk"};
            for (int i = 0; i < 2; ++i) {
                texts[i] +=
                    csv ? values[i] + "," + key + "\r\n"
                        : "{\"" + std::string(names[i]) + "\":\"" + values[i] + "\",\"row_key\":\"" + key + "\"}\n";
            }
        }
        Pair pair;
        pair.records = link(made(texts[0], ChunkKind::records, "person"), "encodings", csv);
        previous = manifest_hash(pair.records.manifest);
        SealedChunk encodings = world.sealed_chunk("encodings", texts[1]);
        encodings.manifest.schema.fields = {{"clk", ColumnType::utf8}};
        encodings = world.numbered(std::move(encodings), "RVW", ++encoding_sequence, encoding_previous);
        pair.encodings = link(std::move(encodings), stream, csv);
        encoding_previous = manifest_hash(pair.encodings.manifest);
        return pair;
    }
    static SealedChunk link(SealedChunk given, const std::string& other, bool csv) {
        given.manifest.schema.fields.push_back({"row_key", ColumnType::utf8});
        given.manifest.linked = LinkedStream{other, "row_key"};
        given.manifest.format = csv ? "csv" : "ndjson";
        given.manifest.rows -= csv ? 1 : 0;
        return given;
    }
    /// As a site does that has lost its queue.
    void number_anew() {
        queue = random_hex(16);
        sequence = 0;
        previous.clear();
    }
    std::string queue;
    int row_keys = 0;
    std::uint64_t encoding_sequence = 0;
    std::string encoding_previous;

    bool is_sealed_there(Life& life, const SealedChunk& given) {
        return std::filesystem::exists(life.store.sealed_file("RVW", given.manifest.stream, given.manifest.id));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_retraction_removes_what_stands_before_it_and_leaves_what_stands_behind, RetractionFixture) {
    Life life(world, files, clock);
    const auto before = records({anna, bert, anna});
    const auto untouched = records({bert});
    const auto renamed = records({anna, bert}, "patient");  // as the column was called once
    const auto gone = retraction({anna});
    const auto behind = records({anna, bert});  // who opted in again
    for (const auto& each : {before, untouched, renamed, gone, behind}) {
        land(life, each);
    }
    BOOST_TEST(!holds(landed(life, before), anna));
    BOOST_TEST(holds(landed(life, before), bert));
    BOOST_TEST(holds(landed(life, untouched), bert));
    BOOST_TEST(!holds(landed(life, renamed), anna));
    BOOST_TEST(holds(landed(life, behind), anna));
    BOOST_TEST(life.ledger.find("RVW", before.manifest.id)->removed_rows == 2U);
    // The sealed bytes hold the person too.
    BOOST_TEST(!is_sealed_there(life, before));
    BOOST_TEST(is_sealed_there(life, untouched));
    BOOST_TEST(is_sealed_there(life, behind));
    const auto file = life.ledger.find("RVW", gone.manifest.id)->landed_file;
    BOOST_TEST(file.starts_with("site=RVW/retractions=admissions/"), file);
    BOOST_TEST(verify().sound());
    BOOST_TEST(life.ledger.totals().at(0).rows == 5U);  // of eight that came
    // What somebody puts back is noticed.
    system_files()
        .open_at(world.configuration.landing / life.ledger.find("RVW", before.manifest.id)->landed_file, 0)
        ->write("{\"person\":\"" + anna + "\"}\n");
    BOOST_TEST(!verify().sound());
}

BOOST_FIXTURE_TEST_CASE(a_retraction_of_a_site_that_numbers_anew_reaches_what_it_sent_before, RetractionFixture) {
    Life life(world, files, clock);
    const auto before = records({anna, bert});
    const auto late = records({anna, bert});
    number_anew();
    const auto same_number = records({anna, bert});
    const auto gone = retraction({anna});
    const auto behind = records({anna, bert});
    for (const auto& each : {before, same_number, gone, behind, late}) {
        land(life, each);
    }
    BOOST_TEST(!holds(landed(life, before), anna));
    BOOST_TEST(!holds(landed(life, same_number), anna));
    BOOST_TEST(!holds(landed(life, late), anna));
    BOOST_TEST(holds(landed(life, late), bert));
    BOOST_TEST(holds(landed(life, behind), anna));
    BOOST_TEST(verify().sound());
}

BOOST_FIXTURE_TEST_CASE(an_empty_pseudonym_in_a_retraction_is_nobody, RetractionFixture) {
    Life life(world, files, clock);
    const auto before = records({anna, "", bert});
    const auto gone = retraction({"", bert});
    land(life, before);
    land(life, gone);
    BOOST_TEST(life.ledger.find("RVW", before.manifest.id)->removed_rows == 1U);
    BOOST_TEST(holds(landed(life, before), anna));
}

BOOST_FIXTURE_TEST_CASE(a_chunk_that_lands_late_lands_without_the_retracted, RetractionFixture) {
    Life life(world, files, clock);
    const auto late = records({bert, anna});
    const auto first_gone = retraction({anna});
    const auto second_gone = retraction({bert});
    land(life, first_gone);
    land(life, second_gone);
    land(life, late);
    BOOST_TEST(landed(life, late).empty());
    BOOST_TEST(life.ledger.find("RVW", late.manifest.id)->removed_rows == 2U);
    BOOST_TEST(!is_sealed_there(life, late));
    BOOST_TEST(verify().sound());
}

BOOST_FIXTURE_TEST_CASE(pseudonyms_of_another_domain_or_site_are_other_people, RetractionFixture) {
    Life life(world, files, clock);
    auto other = records({anna});
    other.manifest.pseudonyms = {pseudonym("person", "research")};
    previous = manifest_hash(other.manifest);
    const auto gone = retraction({anna});
    land(life, other);
    land(life, gone);
    BOOST_TEST(holds(landed(life, other), anna));
}

BOOST_FIXTURE_TEST_CASE(a_landed_file_that_was_taken_away_does_not_hold_up_a_retraction, RetractionFixture) {
    Life life(world, files, clock);
    const auto taken = records({anna});
    const auto there = records({anna, bert});
    land(life, taken);
    land(life, there);
    std::filesystem::remove(world.configuration.landing / life.ledger.find("RVW", taken.manifest.id)->landed_file);
    land(life, retraction({anna}));
    BOOST_TEST(!holds(landed(life, there), anna));
    BOOST_TEST(holds(landed(life, there), bert));
}

BOOST_FIXTURE_TEST_CASE(csv_rows_are_removed_likewise, RetractionFixture) {
    Life life(world, files, clock);
    const auto csv = [&](const std::string& text, ChunkKind kind) {
        auto made_chunk = made(text, kind, "person");
        made_chunk.manifest.format = "csv";
        made_chunk.manifest.rows -= 1;
        previous = manifest_hash(made_chunk.manifest);
        return made_chunk;
    };
    // "note" has a line end, a comma and doubled quotes within quotes.
    const auto before =
        csv("note,person\r\n\"x, \"\"y\"\"\"," + anna + "\r\nplain," + bert + "\r\n", ChunkKind::records);
    const auto gone = csv("person\r\n" + anna + "\r\n", ChunkKind::retraction);
    land(life, before);
    land(life, gone);
    BOOST_TEST(landed(life, before) == "note,person\r\nplain," + bert + "\r\n");
    BOOST_TEST(verify().sound());
}

BOOST_FIXTURE_TEST_CASE(a_retraction_that_fails_at_any_step_is_done_again_in_whole, RetractionFixture) {
    int failures = 0;
    for (int step = 0;; ++step) {
        begin_stream("s" + std::to_string(step));
        const auto one = records({anna, bert});
        const auto two = records({anna});
        const auto gone = retraction({anna});
        bool done = true;
        {
            Life life(world, files, clock);
            land(life, one);
            land(life, two);
            deliver_chunk(life, gone);
            files.arm(step);
            try {
                life.lander.land(*life.ledger.find("RVW", gone.manifest.id));
            } catch (const Error& error) {
                BOOST_REQUIRE((error.code() == ErrorCode::storage));
                done = false;
            }
            files.disarm();
        }
        files.power_cut();
        Life life(world, files, clock);
        if (!done) {
            ++failures;
            life.lander.land(*life.ledger.find("RVW", gone.manifest.id));
        }
        for (const auto& each : {one, two}) {
            BOOST_TEST(!holds(landed(life, each), anna));
            BOOST_TEST(!is_sealed_there(life, each));
        }
        BOOST_TEST(holds(landed(life, one), bert));
        BOOST_TEST(verify().sound());
        if (done) {
            break;
        }
    }
    BOOST_TEST(failures > 8);
}

BOOST_FIXTURE_TEST_CASE(chunks_of_any_size_are_opened, RetractionFixture) {
    constexpr std::size_t block = 128U << 10U;  // of zstd (RFC 8878, section 3.1.1.2)
    Life life(world, files, clock);
    for (const std::size_t blocks : {1U, 2U, 3U}) {
        for (const std::size_t size : {blocks * block - 1, blocks * block, blocks * block + 1}) {
            const std::string frame = "{\"person\":\"\"}\n";
            const std::string text = "{\"person\":\"" + std::string(size - frame.size(), 'x') + "\"}\n";
            const auto whole = made(text, ChunkKind::records, "person");
            BOOST_REQUIRE(whole.manifest.plain_bytes == size);
            land(life, whole);
            BOOST_TEST(landed(life, whole) == text);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(encodings_go_with_the_rows_that_they_belong_to, RetractionFixture) {
    for (const bool csv : {false, true}) {
        Life life(world, files, clock);
        begin_stream(csv ? "patients" : "admissions");
        const auto one = linked({anna, bert}, csv);
        const auto two = linked({bert}, csv);
        auto gone = retraction({anna});
        const auto behind = linked({anna}, csv);  // who opted in again
        for (const auto& each : {one, two}) {
            land(life, each.records);
            land(life, each.encodings);
        }
        land(life, gone);
        land(life, behind.records);
        land(life, behind.encodings);
        BOOST_TEST(landed(life, one.encodings).find("filter of " + anna) == std::string::npos);
        BOOST_TEST(landed(life, one.encodings).find("filter of " + bert) != std::string::npos);
        BOOST_TEST(landed(life, two.encodings).find("filter of " + bert) != std::string::npos);
        BOOST_TEST(landed(life, behind.encodings).find("filter of " + anna) != std::string::npos);
        BOOST_TEST(!is_sealed_there(life, one.encodings));
        BOOST_TEST(is_sealed_there(life, two.encodings));
        BOOST_TEST(verify().sound());
    }
}

BOOST_FIXTURE_TEST_CASE(encodings_go_whichever_chunk_lands_late, RetractionFixture) {
    Life life(world, files, clock);
    const auto late_encodings = linked({anna, bert});
    const auto late_records = linked({anna, bert});
    const auto gone = retraction({anna});
    land(life, late_encodings.records);
    land(life, late_records.encodings);
    land(life, gone);
    BOOST_TEST(landed(life, late_records.encodings).find("filter of " + anna) != std::string::npos);
    land(life, late_encodings.encodings);
    land(life, late_records.records);
    for (const auto& pair : {late_encodings, late_records}) {
        BOOST_TEST(!holds(landed(life, pair.records), anna));
        BOOST_TEST(landed(life, pair.encodings).find("filter of " + anna) == std::string::npos);
        BOOST_TEST(landed(life, pair.encodings).find("filter of " + bert) != std::string::npos);
        BOOST_TEST(!is_sealed_there(life, pair.encodings));
    }
    BOOST_TEST(verify().sound());
}

BOOST_FIXTURE_TEST_CASE(encodings_go_after_a_failure_at_any_step, RetractionFixture) {
    for (const bool power_cut : {false, true}) {  // without one, what was not synced stays
        int failures = 0;
        for (int step = 0;; ++step) {
            begin_stream((power_cut ? "p" : "k") + std::to_string(step));
            const auto pair = linked({anna, bert});
            const auto gone = retraction({anna});
            bool done = true;
            {
                Life life(world, files, clock);
                land(life, pair.records);
                land(life, pair.encodings);
                deliver_chunk(life, gone);
                files.arm(step);
                try {
                    life.lander.land(*life.ledger.find("RVW", gone.manifest.id));
                } catch (const Error& error) {
                    BOOST_REQUIRE((error.code() == ErrorCode::storage));
                    done = false;
                }
                files.disarm();
            }
            if (power_cut) {
                files.power_cut();
            }
            Life life(world, files, clock);
            if (!done) {
                ++failures;
                life.lander.land(*life.ledger.find("RVW", gone.manifest.id));
            }
            BOOST_TEST(!holds(landed(life, pair.records), anna));
            BOOST_TEST(landed(life, pair.encodings).find("filter of " + anna) == std::string::npos);
            BOOST_TEST(landed(life, pair.encodings).find("filter of " + bert) != std::string::npos);
            BOOST_TEST(!is_sealed_there(life, pair.encodings));
            const auto account = verify();
            BOOST_TEST(account.sound(), step << (account.faults.empty() ? "" : account.faults.front()));
            if (done) {
                break;
            }
        }
        BOOST_TEST(failures > 12);
    }
}

BOOST_FIXTURE_TEST_CASE(uploads_of_a_site_begin_and_end_beside_each_other, Fixture) {
    Store store(system_files(), world.configuration.store, 8);
    std::vector<std::thread> threads;
    std::atomic<int> failures = 0;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            try {
                for (int upload = 0; upload < 300; ++upload) {
                    const auto id = random_hex(16);
                    store.announce("RVW", id, "jws");
                    store.append("RVW", id, 0, "sealed");
                    store.keep("RVW", "admissions", id, "jws");
                    store.forget("RVW", id);
                }
            } catch (const std::exception& error) {
                BOOST_TEST_MESSAGE(error.what());
                ++failures;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(failures == 0);
}

BOOST_AUTO_TEST_SUITE_END()
