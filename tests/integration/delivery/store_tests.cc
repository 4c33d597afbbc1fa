#include "service/repository/store.h"

#include <boost/test/unit_test.hpp>

#include "agent/keys/jws.h"
#include "agent/platform/error.h"
#include "service/repository/intake.h"
#include "service/repository/lander.h"
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
          ledger(world.configuration.ledger, Database::Access::write),
          store(files, world.configuration.store, 8),
          intake(ledger, store, PrivateKey::load(system_files(), world.configuration.signing_key), {}, clock, log,
                 [] {}),
          lander(ledger, store, files, world.configuration.landing,
                 ChunkOpener(Certificate::load(system_files(), world.configuration.encryption_certificate),
                             PrivateKey::load(system_files(), world.configuration.decryption_key)),
                 clock, log) {}
    Log log;
    Ledger ledger;
    Store store;
    Intake intake;
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
        Ledger ledger(world.configuration.ledger, Database::Access::read);
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

BOOST_AUTO_TEST_SUITE_END()
