#include "agent/courier/https_transport.h"

#include <boost/test/unit_test.hpp>

#include "agent/platform/error.h"
#include "tests/unit/courier/delivery_fixture.h"

using namespace tributary;

// What needs a server is in tests/integration/delivery.
BOOST_AUTO_TEST_SUITE(https_transport_tests)

namespace {

struct Fixture {
    testing::TemporaryFolder folder;
    testing::Identity site = testing::p256_identity("RVW");
    testing::TestClock clock;
    HttpsTransportConfiguration configuration{
        "https://repository.example:8443", "RVW",
        folder.write("authority.pem", testing::p256_identity("authority").certificate.to_pem()),
        folder.write("site.pem", site.certificate.to_pem()), folder.write("site.key", site.key.to_pem())};

    ErrorCode fault() {
        try {
            HttpsTransport transport(configuration, clock);
        } catch (const Error& error) {
            BOOST_TEST_MESSAGE(error.what());
            return error.code();
        }
        return ErrorCode::internal;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_sound_configuration_is_taken_without_connecting, Fixture) {
    BOOST_CHECK_NO_THROW(HttpsTransport(configuration, clock));
}

BOOST_FIXTURE_TEST_CASE(only_https_and_nothing_behind_the_port_is_a_url, Fixture) {
    for (const char* url : {"", "http://repository.example", "https://", "https://h/path", "https://h?x=1",
                            "https://user@h", "ftp://h", "https://h:99999999", "repository.example:8443"}) {
        configuration.url = url;
        BOOST_TEST_CONTEXT(url) {
            BOOST_TEST((fault() == ErrorCode::configuration));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_key_of_another_certificate_is_an_error, Fixture) {
    configuration.private_key = folder.write("other.key", PrivateKey::create().to_pem());
    BOOST_TEST((fault() == ErrorCode::key));
}

BOOST_FIXTURE_TEST_CASE(missing_and_broken_files_are_key_errors, Fixture) {
    configuration.authority = folder.path() / "nowhere.pem";
    BOOST_TEST((fault() == ErrorCode::key));
    configuration.authority = folder.write("broken.pem", "not a certificate");
    BOOST_TEST((fault() == ErrorCode::key));
}

BOOST_AUTO_TEST_SUITE_END()
