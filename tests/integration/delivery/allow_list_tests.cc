#include <boost/test/unit_test.hpp>

#include "agent/config/diagnostic.h"
#include "agent/platform/error.h"
#include "service/repository/allow_list.h"
#include "service/repository/lander.h"
#include "tests/integration/delivery/world.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct Fixture {
    World world;
    TestClock clock;
    std::filesystem::path file = world.path() / "sites.yaml";
    int written = 0;

    /// Another length each time, so that the change shows however coarse the disk's clock is.
    void allow(const std::string& text) {
        write_file_durably(system_files(), file,
                           text + "\n# " + std::string(static_cast<std::size_t>(++written), 'x') + "\n");
    }
    std::string fault_of(const std::string& text) {
        allow(text);
        try {
            AllowList(system_files(), file);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    }
};

void queue_rows(Agent& agent, const World& world, const std::string& stream, unsigned seed) {
    queue(agent.outbox(), {world.sealed_chunk(stream, rows(seed, 10))});
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(allow_list_tests, Fixture)

BOOST_AUTO_TEST_CASE(without_a_file_everybody_with_a_certificate_may_deliver) {
    AllowList list(system_files(), {});
    BOOST_TEST(list.why_not("RVW", "admissions").empty());
}

BOOST_AUTO_TEST_CASE(sites_and_streams_that_it_names_may_deliver_and_no_others) {
    allow("sites:\n  RVW: [admissions, patients]\n  RXF: all\n  RXX: []");
    AllowList list(system_files(), file);
    BOOST_TEST(list.why_not("RVW", "patients").empty());
    BOOST_TEST(list.why_not("RXF", "anything").empty());
    BOOST_TEST(list.why_not("RVW", "letters").find("may not deliver a stream letters") != std::string::npos);
    BOOST_TEST(list.why_not("RXX", "admissions").find("may not deliver") != std::string::npos);
    BOOST_TEST(list.why_not("RAE", "admissions").find("RAE is not among those") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(wrong_lists_are_errors_with_their_place) {
    for (const auto* text : {"", "sites: all", "sites: {rvw: all}", "sites: {RVW: [Admissions]}",
                             "sites: {RVW: {a: b}}", "site: {RVW: all}", "sites: {RVW: all}\nmore: 1"}) {
        BOOST_TEST(fault_of(text).find("sites.yaml:") != std::string::npos, text << ": " << fault_of(text));
    }
    std::filesystem::remove(file);
    BOOST_CHECK_THROW(AllowList(system_files(), file), Error);
}

BOOST_AUTO_TEST_CASE(a_site_is_shut_out_at_once_and_its_chunks_wait) {
    world.configuration.sites = file;
    allow("sites: {RVW: [admissions, patients]}");
    world.start();
    Agent agent(world, world.site("RVW"), clock);
    queue_rows(agent, world, "admissions", 1);
    BOOST_TEST(agent.deliver().delivered == 1U);

    allow("sites: {RXF: all}");
    queue_rows(agent, world, "admissions", 2);
    BOOST_TEST(agent.deliver().delivered == 0U);
    const auto waiting = agent.outbox().list(10);
    BOOST_REQUIRE(waiting.size() == 1U);
    BOOST_TEST((waiting[0].state == ChunkState::queued));
    BOOST_TEST(waiting[0].last_error.find("not among those that may deliver here") != std::string::npos);

    allow("sites: {RVW: all}");
    agent.wait();
    BOOST_TEST(agent.deliver().delivered == 1U);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_not_taken_holds_up_no_other) {
    world.configuration.sites = file;
    allow("sites: {RVW: [patients]}");
    world.start();
    Agent agent(world, world.site("RVW"), clock);
    queue_rows(agent, world, "admissions", 1);
    queue_rows(agent, world, "patients", 2);
    BOOST_TEST(agent.deliver().delivered == 1U);
    BOOST_TEST(agent.outbox().list(10).at(0).stream == "admissions");
}

BOOST_AUTO_TEST_CASE(while_the_list_is_unusable_nobody_may_deliver_and_nothing_is_lost) {
    world.configuration.sites = file;
    allow("sites: {RVW: all}");
    world.start();
    Agent agent(world, world.site("RVW"), clock);
    queue_rows(agent, world, "admissions", 1);
    for (const auto* text : {"sites: {RVW: som", "sites: {RVW: [A]}"}) {
        allow(text);
        BOOST_TEST(agent.deliver().delivered == 0U);
        agent.wait();
    }
    std::filesystem::remove(file);
    BOOST_TEST(agent.deliver().delivered == 0U);
    BOOST_TEST((agent.outbox().list(10).at(0).state == ChunkState::queued));
    BOOST_TEST(world.log_text().find("sites.yaml") != std::string::npos);
    allow("sites: {RVW: all}");
    agent.wait();
    BOOST_TEST(agent.deliver().delivered == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
