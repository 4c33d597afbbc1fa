// EST (RFC 7030) against the real repository: first certificates, renewal, and shutting out.
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPBasicCredentials.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <functional>
#include <future>
#include <optional>
#include <set>

#include "agent/keys/digest.h"
#include "agent/keys/est_message.h"
#include "agent/platform/error.h"
#include "service/repository/enrolment.h"
#include "tests/integration/delivery/certificates.h"
#include "tests/integration/delivery/world.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr const char* secret = "00112233445566778899aabbccddeeff";
constexpr const char* est = "/.well-known/est/";

struct EstRequest {
    std::string method = "POST";
    std::string path;
    std::string body;
    std::string content_type = "application/pkcs10";
    std::string user{};  ///< empty: no Authorization
    std::string password{};
};

struct Fixture {
    Fixture() {
        auto& enrolment = world.configuration.enrolment.emplace();
        enrolment.listen.host = "127.0.0.1";
        enrolment.certificate = world.pki() / "authority.pem";
        enrolment.private_key = world.pki() / "authority.key";
        world.start();
        add_token("RVW", secret);
    }

    World world;
    PrivateKey key = PrivateKey::create();

    void add_token(const std::string& site, const std::string& text, std::chrono::hours lasts = std::chrono::hours(1)) {
        const auto now = system_clock().now();
        world.server().ledger().add_token({to_hex(sha256(text)), site, now + lasts, ""}, now - std::chrono::hours(100));
    }

    RawAnswer ask(const EstRequest& wish, const Site* site = nullptr) {
        const Poco::Net::Context::Ptr context(
            new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, site != nullptr ? site->key_file.string() : "",
                                   site != nullptr ? site->certificate_file.string() : "",
                                   (world.pki() / "authority.pem").string(), Poco::Net::Context::VERIFY_STRICT));
        Poco::Net::HTTPSClientSession session("localhost", world.server().enrolment_port(), context);
        session.setTimeout(Poco::Timespan(30, 0));
        Poco::Net::HTTPRequest request(wish.method, wish.path, Poco::Net::HTTPMessage::HTTP_1_1);
        request.setContentType(wish.content_type);
        request.setContentLength64(static_cast<Poco::Int64>(wish.body.size()));
        if (!wish.user.empty()) {
            Poco::Net::HTTPBasicCredentials(wish.user, wish.password).authenticate(request);
        }
        session.sendRequest(request).write(wish.body.data(), static_cast<std::streamsize>(wish.body.size())).flush();
        Poco::Net::HTTPResponse response;
        RawAnswer answer;
        Poco::StreamCopier::copyToString(session.receiveResponse(response), answer.body);
        answer.status = response.getStatus();
        for (const auto& [name, value] : response) {
            answer.headers[name] = value;
        }
        return answer;
    }

    static std::string request_of(const PrivateKey& its) { return est_request(its.certificate_request("RVW", "")); }

    RawAnswer enrol(const std::string& user, const std::string& password, const PrivateKey& its) {
        return ask({"POST", est + std::string("simpleenroll"), request_of(its), "application/pkcs10", user, password});
    }
    RawAnswer renew(const Site& site, const PrivateKey& its) {
        return ask({"POST", est + std::string("simplereenroll"), request_of(its)}, &site);
    }
    static Certificate certificate_of(const RawAnswer& answer) {
        BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.body);
        return read_est_certificates(answer.body).at(0);
    }

    /// As the site stores it.
    Site site_with(const PrivateKey& its, const Certificate& certificate, const std::string& name = "enrolled") const {
        const auto base = world.path() / name;
        std::ofstream(base.string() + ".pem") << certificate.to_pem();
        write_file_durably(system_files(), base.string() + ".key", its.to_pem(), Privacy::owner_only);
        return {"RVW", base.string() + ".pem", base.string() + ".key", its, certificate};
    }
    Site enrolled() { return site_with(key, certificate_of(enrol("RVW", secret, key))); }

    int announce(const Site& site) {
        return world.announce(site, world.numbered(world.sealed_chunk("admissions", rows(1, 3)), "RVW", 1, "").manifest)
            .status;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(enrolment_tests, Fixture)

BOOST_AUTO_TEST_CASE(a_site_enrols_with_its_token_and_delivers_with_what_it_got) {
    const Site site = enrolled();
    BOOST_TEST(site.certificate.common_name() == "RVW");
    BOOST_TEST(key.matches(site.certificate));
    const auto left = site.certificate.not_after() - system_clock().now();
    BOOST_TEST((left > std::chrono::hours(24 * 50) && left <= std::chrono::hours(24 * 90)));
    BOOST_TEST((site.certificate.not_before() < system_clock().now()));
    BOOST_TEST(announce(site) == 202);
}

BOOST_AUTO_TEST_CASE(what_it_believes_it_tells_to_everybody) {
    const auto answer = ask({"GET", est + std::string("cacerts"), ""});
    BOOST_TEST(certificate_of(answer).fingerprint() ==
               Certificate::load(system_files(), world.pki() / "authority.pem").fingerprint());
    BOOST_TEST(answer.headers.at("Content-Type") == "application/pkcs7-mime");
}

BOOST_AUTO_TEST_CASE(a_token_is_for_one_key_and_an_answer_that_was_lost_comes_again) {
    const auto first = certificate_of(enrol("RVW", secret, key));
    BOOST_TEST(certificate_of(enrol("RVW", secret, key)).fingerprint() == first.fingerprint());
    BOOST_TEST(enrol("RVW", secret, PrivateKey::create()).status == 401);
    BOOST_TEST(world.server().ledger().issued_certificates("RVW", 10).size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_same_request_many_times_at_once_gets_one_certificate) {
    const auto at_once = [](const std::function<RawAnswer()>& request) {
        std::vector<std::future<RawAnswer>> requests;
        for (int i = 0; i < 4; ++i) {
            requests.push_back(std::async(std::launch::async, request));
        }
        std::set<std::string> fingerprints;
        for (auto& answer : requests) {
            fingerprints.insert(certificate_of(answer.get()).fingerprint());
        }
        return fingerprints.size();
    };
    for (int round = 0; round < 8; ++round) {
        const auto mine = random_hex(16);
        add_token("RVW", mine);
        const auto its = PrivateKey::create();
        BOOST_TEST(at_once([&] { return enrol("RVW", mine, its); }) == 1U);
    }
    const Site site = enrolled();
    const auto next = PrivateKey::create();
    BOOST_TEST(at_once([&] { return renew(site, next); }) == 1U);
}

BOOST_AUTO_TEST_CASE(without_a_token_that_is_valid_there_is_no_certificate) {
    add_token("RXF", std::string(32, 'a'));
    add_token("RVW", std::string(32, 'b'), std::chrono::hours(-1));
    for (const auto& [user, password] :
         std::vector<std::pair<std::string, std::string>>{{"RVW", std::string(32, 'a')},  // another site's
                                                          {"RVW", std::string(32, 'b')},  // expired
                                                          {"RVW", std::string(32, 'c')},
                                                          {"RVW", ""},
                                                          {"RXF", secret},
                                                          {"rvw", secret},
                                                          {"../RVW", secret},
                                                          {"", ""}}) {
        const auto answer = enrol(user, password, PrivateKey::create());
        BOOST_TEST(answer.status == 401);
        BOOST_TEST(answer.headers.at("WWW-Authenticate") == "Basic realm=\"enrolment\"");
    }
    BOOST_TEST(world.server().ledger().issued_certificates("", 10).empty());
    BOOST_TEST(world.log_text().find(secret) == std::string::npos);
    enrolled();  // none of it has used the token up
}

BOOST_AUTO_TEST_CASE(a_certificate_is_renewed_by_itself_with_a_fresh_key) {
    const Site site = enrolled();
    const auto fresh = PrivateKey::create();
    const auto renewed = certificate_of(renew(site, fresh));
    BOOST_TEST(renewed.common_name() == "RVW");
    BOOST_TEST(fresh.matches(renewed));
    BOOST_TEST(certificate_of(renew(site, fresh)).fingerprint() == renewed.fingerprint());
    BOOST_TEST(announce(site_with(fresh, renewed, "renewed")) == 202);
    BOOST_TEST(announce(site) == 202);  // the old one, until it expires
    BOOST_TEST(renew(site, key).status == 400);
    const EstRequest wish{"POST", est + std::string("simplereenroll"), request_of(PrivateKey::create())};
    BOOST_TEST(ask(wish).status == 403);  // shows no certificate
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_origin_is_renewed_too_if_the_authority_made_it) {
    const Site site = world.site("RVW");  // signed by hand
    BOOST_TEST(certificate_of(renew(site, PrivateKey::create())).common_name() == "RVW");
    const auto server = issue(world.pki(), {"localhost", "DNS:localhost", "clientAuth"});
    BOOST_TEST(renew(site_with(server.key, server.certificate, "no site"), PrivateKey::create()).status == 403);
}

BOOST_AUTO_TEST_CASE(a_site_does_not_get_more_than_it_can_need) {
    const Site site = enrolled();
    for (std::uint64_t i = 1; i < Enrolment::most_a_day; ++i) {
        BOOST_TEST(renew(site, PrivateKey::create()).status == 200);
    }
    BOOST_TEST(renew(site, PrivateKey::create()).status == 429);
}

BOOST_AUTO_TEST_CASE(a_site_that_is_shut_out_is_out_at_once_until_it_enrols_anew) {
    const Site by_hand = world.site("RVW");
    const Site site = enrolled();
    add_token("RVW", std::string(32, 'd'));
    BOOST_TEST(announce(site) == 202);
    world.server().ledger().revoke("RVW", "", "a key was lost", system_clock().now());
    BOOST_TEST(announce(site) == 403);
    BOOST_TEST(announce(by_hand) == 403);
    BOOST_TEST(renew(site, PrivateKey::create()).status == 403);
    BOOST_TEST(enrol("RVW", secret, key).status == 401);
    BOOST_TEST(enrol("RVW", std::string(32, 'd'), PrivateKey::create()).status == 401);
    BOOST_TEST(world.server().ledger().issued_certificates("RVW", 10).at(0).revoked);
    const Site other = world.site("RXF");
    BOOST_TEST(
        world.announce(other, world.numbered(world.sealed_chunk("admissions", rows(1, 3)), "RXF", 1, "").manifest)
            .status == 202);

    add_token("RVW", std::string(32, 'e'));
    const auto fresh = PrivateKey::create();
    const Site again = site_with(fresh, certificate_of(enrol("RVW", std::string(32, 'e'), fresh)), "again");
    BOOST_TEST(announce(again) == 202);
    BOOST_TEST(renew(again, PrivateKey::create()).status == 200);
    BOOST_TEST(announce(site) == 403);
    add_token("RVW", std::string(32, 'f'));
    BOOST_TEST(enrol("RVW", std::string(32, 'f'), key).status == 400);  // the key that was lost
}

BOOST_AUTO_TEST_CASE(one_certificate_may_be_revoked_alone) {
    const Site site = enrolled();
    const auto fresh = PrivateKey::create();
    const Site next = site_with(fresh, certificate_of(renew(site, fresh)), "next");
    world.server().ledger().revoke("RVW", site.certificate.fingerprint(), "lost", system_clock().now());
    BOOST_TEST(announce(site) == 403);
    BOOST_TEST(renew(site, PrivateKey::create()).status == 403);
    BOOST_TEST(announce(next) == 202);
}

BOOST_AUTO_TEST_CASE(a_revocation_stands_whatever_the_clock_says_later) {
    const Site site = enrolled();
    world.server().ledger().revoke("RVW", "", "lost", system_clock().now() - std::chrono::hours(24 * 365));
    BOOST_TEST(announce(site) == 403);
    add_token("RVW", std::string(32, 'e'));
    world.server().ledger().revoke("RXF", "", "lost", system_clock().now() + std::chrono::hours(24 * 365));
    const auto fresh = PrivateKey::create();
    BOOST_TEST(announce(site_with(fresh, certificate_of(enrol("RVW", std::string(32, 'e'), fresh)), "again")) == 202);
}

BOOST_AUTO_TEST_CASE(requests_with_tricks_are_refused) {
    const Site site = enrolled();
    const auto path = est + std::string("simplereenroll");
    for (const auto& body : {std::string(), std::string("nonsense"), std::string(30'000, 'A'),
                             est_request(rsa_identity("RVW").key.certificate_request("RVW", ""))}) {
        BOOST_TEST(ask({"POST", path, body}, &site).status == 400);
    }
    try {
        BOOST_TEST(ask({"POST", path, std::string(300'000, 'A')}, &site).status == 413);
    } catch (const Poco::Exception&) {
        BOOST_TEST_MESSAGE("hung up before all of it was sent");
    }
    BOOST_TEST(ask({"POST", path, request_of(PrivateKey::create()), "text/plain"}, &site).status == 400);
    BOOST_TEST(ask({"GET", path, ""}, &site).status == 405);
    BOOST_TEST(ask({"POST", est + std::string("cacerts"), "x"}).status == 405);
    for (const auto* other : {"/", "/.well-known/est/", "/.well-known/est/../est/cacerts", "/.well-known/est/cacerts?x",
                              "/v1/sites/RVW/chunks/00112233445566778899aabbccddeeff", "/.well-known/est/fullcmc"}) {
        BOOST_TEST(ask({"GET", other, ""}).status == 404);
    }
    BOOST_TEST(world.server().ledger().issued_certificates("RVW", 10).size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_issuer_that_nobody_would_believe_is_refused_at_the_start) {
    world.stop();
    const auto stranger = authority_identity("stranger");
    write_file_durably(system_files(), world.path() / "stranger.pem", stranger.certificate.to_pem());
    write_file_durably(system_files(), world.path() / "stranger.key", stranger.key.to_pem(), Privacy::owner_only);
    world.configuration.enrolment->certificate = world.path() / "stranger.pem";
    world.configuration.enrolment->private_key = world.path() / "stranger.key";
    BOOST_CHECK_EXCEPTION(world.start(), Error,
                          [](const Error& error) { return error.code() == ErrorCode::configuration; });
    world.configuration.enrolment->certificate = world.pki() / "server.pem";
    world.configuration.enrolment->private_key = world.pki() / "server.key";
    BOOST_CHECK_EXCEPTION(world.start(), Error, [](const Error& error) { return error.code() == ErrorCode::key; });
}

BOOST_AUTO_TEST_SUITE_END()
