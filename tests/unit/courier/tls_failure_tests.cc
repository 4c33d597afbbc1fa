#include "agent/courier/tls_failure.h"

#include <openssl/x509_vfy.h>

#include <boost/test/unit_test.hpp>

using namespace tributary;

BOOST_AUTO_TEST_SUITE(tls_failure_tests)

namespace {

bool says(const TlsFailure& failure, ErrorCode code, const std::string& words) {
    BOOST_TEST_MESSAGE(failure.text);
    return failure.code == code && failure.text.find(words) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_certificate_fault_is_named) {
    const auto explain = [](int result) {
        return explain_tls_failure(result, "error:0A000086:SSL routines::x", "h.example");
    };
    BOOST_TEST(says(explain(X509_V_ERR_CERT_HAS_EXPIRED), ErrorCode::key, "has expired"));
    BOOST_TEST(says(explain(X509_V_ERR_CERT_NOT_YET_VALID), ErrorCode::key, "clock right?"));
    BOOST_TEST(says(explain(X509_V_ERR_HOSTNAME_MISMATCH), ErrorCode::key, "not for the host h.example"));
    BOOST_TEST(says(explain(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT), ErrorCode::key, "unknown authority"));
    BOOST_TEST(says(explain(X509_V_ERR_CERT_REVOKED), ErrorCode::key, "certificate revoked"));
}

BOOST_AUTO_TEST_CASE(the_other_sides_alerts_are_about_our_certificate) {
    const auto explain = [](const char* text) { return explain_tls_failure(0, text, "h"); };
    BOOST_TEST(says(explain("error:0A000415:SSL routines::sslv3 alert certificate expired"), ErrorCode::key,
                    "our certificate was refused by the repository: it has expired"));
    BOOST_TEST(says(explain("SSL Exception: error:0A000418:SSL routines::tlsv1 alert unknown ca"), ErrorCode::key,
                    "its authority is unknown there"));
    BOOST_TEST(says(explain("error:0A00045C:SSL routines::tlsv13 alert certificate required"), ErrorCode::key,
                    "our certificate was refused"));
}

BOOST_AUTO_TEST_CASE(a_broken_connection_is_the_networks_fault) {
    BOOST_TEST(says(explain_tls_failure(0, "error:0A000126:SSL routines::unexpected eof while reading", "h"),
                    ErrorCode::network, "closed the connection"));
    BOOST_TEST(says(explain_tls_failure(0, "SSL connection unexpectedly closed", "h"), ErrorCode::network, "broke"));
}

BOOST_AUTO_TEST_CASE(another_protocol_is_named) {
    BOOST_TEST(says(explain_tls_failure(0, "error:0A00010B:SSL routines::wrong version number", "h"), ErrorCode::key,
                    "does not speak TLS"));
}

BOOST_AUTO_TEST_SUITE_END()
