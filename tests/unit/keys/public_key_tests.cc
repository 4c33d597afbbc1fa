#include "agent/keys/public_key.h"

#include <boost/test/unit_test.hpp>

#include "agent/keys/jws.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

BOOST_AUTO_TEST_SUITE(public_key_tests)

// The key was made with `openssl genpkey -algorithm EC -pkeyopt
// ec_paramgen_curve:P-256`, its fingerprint with `openssl pkey -pubout -outform DER | sha256sum`.
BOOST_AUTO_TEST_CASE(the_fingerprint_is_that_of_openssl) {
    const auto key = PrivateKey::from_pem(R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdjIUKxB/1B2w6LRB
VIn8s+6nisiLOJD8xLUyFC60ZgWhRANCAARyYJXg+oX7ZoJbH5V4bVTCikhlH+mH
3sjdjsE6fjfzDOIrQfoQDmP3J1Ni+gHT5PL/jo5JdtYRRXSK9qeO6Jld
-----END PRIVATE KEY-----
)",
                                          "test");
    BOOST_TEST(PublicKey::of(key).fingerprint() == "e96e10da76e9c95faf5c6a3ac42d140e3081a7d92b0ab419cb4e4bf62c9f18f6");
}

BOOST_AUTO_TEST_CASE(key_and_certificate_have_one_public_key) {
    const auto site = p256_identity("RVW");
    BOOST_TEST(PublicKey::of(site.key).fingerprint() == PublicKey::of(site.certificate).fingerprint());
    BOOST_TEST(PublicKey::of(site.key).fingerprint() != PublicKey::of(PrivateKey::create()).fingerprint());
    BOOST_TEST(PublicKey::of(site.key).is_p256());
    BOOST_TEST(!PublicKey::of(p384_identity("RVW").key).is_p256());
    BOOST_TEST(!PublicKey::of(rsa_identity("RVW").certificate).is_p256());
}

BOOST_AUTO_TEST_CASE(a_bare_key_verifies_as_its_certificate_does) {
    const auto site = p256_identity("RVW");
    const auto compact = sign_jws("{\"a\":1}", site.key);
    BOOST_TEST(verify_jws(compact, PublicKey::of(site.key), "the site") == "{\"a\":1}");
    BOOST_TEST(*unverified_payload(compact) == "{\"a\":1}");
    BOOST_CHECK_EXCEPTION(verify_jws(compact, PublicKey::of(PrivateKey::create()), "the site"), Error,
                          [](const Error& error) {
                              return error.code() == ErrorCode::refused &&
                                     std::string(error.what()).find("the site") != std::string::npos;
                          });
    BOOST_TEST(!unverified_payload("no JWS").has_value());
    BOOST_TEST(!unverified_payload("a.!.c").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
