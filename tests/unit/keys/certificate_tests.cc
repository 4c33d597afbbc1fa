#include "agent/keys/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=Royal Example/CN=RVW" -keyout
// /dev/null
//   (dates and fingerprint below as `openssl x509 -noout -startdate -enddate -fingerprint -sha256` shows them)
constexpr const char* known_pem = R"(-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUB1Ke0bIxfoOrgwTFJ9e16MA0GAkwCgYIKoZIzj0EAwIw
JjEWMBQGA1UECgwNUm95YWwgRXhhbXBsZTEMMAoGA1UEAwwDUlZXMB4XDTI2MTEy
MzAyMTUxMFoXDTM2MTEyMDAyMTUxMFowJjEWMBQGA1UECgwNUm95YWwgRXhhbXBs
ZTEMMAoGA1UEAwwDUlZXMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb1KYJ0UO
svLBZisIQpNRCtY5xuZ+QU4umu/oj4ZwtoNboGyfIHW6a6aO3mg46OmVT6OLJdCI
a/XadVhs7ePW5qNTMFEwHQYDVR0OBBYEFKhswQinyYgywfom1XiK2L4Ewr3GMB8G
A1UdIwQYMBaAFKhswQinyYgywfom1XiK2L4Ewr3GMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIgLlbyyzlBFQC/fJUphsns9TDF1ARMVj9p+/RR0A7o
+iACIQDpmx9pk+upCYTrgsqWgKFZzhww0GIKFOzBG6wRO+dDIA==
-----END CERTIFICATE-----
)";

template <typename Call>
std::string error_text(ErrorCode code, Call call) {
    try {
        call();
    } catch (const Error& error) {
        BOOST_TEST((error.code() == code));
        return error.what();
    }
    BOOST_ERROR("nothing was thrown");
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(certificate_tests)

BOOST_AUTO_TEST_CASE(a_known_certificate_reads_as_openssl_shows_it) {
    const auto certificate = Certificate::from_pem(known_pem, "known");
    BOOST_TEST(certificate.common_name() == "RVW");
    BOOST_TEST(to_rfc3339(certificate.not_before()) == "2026-11-23T02:15:10.000Z");
    BOOST_TEST(to_rfc3339(certificate.not_after()) == "2036-11-20T02:15:10.000Z");
    BOOST_TEST(certificate.fingerprint() == "fbe298a3e3f8f978a412e0aeadd01c8022159fd6d788150fc638cc29af2374c0");
    BOOST_TEST(certificate.is_p256());
    BOOST_TEST(certificate.to_pem() == known_pem);
}

BOOST_AUTO_TEST_CASE(text_before_the_certificate_does_not_matter) {
    BOOST_TEST(Certificate::from_pem(std::string("subject=CN = RVW\n\n") + known_pem, "known").common_name() == "RVW");
}

BOOST_AUTO_TEST_CASE(what_is_no_certificate_is_refused_by_name) {
    for (const std::string& text : {std::string(), std::string("nonsense"), PrivateKey::create().to_pem(),
                                    std::string(known_pem).substr(0, 200)}) {
        const auto message = error_text(ErrorCode::key, [&] { Certificate::from_pem(text, "site.crt"); });
        BOOST_TEST((message.find("site.crt") != std::string::npos));
        BOOST_TEST((message.find("MHcC") == std::string::npos));
    }
}

BOOST_AUTO_TEST_CASE(recipients_are_rsa_from_2048_bits_and_p256) {
    BOOST_TEST(p256_identity("r").certificate.why_not_recipient() == "");
    BOOST_TEST(rsa_identity("r").certificate.why_not_recipient() == "");
    BOOST_TEST(rsa_identity("r", 1024).certificate.why_not_recipient() == "its RSA key has fewer than 2048 bits");
    BOOST_TEST(p384_identity("r").certificate.why_not_recipient() == "its key is neither RSA nor on the curve P-256");
    BOOST_TEST(signing_only_identity("r").certificate.why_not_recipient() ==
               "its key usage does not include keyAgreement");
    BOOST_TEST(!rsa_identity("r").certificate.is_p256());
    BOOST_TEST(!p384_identity("r").certificate.is_p256());
}

BOOST_AUTO_TEST_CASE(a_private_key_comes_back_from_its_file) {
    const TemporaryFolder folder;
    const auto identity = p256_identity("RVW");
    const auto file = folder.write("site.pem", identity.key.to_pem());
    const auto key = PrivateKey::load(system_files(), file);
    BOOST_TEST(key.matches(identity.certificate));
    BOOST_TEST(!PrivateKey::create().matches(identity.certificate));
    const auto certificate = Certificate::load(system_files(), folder.write("site.crt", identity.certificate.to_pem()));
    BOOST_TEST(certificate.fingerprint() == identity.certificate.fingerprint());
}

#ifndef _WIN32
BOOST_AUTO_TEST_CASE(a_private_key_that_others_can_read_is_refused) {
    const TemporaryFolder folder;
    const auto file = folder.write("site.pem", PrivateKey::create().to_pem());
    std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    const auto message = error_text(ErrorCode::permission, [&] { PrivateKey::load(system_files(), file); });
    BOOST_TEST((message.find("site.pem") != std::string::npos));
}
#endif

BOOST_AUTO_TEST_CASE(a_key_under_a_passphrase_is_refused_and_nobody_is_asked) {
    const auto key = PrivateKey::create();
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    BOOST_REQUIRE(
        PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), "secret", 6, nullptr, nullptr) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    const std::string pem(data, static_cast<std::size_t>(size));
    const auto message = error_text(ErrorCode::key, [&] { PrivateKey::from_pem(pem, "site.pem"); });
    BOOST_TEST((message.find("passphrase") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_broken_key_file_is_refused_without_its_content) {
    auto pem = PrivateKey::create().to_pem();
    const auto body = pem.substr(30, 20);
    pem[pem.size() / 2] = '*';
    const auto message = error_text(ErrorCode::key, [&] { PrivateKey::from_pem(pem, "site.pem"); });
    BOOST_TEST((message.find("site.pem") != std::string::npos));
    BOOST_TEST((message.find(body) == std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_certificate_request_is_signed_and_names_the_site) {
    const auto key = PrivateKey::create();
    const auto pem = key.certificate_request("RVW", "Royal Example \xc3\xa9");
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                        &BIO_free);
    const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(
        PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr), &X509_REQ_free);
    BOOST_REQUIRE(request != nullptr);
    BOOST_TEST(X509_REQ_verify(request.get(), key.get()) == 1);
    char name[200] = {};
    X509_NAME_oneline(X509_REQ_get_subject_name(request.get()), name, sizeof name);
    BOOST_TEST((std::string(name).find("/CN=RVW") != std::string::npos));
    BOOST_CHECK_THROW(key.certificate_request(std::string(65, 'x'), "o"), Error);
}

BOOST_AUTO_TEST_CASE(refusals_leave_no_error_behind_for_the_connection_of_the_same_thread) {
    BOOST_CHECK_THROW(Certificate::from_pem("nonsense", "a"), Error);
    BOOST_CHECK_THROW(PrivateKey::from_pem("nonsense", "a"), Error);
    BOOST_TEST(!PrivateKey::create().matches(p256_identity("x").certificate));
    BOOST_TEST(ERR_peek_error() == 0UL);
}

BOOST_AUTO_TEST_SUITE_END()
