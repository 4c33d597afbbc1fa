#include <Poco/Net/ServerSocket.h>

#include <boost/test/unit_test.hpp>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "tests/integration/delivery/certificates.h"
#include "tests/integration/delivery/odd_server.h"
#include "tests/integration/delivery/world.h"

using namespace tributary;
using namespace tributary::testing;

// Whatever the other side is, the chunk stays queued and the cause is said.
BOOST_AUTO_TEST_SUITE(connection_tests)

namespace {

struct Fixture {
    World world;
    TestClock clock;
    Site rvw = world.site("RVW");
    TemporaryFolder folder;

    /// What an agent that wants to deliver one chunk to `url` says.
    std::string fault_at(const std::string& url, ErrorCode expected, Site* as = nullptr,
                         std::chrono::seconds patience = std::chrono::seconds(20)) {
        HttpsTransportConfiguration configuration = world.transport_configuration(as == nullptr ? rvw : *as);
        configuration.url = url;
        configuration.answer_timeout = patience;
        HttpsTransport transport(configuration, clock);
        try {
            const Answer answer = transport.announce(std::string(32, 'a'), "a.b.c");
            BOOST_ERROR("answered: " + answer.message);
        } catch (const Error& error) {
            BOOST_TEST_MESSAGE(error.what());
            BOOST_TEST((error.code() == expected));
            return error.what();
        }
        return "";
    }

    Answer answer_at(const std::string& url) {
        HttpsTransportConfiguration configuration = world.transport_configuration(rvw);
        configuration.url = url;
        HttpsTransport transport(configuration, clock);
        const Answer answer = transport.announce(std::string(32, 'a'), "a.b.c");
        BOOST_TEST_MESSAGE(answer.message);
        return answer;
    }

    Identity server_like(CertificateWish wish) {
        wish.extended_usage = "serverAuth";
        return issue(world.pki(), wish);
    }

    Site site_like(const CertificateWish& wish) {
        Identity identity = issue(world.pki(), wish);
        const std::string name = random_hex(4);
        return {"RVW", folder.write(name + ".pem", identity.certificate.to_pem()),
                folder.write(name + ".key", identity.key.to_pem()), identity.key, identity.certificate};
    }
};

bool has(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

constexpr auto hour = std::chrono::hours(1);

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_expired_server_certificate_is_named, Fixture) {
    const OddServer server(folder, server_like({"localhost", "DNS:localhost", "", -2 * hour, -hour}), answers(""));
    BOOST_TEST(has(fault_at(server.url(), ErrorCode::key), "has expired"));
}

BOOST_FIXTURE_TEST_CASE(a_server_certificate_of_the_future_asks_for_the_clock, Fixture) {
    const OddServer server(folder, server_like({"localhost", "DNS:localhost", "", hour, 2 * hour}), answers(""));
    BOOST_TEST(has(fault_at(server.url(), ErrorCode::key), "is this computer's clock right?"));
}

BOOST_FIXTURE_TEST_CASE(a_certificate_for_another_host_is_named, Fixture) {
    const OddServer other(folder, server_like({"localhost", "DNS:elsewhere.example"}), answers(""));
    BOOST_TEST(has(fault_at(other.url(), ErrorCode::key), "not for the host localhost"));
    const OddServer by_common_name(folder, server_like({"localhost", ""}), answers(""));
    BOOST_TEST(has(fault_at(by_common_name.url(), ErrorCode::key), "not for the host localhost"));
}

BOOST_FIXTURE_TEST_CASE(an_unknown_authority_is_named, Fixture) {
    const OddServer server(folder, p256_identity("localhost"), answers(""));
    BOOST_TEST(has(fault_at(server.url(), ErrorCode::key), "unknown authority"));
}

BOOST_FIXTURE_TEST_CASE(a_sites_certificate_is_no_servers_certificate, Fixture) {
    const OddServer server(folder, issue(world.pki(), {"localhost", "DNS:localhost", "clientAuth"}), answers(""));
    fault_at(server.url(), ErrorCode::key);
}

BOOST_FIXTURE_TEST_CASE(a_server_without_tls_is_named, Fixture) {
    const OddServer server([](Poco::Net::StreamSocket& connection) {
        const std::string text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        connection.sendBytes(text.data(), static_cast<int>(text.size()));
    });
    BOOST_TEST(has(fault_at(server.url(), ErrorCode::key), "does not speak TLS"));
}

BOOST_FIXTURE_TEST_CASE(a_repository_that_is_down_is_named, Fixture) {
    std::uint16_t port = 0;
    {
        const Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0));
        port = socket.address().port();
    }
    BOOST_TEST(has(fault_at("https://localhost:" + std::to_string(port), ErrorCode::network), "connection refused"));
}

BOOST_FIXTURE_TEST_CASE(a_name_without_an_address_is_named, Fixture) {
    BOOST_TEST(has(fault_at("https://repository.invalid:8443", ErrorCode::network), "repository.invalid"));
}

BOOST_FIXTURE_TEST_CASE(a_repository_that_keeps_silent_is_given_up, Fixture) {
    const OddServer server(
        folder, server_like({"localhost", "DNS:localhost"}), [](Poco::Net::StreamSocket& connection) {
            char byte = 0;
            while (connection.receiveBytes(&byte, 1) > 0) {  // reads, never answers; ends when the client goes
            }
        });
    BOOST_TEST(has(fault_at(server.url(), ErrorCode::network, nullptr, std::chrono::seconds(1)), "no answer in time"));
}

BOOST_FIXTURE_TEST_CASE(answers_that_are_no_http_keep_the_chunk, Fixture) {
    const Identity identity = server_like({"localhost", "DNS:localhost"});
    for (const std::string& bytes :
         {std::string("SSH-2.0-OpenSSH_9\r\n\r\n"), std::string(""), std::string(2000, '\0'),
          std::string("HTTP/1.1 200 OK\r\nContent-Type: application/jose\r\nContent-Length: 99\r\n\r\ncut"),
          "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"}) {
        const OddServer server(folder, identity, answers(bytes));
        BOOST_TEST_CONTEXT(bytes.substr(0, 20)) {
            fault_at(server.url(), ErrorCode::network);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(an_answer_without_end_is_not_read_to_the_end, Fixture) {
    const OddServer server(
        folder, server_like({"localhost", "DNS:localhost"}),
        answers("HTTP/1.1 200 OK\r\nContent-Type: application/jose\r\n\r\n" + std::string(2'000'000, 'x')));
    BOOST_TEST(has(fault_at(server.url(), ErrorCode::network), "256 KiB"));
}

BOOST_FIXTURE_TEST_CASE(http_answers_of_others_keep_the_chunk, Fixture) {
    const Identity identity = server_like({"localhost", "DNS:localhost"});
    for (const std::string& head :
         {std::string("200 OK\r\nContent-Type: text/html"), std::string("302 Found\r\nLocation: https://evil.example/"),
          std::string("404 Not Found\r\nContent-Type: text/html"),
          std::string("403 Forbidden\r\nContent-Type: text/html"), std::string("204 No Content"),
          std::string("202 Accepted\r\nUpload-Offset: lots"), std::string("299 Whatever")}) {
        const OddServer server(folder, identity, answers("HTTP/1.1 " + head + "\r\nContent-Length: 0\r\n\r\n"));
        BOOST_TEST_CONTEXT(head) {
            BOOST_TEST((answer_at(server.url()).kind == Answer::Kind::later));
            BOOST_TEST(server.connections() == 1);  // no redirection is followed
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_receipt_by_someone_with_a_good_server_certificate_is_no_delivery, Fixture) {
    const Receipt forged{std::string(32, 'a'), "RVW", "admissions", 1, std::string(64, '0'), clock.now()};
    const std::string jws = sign_receipt(forged, PrivateKey::create());
    const OddServer server(folder, server_like({"localhost", "DNS:localhost"}),
                           answers("HTTP/1.1 200 OK\r\nContent-Type: application/jose\r\nContent-Length: " +
                                   std::to_string(jws.size()) + "\r\n\r\n" + jws));
    Log log(silence());
    Outbox outbox(world.path() / "queue.db", "RVW", clock);
    queue(outbox, {world.sealed_chunk("admissions", rows(1, 5))});
    HttpsTransportConfiguration configuration = world.transport_configuration(rvw);
    configuration.url = server.url();
    HttpsTransport transport(configuration, clock);
    Courier courier(outbox, {&transport}, rvw.key, world.signing_certificate(), {"RVW"}, clock, log);
    const DeliveryRound round = courier.deliver([] { return false; });
    BOOST_TEST(round.delivered == 0U);
    BOOST_TEST(has(round.last_error, "wrong receipt"));
    BOOST_TEST(outbox.totals().queued_chunks == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_client_certificate_of_another_site_stores_nothing_and_keeps_the_queue, Fixture) {
    world.start();
    Site rx1 = world.site("RX1");
    rx1.code = "RVW";  // the agent is configured as RVW with RX1's certificate
    Agent agent(world, rx1, clock);
    queue(agent.outbox(), {world.sealed_chunk("admissions", rows(1, 5))});
    const DeliveryRound round = agent.deliver();
    BOOST_TEST(round.delivered == 0U);
    BOOST_TEST(has(round.last_error, "HTTP 403"));
    BOOST_TEST(agent.outbox().totals().queued_chunks == 1U);
    BOOST_TEST(agent.outbox().totals().quarantined_chunks == 0U);
}

BOOST_FIXTURE_TEST_CASE(client_certificates_that_are_not_good_are_refused_in_the_handshake, Fixture) {
    world.start();
    Site expired = site_like({"RVW", "", "clientAuth", -2 * hour, -hour});
    BOOST_TEST(has(fault_at(world.url(), ErrorCode::key, &expired),
                   "our certificate was refused by the repository: it has expired"));
    Site server_use = site_like({"RVW", "", "serverAuth"});
    BOOST_TEST(has(fault_at(world.url(), ErrorCode::key, &server_use), "our certificate was refused"));
    Identity self = p256_identity("RVW");
    Site stranger{"RVW", folder.write("s.pem", self.certificate.to_pem()), folder.write("s.key", self.key.to_pem()),
                  self.key, self.certificate};
    BOOST_TEST(has(fault_at(world.url(), ErrorCode::key, &stranger), "our certificate was refused"));
}

BOOST_FIXTURE_TEST_CASE(a_certificate_that_names_no_site_is_refused, Fixture) {
    world.start();
    const Site nobody = site_like({"somebody", "", "clientAuth"});
    const RawAnswer answer = world.request(nobody, "PUT", "/v1/sites/RVW/chunks/" + std::string(32, 'a'), {}, "x");
    BOOST_TEST(answer.status == 403);
}

BOOST_FIXTURE_TEST_CASE(a_kept_connection_that_died_is_opened_anew, Fixture) {
    world.start();
    Agent agent(world, rvw, clock);
    queue(agent.outbox(), {world.sealed_chunk("admissions", rows(1, 5)), world.sealed_chunk("admissions", rows(2, 5))});
    int delivered = 0;
    agent.courier().deliver([&] { return delivered == 1; }, [&](const QueuedChunk&) { ++delivered; });
    world.configuration.port = world.port();
    world.stop();
    world.start();
    BOOST_TEST(agent.deliver().delivered == 1U);
    BOOST_TEST(agent.outbox().totals().queued_chunks == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
