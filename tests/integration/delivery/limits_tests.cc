// What one client may take of the repository: connections, time, bytes a day.
#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>
#include <thread>

#include "agent/keys/digest.h"
#include "agent/keys/jws.h"
#include "service/repository/open_connections.h"
#include "service/repository/service_configuration.h"
#include "service/repository/site_quota.h"
#include "tests/integration/delivery/world.h"

using namespace tributary;
using namespace tributary::testing;

BOOST_AUTO_TEST_SUITE(limits_tests)

namespace {

/// A connection on loopback, both ends.
struct Pair {
    Poco::Net::ServerSocket listener{Poco::Net::SocketAddress("127.0.0.1", 0)};
    Poco::Net::StreamSocket client{listener.address()};
    Poco::Net::StreamSocket served = listener.acceptConnection();

    bool hung_up() {
        char byte = 0;
        served.setReceiveTimeout(Poco::Timespan(0, 20'000));
        try {
            return served.receiveBytes(&byte, 1) == 0;
        } catch (const Poco::TimeoutException&) {
            return false;
        }
    }
};

ConnectionLimits limits() {
    ConnectionLimits limits;
    limits.first_request = std::chrono::seconds(10);
    limits.next_request = std::chrono::seconds(30);
    limits.request = std::chrono::seconds(20);
    limits.slowest = 1000;
    limits.per_site = 2;
    limits.unknown_per_address = 3;
    return limits;
}

struct Fixture {
    World world;
    TestClock clock;
    Site rvw = world.site("RVW");

    Poco::Net::Context::Ptr context(const Site& site) const {
        return new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, site.key_file.string(),
                                      site.certificate_file.string(), (world.pki() / "authority.pem").string(),
                                      Poco::Net::Context::VERIFY_STRICT);
    }
    /// A session that has carried one request and is kept; the status of that.
    std::pair<std::unique_ptr<Poco::Net::HTTPSClientSession>, int> kept(const Site& site) {
        auto session = std::make_unique<Poco::Net::HTTPSClientSession>("localhost", world.port(), context(site));
        session->setKeepAlive(true);
        Poco::Net::HTTPRequest request("PUT", "/v1/sites/" + site.code + "/chunks/" + std::string(32, 'a'),
                                       Poco::Net::HTTPMessage::HTTP_1_1);
        request.setKeepAlive(true);
        request.setContentLength(0);
        session->sendRequest(request).flush();
        Poco::Net::HTTPResponse response;
        std::istream& body = session->receiveResponse(response);
        body.ignore(100'000);
        return {std::move(session), response.getStatus()};
    }
    /// Sends `text` byte after byte until the other side has had enough; whether it had, within half a minute.
    template <typename Socket>
    static bool is_cut(Socket& socket, const std::string& text) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        try {
            for (std::size_t at = 0; std::chrono::steady_clock::now() < until; at = (at + 1) % text.size()) {
                socket.sendBytes(text.data() + at, 1);
                if (socket.poll(Poco::Timespan(0, 100'000), Poco::Net::Socket::SELECT_READ)) {
                    char answer[1024];
                    if (socket.receiveBytes(answer, sizeof answer) <= 0) {
                        return true;
                    }
                }
            }
        } catch (const Poco::Exception&) {
            return true;
        }
        return false;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_connection_that_is_overdue_is_hung_up) {
    TestClock clock;
    OpenConnections connections(limits(), clock);
    Pair pair;
    const OpenConnections::Guard guard(connections, pair.served);
    BOOST_TEST(guard.admitted());
    clock.pass(std::chrono::milliseconds(9'999));
    BOOST_TEST(connections.hang_up_overdue() == 0U);
    {
        const OpenConnections::Request request(connections, pair.served, "RVW", 5'000);  // 20 s and 5 s
        clock.pass(std::chrono::milliseconds(24'999));
        BOOST_TEST(connections.hang_up_overdue() == 0U);
    }
    clock.pass(std::chrono::milliseconds(29'999));
    BOOST_TEST(connections.hang_up_overdue() == 0U);
    BOOST_TEST(!pair.hung_up());
    clock.pass(std::chrono::milliseconds(1));
    BOOST_TEST(connections.hang_up_overdue() == 1U);
    BOOST_TEST(pair.hung_up());
}

BOOST_AUTO_TEST_CASE(a_body_that_comes_too_slowly_is_hung_up) {
    TestClock clock;
    OpenConnections connections(limits(), clock);
    Pair pair;
    const OpenConnections::Guard guard(connections, pair.served);
    const OpenConnections::Request request(connections, pair.served, "RVW", 5'000);
    clock.pass(std::chrono::seconds(25));
    BOOST_TEST(connections.hang_up_overdue() == 1U);
    BOOST_TEST(pair.hung_up());
}

BOOST_AUTO_TEST_CASE(an_address_that_nobody_knows_has_only_so_many_and_one_that_is_known_makes_room) {
    TestClock clock;
    OpenConnections connections(limits(), clock);
    std::vector<std::unique_ptr<Pair>> pairs;
    std::vector<std::unique_ptr<OpenConnections::Guard>> guards;
    const auto connect = [&] {
        pairs.push_back(std::make_unique<Pair>());
        guards.push_back(std::make_unique<OpenConnections::Guard>(connections, pairs.back()->served));
        return guards.back()->admitted();
    };
    BOOST_TEST((connect() && connect() && connect()));
    BOOST_TEST(!connect());
    const OpenConnections::Request known(connections, pairs[0]->served, "RVW", 0);
    BOOST_TEST(connect());
    BOOST_TEST(!connect());
    guards[1].reset();
    BOOST_TEST(connect());
    // Of a site, too, there are only so many.
    const OpenConnections::Request second(connections, pairs[2]->served, "RVW", 0);
    BOOST_TEST(second.admitted());
    const OpenConnections::Request third(connections, pairs[4]->served, "RVW", 0);
    BOOST_TEST(!third.admitted());
    const OpenConnections::Request other(connections, pairs[4]->served, "RXF", 0);
    BOOST_TEST(other.admitted());
    const OpenConnections::Request again(connections, pairs[2]->served, "RVW", 0);
    BOOST_TEST(again.admitted());
}

BOOST_FIXTURE_TEST_CASE(who_sends_byte_after_byte_keeps_no_connection, Fixture) {
    world.configuration.timeout = std::chrono::seconds(3);
    world.start();
    {
        Poco::Net::StreamSocket plain(Poco::Net::SocketAddress("127.0.0.1", world.port()));
        BOOST_TEST(is_cut(plain, std::string("\x16\x03\x01\x3f\xff", 5) + std::string(1000, '\x01')), "within TLS");
    }
    Poco::Net::SecureStreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", world.port()), "localhost",
                                         context(rvw));
    BOOST_TEST(is_cut(socket, "PUT /v1/sites/RVW/chunks/aaaa HTTP/1.1\r\nX: " + std::string(1000, 'x')), "in a header");
    BOOST_TEST(kept(rvw).second == 400);  // there is room for others
}

BOOST_FIXTURE_TEST_CASE(a_site_has_only_so_many_connections_and_another_is_served, Fixture) {
    world.configuration.connections_per_site = 2;
    world.start();
    auto first = kept(rvw);
    const auto second = kept(rvw);
    BOOST_TEST(first.second == 400);
    BOOST_TEST(second.second == 400);
    BOOST_TEST(kept(rvw).second == 429);
    BOOST_TEST(kept(world.site("RX1")).second == 400);
    first.first.reset();
    int status = 0;
    for (int attempt = 0; status != 400 && attempt < 100; ++attempt) {  // the server has to see that it is gone
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        status = kept(rvw).second;
    }
    BOOST_TEST(status == 400);
}

BOOST_FIXTURE_TEST_CASE(beyond_its_quota_a_site_waits_and_loses_nothing, Fixture) {
    world.configuration.limits.bytes_a_day = 25'000;
    world.start();
    Agent agent(world, rvw, clock);
    for (unsigned seed = 1; seed <= 4; ++seed) {
        queue(agent.outbox(), {world.sealed_chunk("admissions", rows(seed, 500))});
    }
    const auto size = agent.outbox().list(1).at(0).sealed_bytes;
    const auto fit = 25'000 / size;
    BOOST_TEST_REQUIRE(fit >= 1U);
    BOOST_TEST_REQUIRE(fit < 4U);
    BOOST_TEST(agent.deliver().delivered == fit);
    const auto waiting = agent.outbox().list(10);
    BOOST_TEST(waiting.size() == 4U - fit);
    BOOST_TEST(waiting.at(0).last_error.find("within 24 hours") != std::string::npos);
    BOOST_TEST((waiting.at(0).state == ChunkState::queued));
    BOOST_TEST((*agent.courier().next_attempt() - clock.now() >= std::chrono::seconds(900)));
    Agent other(world, world.site("RX1"), clock);
    queue(other.outbox(), {world.sealed_chunk("admissions", rows(9, 500))});
    BOOST_TEST(other.deliver().delivered == 1U);
    // It is not forgotten when the repository starts anew.
    world.stop();
    world.start();
    const auto chunk = world.numbered(world.sealed_chunk("visits", rows(5, 500)), "RVW", 1, "");
    const auto refused = world.announce(rvw, chunk.manifest);
    BOOST_TEST(refused.status == 429);
    BOOST_TEST(refused.headers.at("retry-after") == "900");
    world.stop();
    world.configuration.limits.bytes_a_day = 1'000'000;
    world.start();
    BOOST_TEST(world.announce(rvw, chunk.manifest).status == 202);
}

BOOST_FIXTURE_TEST_CASE(metrics_tell_what_was_stored_and_how_the_ledger_stands, Fixture) {
    world.configuration.metrics = ListenAddress{"127.0.0.1", 0};
    auto& server = world.start();
    const auto get = [&](const std::string& method, const std::string& path) {
        Poco::Net::HTTPClientSession session("127.0.0.1", server.metrics_port());
        Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
        session.sendRequest(request);
        Poco::Net::HTTPResponse response;
        std::istream& stream = session.receiveResponse(response);
        std::string body{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        return std::make_pair(static_cast<int>(response.getStatus()), body);
    };
    // A request is counted once it is answered, which its client may know a little earlier.
    const auto has = [&](const std::string& line) {
        for (int look = 0; look < 100; ++look) {
            if (get("GET", "/metrics").second.find("\n" + line + "\n") != std::string::npos) {
                return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return false;
    };
    BOOST_TEST(has("tributary_repository_gaps 0"));
    BOOST_TEST(has("tributary_repository_open_connections 0"));
    Agent agent(world, rvw, clock);
    const auto chunk = world.sealed_chunk("admissions", rows(1, 50));
    queue(agent.outbox(), {chunk});
    BOOST_TEST(agent.deliver().delivered == 1U);
    BOOST_TEST(has("tributary_repository_stored_chunks_total{site=\"RVW\",stream=\"admissions\"} 1"));
    BOOST_TEST(has("tributary_repository_stored_rows_total{site=\"RVW\",stream=\"admissions\"} 50"));
    BOOST_TEST(has("tributary_repository_stored_bytes_total{site=\"RVW\",stream=\"admissions\"} " +
                   std::to_string(chunk.manifest.sealed_bytes)));
    BOOST_TEST(has("tributary_repository_requests_total{status=\"200\"} 2"));  // of the chunk and of the run
    BOOST_TEST(has("tributary_repository_open_connections 1"));
    BOOST_TEST(has("tributary_repository_runs_not_whole 0"));
    const auto late = world.numbered(world.sealed_chunk("visits", rows(2, 5)), "RVW", 2, std::string(64, 'a'));
    world.announce(rvw, late.manifest);
    BOOST_TEST(world.patch(rvw, late.manifest, 0, late.sealed).status == 200);
    BOOST_TEST(has("tributary_repository_gaps 1"));
    BOOST_TEST(has("tributary_repository_runs_not_whole 1"));
    BOOST_TEST(has("tributary_repository_runs_late 0"));
    BOOST_TEST(get("GET", "/").first == 404);
    BOOST_TEST(get("POST", "/metrics").first == 405);
}

BOOST_FIXTURE_TEST_CASE(metrics_are_for_this_computer_alone, Fixture) {
    const auto file = world.write_configuration(1);
    const auto fault_of = [&](const std::string& metrics) {
        std::ofstream(file, std::ios::app) << "metrics: \"" << metrics << "\"\n";
        Diagnostics diagnostics;
        read_service_configuration(parse_yaml_file(file.string()), file, diagnostics);
        world.write_configuration(1);
        return diagnostics.all().empty() ? "" : to_string(diagnostics.all().front());
    };
    BOOST_TEST(fault_of("127.0.0.1:9464").empty());
    BOOST_TEST(fault_of("0.0.0.0:9464").find("must be of this computer") != std::string::npos);
    BOOST_TEST(fault_of("127.0.0.1").find("ADDRESS:PORT") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_port_is_one_servers_alone, Fixture) {
    world.configuration.metrics = ListenAddress{"127.0.0.1", 0};
    world.start();
    auto configuration = world.configuration;
    configuration.store = world.path() / "other-store";
    configuration.landing = world.path() / "other-landing";
    configuration.ledger = world.path() / "other-ledger.sqlite";
    LogConfiguration silent;
    silent.target = LogConfiguration::Target::none;
    Log log(silent);
    const auto refused = [&] {
        RepositoryServer second(configuration, system_files(), system_clock(), log);
        BOOST_CHECK_EXCEPTION(second.start(), Error, [](const Error& error) {
            return error.code() == ErrorCode::network &&
                   std::string(error.what()).find("cannot listen on 127.0.0.1:") != std::string::npos;
        });
    };
    configuration.port = world.port();
    refused();
    configuration.port = 0;
    configuration.metrics->port = world.server().metrics_port();
    refused();
}

BOOST_FIXTURE_TEST_CASE(a_ledger_is_a_file_or_a_url_of_postgresql, Fixture) {
    const auto file = world.path() / "ledger.yaml";
    std::string fault;
    const auto ledger_of = [&](const std::string& text) {
        std::ofstream(file) << "ledger: \"" << text << "\"\n";
        Diagnostics diagnostics;
        // As when the program is given a name alone, in the folder that it runs in.
        const auto ledger =
            read_service_configuration(parse_yaml_file(file.string()), "ledger.yaml", diagnostics).ledger;
        fault.clear();
        for (const auto& each : diagnostics.all()) {
            const auto said = to_string(each);
            fault += said.find("ledger.yaml:1:9: ") == std::string::npos ? "" : said;
        }
        return ledger;
    };
    BOOST_TEST(ledger_of("books/ledger.sqlite").file == "books/ledger.sqlite");
    BOOST_TEST(fault == "");
    const auto database = ledger_of("postgresql://tributary@localhost/ledger");
    BOOST_TEST(fault == "");
    BOOST_TEST(database.is_shared());
    BOOST_TEST(database.folder.is_absolute());
    ledger_of("postgresql://tributary:secret@localhost/ledger");
    BOOST_TEST(fault.find("must not hold the password") != std::string::npos, fault);
    BOOST_TEST(fault.find("secret") == std::string::npos);
    ledger_of("mysql://tributary@localhost/ledger");
    BOOST_TEST(fault.find("begins with postgresql://") != std::string::npos, fault);
}

BOOST_FIXTURE_TEST_CASE(a_quota_is_of_the_last_day, Fixture) {
    Ledger ledger(world.path() / "own-ledger.sqlite", LedgerAccess::write);
    SiteQuota quota(ledger, 100, clock);
    BOOST_TEST(quota.allows("RVW", 100));
    BOOST_TEST(!quota.allows("RVW", 101));
    quota.add("RVW", 60);
    clock.pass(std::chrono::hours(12));
    quota.add("RVW", 30);
    BOOST_TEST(quota.allows("RVW", 10));
    BOOST_TEST(!quota.allows("RVW", 11));
    BOOST_TEST(quota.allows("RX1", 100));
    clock.pass(std::chrono::hours(12));
    BOOST_TEST(quota.allows("RVW", 70));
    BOOST_TEST(!quota.allows("RVW", 71));
    clock.set(-std::chrono::hours(24));
    BOOST_TEST(quota.allows("RVW", 100));
}

BOOST_AUTO_TEST_SUITE_END()
