// Manifests of runs that are over, over real TLS.
#include <boost/test/unit_test.hpp>

#include "agent/keys/digest.h"
#include "agent/keys/jws.h"
#include "agent/outbox/database.h"
#include "agent/platform/file.h"
#include "tests/integration/delivery/test_ledger.h"
#include "tests/integration/delivery/world.h"

using namespace tributary;
using namespace tributary::testing;

BOOST_AUTO_TEST_SUITE(run_tests)

namespace {

const std::map<std::string, std::string> jose{{"Content-Type", "application/jose"}};

struct Fixture {
    World world;
    TestClock clock;
    Site rvw = world.site("RVW");

    Ledger& ledger() { return world.server().ledger(); }
    static RunManifest manifest() {
        RunManifest run;
        run.id = random_hex(16);
        run.site = "RVW";
        run.source = "pas";
        run.streams = {{"admissions", "", 1, 2, 20, std::string(64, 'a')}};
        return run;
    }
    RawAnswer put(const Site& as, const RunManifest& run, const std::string& path, const PrivateKey& key) {
        return world.request(as, "PUT", path, jose, sign_jws(run_manifest_text(run), key));
    }
    RawAnswer put(const RunManifest& run) { return put(rvw, run, path_of(run), rvw.key); }
    static std::string path_of(const RunManifest& run) { return "/v1/sites/" + run.site + "/runs/" + run.id; }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_repository_knows_when_a_run_is_whole, Fixture) {
    world.start();
    Agent agent(world, rvw, clock);
    queue(agent.outbox(), {world.sealed_chunk("admissions", rows(1, 40)), world.sealed_chunk("admissions", rows(2, 40)),
                           world.sealed_chunk("patients", rows(3, 10))});
    agent.deliver();
    const auto runs = ledger().runs(true, 10);
    BOOST_TEST_REQUIRE(runs.size() == 2U);
    for (const auto& run : runs) {
        BOOST_TEST((run.state == RunProgress::State::whole));
        BOOST_TEST(run.chunks == (run.stream == "admissions" ? 2U : 1U));
        BOOST_TEST(run.rows == (run.stream == "admissions" ? 80U : 10U));
        BOOST_TEST(run.source == "hospital");
    }
    BOOST_TEST(agent.outbox().totals().queued_runs == 0U);
    world.stop();
    const std::string option = "--config=" + world.write_configuration(1).string();
    const auto verified = world.run_program({"verify", option});
    BOOST_TEST(verified.exit_code == 0, verified.output);
    BOOST_TEST(verified.output.find(" 1 run manifests") != std::string::npos, verified.output);
    BOOST_TEST(world.run_program({"runs", option}).output == "every run that has arrived is whole\n");
    BOOST_TEST(world.run_program({"runs", "--all", option}).output.find("2/2") != std::string::npos);
    change_ledger(world.configuration.ledger, "UPDATE runs SET jws = replace(jws, '.', '..')");
    BOOST_TEST(world.run_program({"verify", option}).exit_code == 1);
}

BOOST_FIXTURE_TEST_CASE(the_same_manifest_again_has_the_same_receipt_and_another_is_a_conflict, Fixture) {
    world.start();
    auto run = manifest();
    const auto first = put(run);
    BOOST_TEST(first.status == 200);
    const auto receipt = verify_run_receipt(first.body, world.signing_certificate());
    BOOST_TEST(receipt.run == run.id);
    BOOST_TEST(receipt.manifest_sha256 == to_hex(sha256(run_manifest_text(run))));
    BOOST_TEST(put(run).body == first.body);
    run.rejected = 1;
    BOOST_TEST(put(run).status == 409);
    BOOST_TEST((ledger().runs(false, 10).at(0).state == RunProgress::State::incomplete));
    world.stop();
    BOOST_TEST(world.run_program({"runs", "--config=" + world.write_configuration(1).string()}).output.find("0/2") !=
               std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(nobody_closes_the_run_of_another_and_nothing_is_taken_that_is_not_signed, Fixture) {
    world.configuration.sites = world.path() / "sites.yaml";
    write_file_durably(system_files(), world.configuration.sites, "sites:\n  RVW: [admissions]\n  RX1: [admissions]\n");
    const Site rx1 = world.site("RX1");
    world.start();
    const auto run = manifest();
    const auto text = run_manifest_text(run);
    BOOST_TEST(put(rx1, run, path_of(run), rx1.key).status == 403);
    auto own_path = run;
    own_path.site = "RX1";
    BOOST_TEST(put(rx1, run, path_of(own_path), rx1.key).status == 403);
    BOOST_TEST(put(rvw, run, path_of(run), rx1.key).status == 401);
    BOOST_TEST(world.request(rvw, "PUT", path_of(run), jose, text).status == 401);
    BOOST_TEST(put(rvw, run, path_of(manifest()), rvw.key).status == 400);
    BOOST_TEST(world.request(rvw, "PUT", path_of(run), jose, sign_jws("{}", rvw.key)).status == 400);
    BOOST_TEST(world.request(rvw, "PUT", path_of(run), {{"Content-Type", "text/plain"}}, "x").status == 400);
    BOOST_TEST(world.request(rvw, "PATCH", path_of(run), jose, "x").status == 405);
    BOOST_TEST(world.request(rvw, "GET", path_of(run), {}, "").status == 405);
    BOOST_TEST(world.request(rvw, "PUT", path_of(run) + "/..", jose, "x").status == 400);
    BOOST_TEST(world.request(rvw, "PUT", path_of(run), jose, std::string(300'000, 'x')).status == 413);
    // The manifest of a chunk is none of a run, nor the other way round, though the site has signed both.
    const auto chunk = world.numbered(world.sealed_chunk("admissions", rows(1, 10)), "RVW", 1, "").manifest;
    const auto signed_chunk = sign_jws(manifest_text(chunk), rvw.key);
    BOOST_TEST(world.request(rvw, "PUT", "/v1/sites/RVW/runs/" + chunk.id, jose, signed_chunk).status == 400);
    BOOST_TEST(world.request(rvw, "PUT", "/v1/sites/RVW/chunks/" + run.id, jose, sign_jws(text, rvw.key)).status ==
               400);
    auto other_stream = run;
    other_stream.streams.push_back({"patients", "", 1, 1, 1, std::string(64, 'a')});
    BOOST_TEST(put(other_stream).status == 403);
    BOOST_TEST(ledger().runs(true, 10).empty());
    BOOST_TEST(!ledger().find_run("RVW", run.id).has_value());
    BOOST_TEST(put(run).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
