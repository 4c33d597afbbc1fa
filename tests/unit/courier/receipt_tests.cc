#include "agent/courier/receipt.h"

#include <boost/test/unit_test.hpp>

#include "agent/keys/jws.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;

BOOST_AUTO_TEST_SUITE(receipt_tests)

namespace {

const testing::Identity& repository() {
    static const testing::Identity identity = testing::p256_identity("repository");
    return identity;
}

Receipt sample() {
    return {
        std::string(32, 'a'), "RVW", "admissions", 7, std::string(64, '0'), from_rfc3339("2026-11-22T08:30:00.125Z")};
}

ErrorCode fault_of(const std::string& jws) {
    try {
        verify_receipt(jws, repository().certificate);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_receipt_says_what_was_signed) {
    const Receipt read = verify_receipt(sign_receipt(sample(), repository().key), repository().certificate);
    BOOST_TEST(read.id == sample().id);
    BOOST_TEST(read.site == "RVW");
    BOOST_TEST(read.stream == "admissions");
    BOOST_TEST(read.sequence == 7U);
    BOOST_TEST(read.sealed_sha256 == sample().sealed_sha256);
    BOOST_TEST((read.received == sample().received));
}

BOOST_AUTO_TEST_CASE(a_receipt_of_another_key_is_refused) {
    const std::string forged = sign_receipt(sample(), PrivateKey::create());
    BOOST_TEST((fault_of(forged) == ErrorCode::refused));
}

BOOST_AUTO_TEST_CASE(a_changed_byte_is_refused) {
    std::string jws = sign_receipt(sample(), repository().key);
    const std::size_t payload = jws.find('.') + 12;
    jws[payload] = jws[payload] == 'A' ? 'B' : 'A';
    BOOST_TEST((fault_of(jws) == ErrorCode::refused));
}

BOOST_AUTO_TEST_CASE(a_signed_text_that_is_no_receipt_is_an_input_error) {
    const char* const texts[] = {
        R"({"id":"x"})",
        R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","received":"2026-11-22T08:30:00.125Z","sealed_sha256":"00","sequence":7,"site":"RVW","stream":"admissions"})",
        R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","received":"yesterday","sealed_sha256":"0000000000000000000000000000000000000000000000000000000000000000","sequence":7,"site":"RVW","stream":"admissions"})",
        R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","received":"2026-11-22T08:30:00.125Z","sealed_sha256":"0000000000000000000000000000000000000000000000000000000000000000","sequence":-7,"site":"RVW","stream":"admissions"})",
        R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","received":"2026-11-22T08:30:00.125Z","sealed_sha256":"0000000000000000000000000000000000000000000000000000000000000000","sequence":true,"site":"RVW","stream":"admissions"})",
        R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","received":"2026-11-22T08:30:00.125Z","sealed_sha256":"0000000000000000000000000000000000000000000000000000000000000000","sequence":7,"site":"../..","stream":"admissions"})",
    };
    for (const char* text : texts) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST((fault_of(sign_jws(text, repository().key)) == ErrorCode::input));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_jws_is_refused) {
    for (const char* text : {"", ".", "..", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "<html>proxy</html>"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST((fault_of(text) == ErrorCode::refused));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_receipt_of_a_run_says_what_was_signed_and_is_none_of_a_chunk) {
    const RunReceipt sample_of_run{std::string(32, 'a'), "RVW", std::string(64, '0'),
                                   from_rfc3339("2026-11-22T08:30:00.125Z")};
    const auto jws = sign_receipt(sample_of_run, repository().key);
    const auto read = verify_run_receipt(jws, repository().certificate);
    BOOST_TEST(read.run == sample_of_run.run);
    BOOST_TEST(read.site == "RVW");
    BOOST_TEST(read.manifest_sha256 == sample_of_run.manifest_sha256);
    BOOST_TEST((read.received == sample_of_run.received));
    BOOST_TEST((fault_of(jws) == ErrorCode::input));
    BOOST_CHECK_THROW(verify_run_receipt(sign_receipt(sample(), repository().key), repository().certificate), Error);
    BOOST_CHECK_THROW(verify_run_receipt(sign_receipt(sample_of_run, PrivateKey::create()), repository().certificate),
                      Error);
}

BOOST_AUTO_TEST_SUITE_END()
