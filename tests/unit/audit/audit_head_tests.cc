#include "agent/audit/audit_head.h"

#include <boost/test/unit_test.hpp>

#include "agent/audit/audit_line.h"
#include "agent/keys/jws.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

AuditHead head_of(const PublicKey& signer) {
    AuditHead head;
    head.site = "RVW";
    head.time = from_rfc3339("2026-11-22T08:30:00.000Z");
    head.line = to_text({5, head.time, "key_created", std::string(64, 'b'), {{"epoch", std::uint64_t{1}}}});
    head.sequence = 5;
    head.hash = audit_hash(head.line);
    head.file = 2;
    head.offset = 1234;
    head.signer = signer.fingerprint();
    return head;
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_head_tests)

BOOST_AUTO_TEST_CASE(a_head_says_what_was_signed) {
    const auto site = p256_identity("RVW");
    const auto head = head_of(PublicKey::of(site.key));
    const auto read = read_head(sign_head(head, site.key), PublicKey::of(site.certificate));
    BOOST_TEST(read.signed_by_key);
    BOOST_TEST(read.fault == "");
    BOOST_REQUIRE(read.head.has_value());
    BOOST_TEST(read.head->site == "RVW");
    BOOST_TEST(read.head->sequence == 5U);
    BOOST_TEST(read.head->hash == head.hash);
    BOOST_TEST(read.head->line == head.line);
    BOOST_TEST(read.head->file == 2U);
    BOOST_TEST(read.head->offset == 1234U);
    BOOST_TEST(read.head->end() == 1234U + head.line.size() + 1);
}

BOOST_AUTO_TEST_CASE(a_head_of_another_key_is_read_and_not_believed) {
    const auto site = p256_identity("RVW");
    const auto other = p256_identity("RVW");
    const auto read = read_head(sign_head(head_of(PublicKey::of(other.key)), other.key), PublicKey::of(site.key));
    BOOST_TEST(read.head.has_value());
    BOOST_TEST(!read.signed_by_key);
    // Signed by the site, but claiming that another did it.
    const auto odd = read_head(sign_head(head_of(PublicKey::of(other.key)), site.key), PublicKey::of(site.key));
    BOOST_TEST(!odd.signed_by_key);
}

BOOST_AUTO_TEST_CASE(no_byte_of_a_head_can_be_changed) {
    const auto site = p256_identity("RVW");
    const auto text = sign_head(head_of(PublicKey::of(site.key)), site.key);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto other = text;
        other[i] = other[i] == 'A' ? 'B' : 'A';
        BOOST_TEST(!read_head(other, PublicKey::of(site.key)).signed_by_key, "byte " << i);
    }
}

BOOST_AUTO_TEST_CASE(a_signed_text_that_is_no_head_is_refused_without_a_crash) {
    const auto site = p256_identity("RVW");
    const auto signer = PublicKey::of(site.key);
    const auto good = *unverified_payload(sign_head(head_of(signer), site.key));
    const std::string payloads[] = {
        "{}",
        changed(good, "\"tributary_audit_head\":1", "\"tributary_audit_head\":2"),
        changed(good, "\"sequence\":5,", "\"sequence\":6,"),
        changed(good, "\"sequence\":5,", "\"sequence\":-5,"),
        changed(good, "\"file\":2", "\"file\":0"),
        changed(good, "\"file\":2", "\"file\":9007199254740993"),
        changed(good, "\"offset\":1234", "\"offset\":18446744073709551615"),
        changed(good, "\"offset\":1234", "\"offset\":true"),
        changed(good, "08:30:00.000Z\",\"tri", "08:31:00.000Z\",\"tri"),
        changed(good, "key_created", "key_cremated"),
    };
    for (const auto& payload : payloads) {
        const auto read = read_head(sign_jws(payload, site.key), signer);
        BOOST_TEST(!read.head.has_value(), payload);
        BOOST_TEST(!read.signed_by_key, payload);
        BOOST_TEST(read.fault != "", payload);
    }
    for (const auto* text : {"", ".", "..", "a.b.c", "e30.e30.e30"}) {
        BOOST_TEST(!read_head(text, signer).head.has_value(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
