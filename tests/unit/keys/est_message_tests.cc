#include "agent/keys/est_message.h"

#include <openssl/x509v3.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/keys/authority.h"
#include "agent/keys/base64.h"
#include "agent/keys/certificate_issuer.h"
#include "agent/keys/public_key.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

const auto now = TimePoint(std::chrono::seconds(1'795'000'000));

bool is_input_error(const Error& error) {
    return error.code() == ErrorCode::input;
}

std::string der_of(const PrivateKey& key) {
    std::string text = est_request(key.certificate_request("RVW", "A trust"));
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    return from_base64(text, Base64::standard).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(est_message_tests)

BOOST_AUTO_TEST_CASE(certificates_come_through_in_any_white_space) {
    const auto root = authority_identity("root");
    const auto between = authority_identity("between", &root);
    auto text = est_certificates({root.certificate, between.certificate});
    for (int i = 0; i < 2; ++i) {
        const auto read = read_est_certificates(text);
        BOOST_REQUIRE(read.size() == 2U);
        BOOST_TEST(read.at(0).fingerprint() == root.certificate.fingerprint());
        BOOST_TEST(read.at(1).fingerprint() == between.certificate.fingerprint());
        std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_message_of_certificates_is_refused) {
    const auto good = est_certificates({authority_identity("root").certificate});
    const auto request = est_request(PrivateKey::create().certificate_request("RVW", ""));
    for (const auto& text : {std::string(), std::string("nonsense!"), good.substr(0, good.size() / 2), request,
                             est_certificates({}), std::string(longest_est_message + 1, 'A')}) {
        BOOST_CHECK_EXCEPTION(read_est_certificates(text), Error, is_input_error);
    }
}

BOOST_AUTO_TEST_CASE(a_request_comes_through_with_the_fingerprint_of_its_key) {
    const auto key = PrivateKey::create();
    const auto request = read_est_request(est_request(key.certificate_request("RVW", "A trust")));
    const auto root = authority_identity("root");
    const auto issued =
        CertificateIssuer(root.certificate, root.key).issue(request, "RVW", now, now + std::chrono::hours(24));
    BOOST_TEST(PublicKey::of(issued).fingerprint() == PublicKey::of(request).fingerprint());
    BOOST_TEST(PublicKey::of(issued).fingerprint() != issued.fingerprint());
    BOOST_TEST(key.matches(issued));
}

BOOST_AUTO_TEST_CASE(a_request_that_its_key_has_not_signed_is_refused) {
    const auto der = der_of(PrivateKey::create());
    std::size_t taken = 0;
    for (std::size_t i = 0; i < der.size(); ++i) {
        auto damaged = der;
        damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ 1U);
        try {
            CertificateRequest::from_der(damaged);
            ++taken;
        } catch (const Error& error) {
            BOOST_TEST(is_input_error(error));
        }
    }
    BOOST_TEST(taken == 0U);
    BOOST_CHECK_EXCEPTION(CertificateRequest::from_der(der + "x"), Error, is_input_error);
}

BOOST_AUTO_TEST_CASE(only_keys_on_p256_are_taken) {
    for (const auto& identity : {rsa_identity("RVW"), p384_identity("RVW")}) {
        BOOST_CHECK_EXCEPTION(read_est_request(est_request(identity.key.certificate_request("RVW", ""))), Error,
                              is_input_error);
    }
}

BOOST_AUTO_TEST_CASE(an_issued_certificate_is_the_sites_whatever_the_request_says) {
    const auto root = authority_identity("root");
    const CertificateIssuer issuer(root.certificate, root.key);
    const auto request = read_est_request(est_request(PrivateKey::create().certificate_request("RXF", "Another")));
    const auto issued = issuer.issue(request, "RVW", now, now + std::chrono::hours(24));
    BOOST_TEST(issued.common_name() == "RVW");
    BOOST_TEST(issued.is_p256());
    BOOST_TEST((issued.not_before() == now));
    BOOST_TEST(Authority::from_pem(root.certificate.to_pem(), "x").why_not_issued({issued}) == "");
    BOOST_TEST(X509_check_ca(issued.get()) == 0);
    BOOST_TEST(X509_get_extended_key_usage(issued.get()) == static_cast<unsigned>(XKU_SSL_CLIENT));
    BOOST_TEST(X509_get_key_usage(issued.get()) == static_cast<unsigned>(KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT));
    BOOST_TEST(issued.fingerprint() != issuer.issue(request, "RVW", now, now + std::chrono::hours(24)).fingerprint());
}

BOOST_AUTO_TEST_CASE(it_ends_with_the_authority_at_the_latest) {
    const auto root = authority_identity("root");
    const CertificateIssuer issuer(root.certificate, root.key);
    const auto request = read_est_request(est_request(PrivateKey::create().certificate_request("RVW", "")));
    const auto ends = root.certificate.not_after();
    BOOST_TEST((issuer.issue(request, "RVW", now, ends + std::chrono::hours(1)).not_after() == ends));
}

BOOST_AUTO_TEST_CASE(only_an_authority_with_its_own_key_issues) {
    const auto root = authority_identity("root");
    const auto site = issued_identity("RVW", root);
    BOOST_CHECK_THROW(CertificateIssuer(site.certificate, site.key), Error);
    BOOST_CHECK_THROW(CertificateIssuer(root.certificate, site.key), Error);
}

BOOST_AUTO_TEST_SUITE_END()
