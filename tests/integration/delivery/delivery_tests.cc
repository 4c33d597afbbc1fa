#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "agent/keys/jws.h"
#include "agent/platform/error.h"
#include "service/repository/lander.h"
#include "service/repository/verifier.h"
#include "tests/integration/delivery/test_ledger.h"
#include "tests/integration/delivery/world.h"

using namespace tributary;
using namespace tributary::testing;

BOOST_AUTO_TEST_SUITE(delivery_tests)

namespace {

struct Fixture {
    World world;
    TestClock clock;
    Site rvw = world.site("RVW");

    Verification verify() {
        Ledger ledger(world.configuration.ledger, LedgerAccess::read);
        return Verifier(ledger, system_files(), world.configuration.store, world.configuration.landing,
                        world.signing_certificate())
            .run();
    }
    void landed() { BOOST_REQUIRE(world.server().lander().wait_until_idle(std::chrono::seconds(20))); }
    std::string read(const std::filesystem::path& file) const {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_a_site_queues_is_stored_landed_and_acknowledged, Fixture) {
    world.start();
    Agent agent(world, rvw, clock);
    const std::string first = rows(1, 500);
    const std::string second = rows(2, 20'000);
    queue(agent.outbox(), {world.sealed_chunk("admissions", first), world.sealed_chunk("admissions", second),
                           world.sealed_chunk("outpatients", rows(3, 10))});
    const DeliveryRound round = agent.deliver();
    BOOST_TEST(round.delivered == 3U);
    BOOST_TEST(round.last_error == "");
    BOOST_TEST(agent.outbox().totals().delivered_chunks == 3U);
    landed();

    const std::vector<StoredReceipt> receipts = agent.outbox().receipts(10);
    BOOST_REQUIRE(receipts.size() == 3U);
    for (const StoredReceipt& stored : receipts) {
        const std::optional<LedgerChunk> chunk = world.server().ledger().find("RVW", stored.chunk_id);
        BOOST_REQUIRE(chunk.has_value());
        BOOST_TEST(chunk->receipt == stored.jws);
        BOOST_TEST((chunk->state == StoredState::landed));
        if (chunk->stream == "admissions") {
            const std::string date = to_rfc3339(chunk->received).substr(0, 10);
            BOOST_TEST(chunk->landed_file == "site=RVW/stream=admissions/date=" + date + "/" + chunk->id + ".ndjson");
            BOOST_TEST(
                (read(world.configuration.landing / chunk->landed_file) == (chunk->sequence == 1 ? first : second)));
        }
    }
    const Verification result = verify();
    BOOST_TEST(result.sound());
    BOOST_TEST(result.chunks == 3U);
    BOOST_TEST(result.landed == 3U);
    BOOST_TEST(result.rows == 20'510U);
    BOOST_TEST(result.strays.empty());
}

BOOST_FIXTURE_TEST_CASE(the_same_chunk_again_gets_the_same_receipt_byte_for_byte, Fixture) {
    world.start();
    const SealedChunk chunk = world.numbered(world.sealed_chunk("admissions", rows(1, 100)), "RVW", 1, "");
    BOOST_TEST(world.announce(rvw, chunk.manifest).status == 202);
    const RawAnswer receipt = world.patch(rvw, chunk.manifest, 0, chunk.sealed);
    BOOST_TEST(receipt.status == 200);
    BOOST_TEST(receipt.headers.at("content-type") == "application/jose");
    const RawAnswer again = world.announce(rvw, chunk.manifest);
    BOOST_TEST(again.status == 200);
    BOOST_TEST(again.body == receipt.body);
    const RawAnswer resent = world.patch(rvw, chunk.manifest, 0, chunk.sealed);
    BOOST_TEST(resent.status == 200);
    BOOST_TEST(resent.body == receipt.body);
    world.stop();
    world.start();
    BOOST_TEST(world.announce(rvw, chunk.manifest).body == receipt.body);
    BOOST_TEST(verify().chunks == 1U);
}

BOOST_FIXTURE_TEST_CASE(two_connections_with_the_same_chunk_commit_it_once, Fixture) {
    world.start();
    for (std::uint64_t sequence = 1; sequence <= 8; ++sequence) {
        const SealedChunk chunk =
            world.numbered(world.sealed_chunk("s" + std::to_string(sequence), rows(9, 20'000)), "RVW", 1, "");
        std::string receipts[2];
        std::thread threads[2];
        for (int each = 0; each < 2; ++each) {
            threads[each] = std::thread([&, each] {
                HttpsTransport transport(world.transport_configuration(rvw), clock);
                const std::string jws = sign_jws(manifest_text(chunk.manifest), rvw.key);
                Answer answer = transport.announce(chunk.manifest.id, jws);
                while (answer.kind == Answer::Kind::partial) {
                    answer = transport.send(chunk.manifest.id, answer.held,
                                            std::string_view(chunk.sealed).substr(answer.held), [] { return false; });
                }
                receipts[each] = answer.receipt;
            });
        }
        threads[0].join();
        threads[1].join();
        BOOST_TEST(!receipts[0].empty());
        BOOST_TEST(receipts[0] == receipts[1]);
    }
    landed();
    BOOST_TEST(verify().sound());
    BOOST_TEST(verify().chunks == 8U);
}

BOOST_FIXTURE_TEST_CASE(a_cut_upload_goes_on_where_it_stopped, Fixture) {
    world.start();
    const SealedChunk chunk = world.numbered(world.sealed_chunk("admissions", rows(1, 30'000)), "RVW", 1, "");
    BOOST_TEST(world.announce(rvw, chunk.manifest).status == 202);
    const std::size_t cut = chunk.sealed.size() / 2;
    world.request_and_cut(
        rvw, "PATCH", chunk_path(chunk.manifest),
        {{"Content-Type", "application/partial-upload"}, {"Upload-Offset", "0"}, {"Upload-Complete", "?1"}},
        chunk.sealed, cut);
    // The server notices the cut in its own time.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::uint64_t held = 0;
    while (held == 0 && std::chrono::steady_clock::now() < patience) {
        const RawAnswer answer = world.announce(rvw, chunk.manifest);
        BOOST_REQUIRE(answer.status == 202);
        BOOST_TEST(answer.headers.at("upload-complete") == "?0");
        held = std::stoull(answer.headers.at("upload-offset"));
    }
    BOOST_TEST(held > 0U);
    BOOST_TEST(held <= cut);
    const RawAnswer rest = world.patch(rvw, chunk.manifest, held, chunk.sealed.substr(held));
    BOOST_TEST(rest.status == 200);
    landed();
    BOOST_TEST(verify().sound());
}

BOOST_FIXTURE_TEST_CASE(a_chunk_in_pieces_is_taken_piece_by_piece_even_over_a_restart, Fixture) {
    world.start();
    const SealedChunk chunk = world.numbered(world.sealed_chunk("admissions", rows(1, 3000)), "RVW", 1, "");
    world.announce(rvw, chunk.manifest);
    const RawAnswer first = world.patch(rvw, chunk.manifest, 0, chunk.sealed.substr(0, 1000), "?0");
    BOOST_TEST(first.status == 202);
    BOOST_TEST(first.headers.at("upload-offset") == "1000");
    world.stop();
    world.start();
    BOOST_TEST(world.patch(rvw, chunk.manifest, 1000, chunk.sealed.substr(1000)).status == 200);
}

BOOST_FIXTURE_TEST_CASE(pieces_that_do_not_fit_together_begin_anew, Fixture) {
    world.start();
    const SealedChunk chunk = world.numbered(world.sealed_chunk("admissions", rows(1, 3000)), "RVW", 1, "");
    world.announce(rvw, chunk.manifest);
    BOOST_TEST(world.patch(rvw, chunk.manifest, 0, std::string(1000, 'x'), "?0").status == 202);
    const RawAnswer rest = world.patch(rvw, chunk.manifest, 1000, chunk.sealed.substr(1000));
    BOOST_TEST(rest.status == 409);
    BOOST_TEST(rest.headers.at("upload-offset") == "0");
    BOOST_TEST(world.patch(rvw, chunk.manifest, 0, chunk.sealed).status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_gap_is_taken_reported_and_closed_by_what_fills_it, Fixture) {
    world.start();
    std::vector<SealedChunk> chain;
    std::string previous;
    for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
        chain.push_back(world.numbered(world.sealed_chunk("admissions", rows(1, 10)), "RVW", sequence, previous));
        previous = manifest_hash(chain.back().manifest);
    }
    const auto deliver = [&](std::size_t index) {
        world.announce(rvw, chain[index].manifest);
        BOOST_TEST(world.patch(rvw, chain[index].manifest, 0, chain[index].sealed).status == 200);
    };
    deliver(0);
    deliver(4);
    Ledger& ledger = world.server().ledger();
    BOOST_REQUIRE(ledger.gaps(false).size() == 1U);
    BOOST_TEST(ledger.gaps(false)[0].first == 2U);
    BOOST_TEST(ledger.gaps(false)[0].last == 4U);
    BOOST_TEST(verify().gaps.size() == 1U);
    deliver(2);
    BOOST_TEST(ledger.gaps(false).size() == 2U);
    deliver(1);
    deliver(3);
    BOOST_TEST(ledger.gaps(false).empty());
    BOOST_TEST(ledger.gaps(true).empty());  // too short to be remembered
    landed();
    BOOST_TEST(verify().sound());
}

BOOST_FIXTURE_TEST_CASE(a_broken_chain_is_taken_and_reported, Fixture) {
    world.start();
    const SealedChunk first = world.numbered(world.sealed_chunk("admissions", rows(1, 10)), "RVW", 1, "");
    const SealedChunk second =
        world.numbered(world.sealed_chunk("admissions", rows(2, 10)), "RVW", 2, std::string(64, 'e'));
    for (const SealedChunk* chunk : {&first, &second}) {
        world.announce(rvw, chunk->manifest);
        BOOST_TEST(world.patch(rvw, chunk->manifest, 0, chunk->sealed).status == 200);
    }
    landed();
    BOOST_REQUIRE(world.server().ledger().gaps(false).size() == 1U);
    BOOST_TEST((world.server().ledger().gaps(false)[0].kind == Gap::Kind::chain));
    const Verification result = verify();
    BOOST_TEST(!result.sound());
    BOOST_TEST(result.faults.empty());
    BOOST_REQUIRE(result.gaps.size() == 1U);
    BOOST_TEST(result.gaps[0].first == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_chunk_that_is_not_what_it_says_is_kept_sealed_and_named, Fixture) {
    world.start();
    SealedChunk wrong_rows = world.numbered(world.sealed_chunk("a", rows(1, 10)), "RVW", 1, "");
    wrong_rows.manifest.rows = 11;
    SealedChunk wrong_digest = world.numbered(world.sealed_chunk("b", rows(1, 10)), "RVW", 1, "");
    wrong_digest.manifest.plain_sha256 = std::string(64, 'a');
    SealedChunk bomb = world.numbered(world.sealed_chunk("c", std::string(50'000'000, '\n')), "RVW", 1, "");
    bomb.manifest.plain_bytes = 1000;
    const SealedChunk noise =
        world.numbered(chunk_of("d", "{}\n", std::string(500, 'n'), system_clock().now()), "RVW", 1, "");
    for (const SealedChunk* chunk :
         std::initializer_list<const SealedChunk*>{&wrong_rows, &wrong_digest, &bomb, &noise}) {
        world.announce(rvw, chunk->manifest);
        BOOST_TEST(world.patch(rvw, chunk->manifest, 0, chunk->sealed).status == 200);
    }
    landed();
    for (const SealedChunk* chunk :
         std::initializer_list<const SealedChunk*>{&wrong_rows, &wrong_digest, &bomb, &noise}) {
        const std::optional<LedgerChunk> kept = world.server().ledger().find("RVW", chunk->manifest.id);
        BOOST_TEST((kept->state == StoredState::unopenable));
        BOOST_TEST_MESSAGE(kept->reason);
        BOOST_TEST(!kept->reason.empty());
    }
    const Verification result = verify();
    BOOST_TEST(result.faults.size() == 4U);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world.configuration.landing)) {
        files += entry.is_regular_file() ? 1U : 0U;
    }
    BOOST_TEST(files == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_decryption_key_put_right_lands_what_came_meanwhile, Fixture) {
    const Identity other = p256_identity("another recipient");
    const TemporaryFolder folder;
    world.configuration.encryption_certificate = folder.write("other.pem", other.certificate.to_pem());
    world.configuration.decryption_key = folder.write("other.key", other.key.to_pem());
    world.start();
    Agent agent(world, rvw, clock);
    queue(agent.outbox(), {world.sealed_chunk("admissions", rows(1, 50))});
    BOOST_TEST(agent.deliver().delivered == 1U);
    landed();
    BOOST_TEST(verify().faults.size() == 1U);
    world.stop();
    world.configuration.encryption_certificate = world.pki() / "encryption.pem";
    world.configuration.decryption_key = world.pki() / "encryption.key";
    world.start();
    landed();
    BOOST_TEST(verify().sound());
    BOOST_TEST(verify().landed == 1U);
}

BOOST_FIXTURE_TEST_CASE(verify_finds_what_was_changed_on_the_disk, Fixture) {
    world.start();
    Agent agent(world, rvw, clock);
    queue(agent.outbox(),
          {world.sealed_chunk("admissions", rows(1, 50)), world.sealed_chunk("admissions", rows(2, 50)),
           world.sealed_chunk("admissions", rows(3, 50)), world.sealed_chunk("admissions", rows(4, 50))});
    BOOST_TEST(agent.deliver().delivered == 4U);
    landed();
    std::vector<LedgerChunk> chunks;
    world.server().ledger().for_each([&](const LedgerChunk& chunk) { chunks.push_back(chunk); });
    world.stop();
    BOOST_TEST(verify().sound());
    const auto stored = [&](const LedgerChunk& chunk, const char* ending) {
        return world.configuration.store / "site=RVW" / "stream=admissions" / (chunk.id + ending);
    };
    std::fstream(stored(chunks[0], ".cms"), std::ios::in | std::ios::out | std::ios::binary).seekp(100).put('!');
    std::filesystem::remove(stored(chunks[1], ".cms"));
    std::filesystem::copy_file(stored(chunks[0], ".jws"), stored(chunks[2], ".jws"),
                               std::filesystem::copy_options::overwrite_existing);
    std::ofstream(world.configuration.landing / chunks[3].landed_file, std::ios::app) << "{}\n";
    std::ofstream(stored(chunks[3], ".jws").replace_filename(std::string(32, 'd') + ".cms")) << "stray";
    const std::filesystem::path landed_file = world.configuration.landing / chunks[0].landed_file;
    std::filesystem::copy_file(landed_file, landed_file.parent_path() / "rows put here by hand.ndjson");
    std::filesystem::create_directories(landed_file.parent_path().parent_path() / "date=1999-01-01");
    std::filesystem::copy_file(landed_file,
                               landed_file.parent_path().parent_path() / "date=1999-01-01" / landed_file.filename());
    std::ofstream(landed_file.parent_path() / ".hidden.part") << "passed over";
    const Verification result = verify();
    BOOST_TEST(result.faults.size() == 6U);
    BOOST_TEST(result.strays.size() == 1U);
    const std::filesystem::path file = world.write_configuration(1);
    const World::Run run = world.run_program({"verify", "--config=" + file.string()});
    BOOST_TEST(run.exit_code == 1);
    BOOST_TEST(run.output.find("6 faults") != std::string::npos);
    BOOST_TEST_MESSAGE(run.output);
}

BOOST_FIXTURE_TEST_CASE(the_programs_reports_work_while_the_server_runs, Fixture) {
    world.start();
    Agent agent(world, rvw, clock);
    queue(agent.outbox(), {world.sealed_chunk("admissions", rows(1, 50))});
    agent.deliver();
    landed();
    const std::string option = "--config=" + world.write_configuration(1).string();
    BOOST_TEST(world.run_program({"verify", option}).exit_code == 0);
    BOOST_TEST(world.run_program({"status", option}).output.find("admissions") != std::string::npos);
    BOOST_TEST(world.run_program({"gaps", option}).output == "no gaps: every stream is whole\n");
    if (!on_postgres()) {
        BOOST_TEST(world.run_program({"serve", option}).exit_code != 0);  // the store is held by this process
    }
    BOOST_TEST(world.run_program({"frobnicate"}).exit_code == 2);
    BOOST_TEST(world.run_program({"--help"}).exit_code == 0);
    const std::filesystem::path made = world.path() / "made";
    BOOST_TEST(world.run_program({"init", made.string()}).exit_code == 0);
    BOOST_TEST(world.run_program({"init", made.string()}).exit_code == 3);
    Diagnostics diagnostics;
    read_service_configuration(parse_yaml_file((made / "repository.yaml").string()), made / "repository.yaml",
                               diagnostics);
    BOOST_TEST(!diagnostics.has_errors());
}

BOOST_FIXTURE_TEST_CASE(loopback_delivery_speed, Fixture) {
    world.start();
    Agent agent(world, rvw, clock);
    std::vector<SealedChunk> chunks;
    std::uint64_t bytes = 0;
    for (unsigned chunk = 0; chunk < 24; ++chunk) {
        chunks.push_back(world.sealed_chunk("admissions", rows(chunk, 70'000)));
        bytes += chunks.back().sealed.size();
    }
    queue(agent.outbox(), std::move(chunks));
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(agent.deliver().delivered == 24U);
    const std::chrono::duration<double> acknowledged = std::chrono::steady_clock::now() - begin;
    landed();
    const std::chrono::duration<double> all = std::chrono::steady_clock::now() - begin;
    const double mega = static_cast<double>(bytes) / 1e6;
    BOOST_TEST_MESSAGE(mega << " MB sealed in 24 chunks: acknowledged at " << mega / acknowledged.count()
                            << " MB/s, landed at " << mega / all.count() << " MB/s");
    BOOST_TEST(verify().sound());
}

BOOST_AUTO_TEST_SUITE_END()
