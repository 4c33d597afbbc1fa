#include "agent/keys/sealed_key.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>

#include "agent/keys/envelope.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

LinkageKey a_key() {
    return LinkageKey::create({"region-2026", 2, "north", {"planning"}, from_rfc3339("2026-11-22T08:30:00.000Z")});
}

/// What opening says; empty if it opens.
std::string refusal_of(std::string_view sealed, const Identity& identity, const std::string& site = "RVW") {
    try {
        open_linkage_key(sealed, "k.sealed", site, {identity.certificate, identity.key});
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::key));
        BOOST_TEST(std::string(error.what()).starts_with("k.sealed: "));
        return error.what();
    }
    return {};
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string sealed_text(const LinkageKey& key, const std::string& site, const Identity& identity) {
    return seal(write_linkage_key(key, site).text(), identity.certificate);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sealed_key_tests)

BOOST_AUTO_TEST_CASE(a_site_opens_what_was_sealed_to_it) {
    for (const auto& identity : {p256_identity("RVW"), rsa_identity("RVW")}) {
        const auto key = a_key();
        const auto sealed = seal_linkage_key(key, identity.certificate);
        BOOST_TEST(sealed.starts_with("-----BEGIN CMS-----\n"));
        BOOST_TEST(is_sealed_key(sealed));
        const auto opened = open_linkage_key(sealed, "k", "RVW", {identity.certificate, identity.key});
        BOOST_TEST((opened.bytes() == key.bytes()));
        BOOST_TEST(opened.id() == "region-2026");
        BOOST_TEST(opened.epoch() == 2U);
        BOOST_TEST(opened.region() == "north");
        BOOST_TEST((opened.domains() == key.domains()));
    }
}

BOOST_AUTO_TEST_CASE(text_around_the_pem_and_other_line_ends_do_not_matter_and_der_is_taken_too) {
    const auto identity = p256_identity("RVW");
    const auto key = a_key();
    auto mailed = "Dear colleague,\r\n\r\n" + seal_linkage_key(key, identity.certificate) + "\r\nregards\r\n";
    for (auto at = mailed.find('\n'); at != std::string::npos; at = mailed.find('\n', at + 2)) {
        if (mailed[at - 1] != '\r') {
            mailed.insert(at, "\r");
        }
    }
    BOOST_TEST(is_sealed_key(mailed));
    BOOST_TEST(refusal_of(mailed, identity).empty());
    const auto der = sealed_text(key, "RVW", identity);
    BOOST_TEST(is_sealed_key(der));
    BOOST_TEST(refusal_of(der, identity).empty());
}

BOOST_AUTO_TEST_CASE(a_key_in_the_clear_is_not_taken_for_a_sealed_one) {
    BOOST_TEST(!is_sealed_key(write_linkage_key(a_key(), "RVW").text()));
    BOOST_TEST(!is_sealed_key(""));
}

BOOST_AUTO_TEST_CASE(the_sealed_file_of_one_site_is_of_no_use_to_another) {
    const auto ours = p256_identity("RVW");
    const auto theirs = p256_identity("RXX");
    const auto text = refusal_of(seal_linkage_key(a_key(), theirs.certificate), ours);
    BOOST_TEST(says(text, "sealed to another certificate"));
    BOOST_TEST(says(text, "another site's"));
    // Nor if the thief claims to be that site with a certificate of his own.
    const auto thief = p256_identity("RXX");
    BOOST_TEST(
        says(refusal_of(seal_linkage_key(a_key(), theirs.certificate), thief, "RXX"), "sealed to another certificate"));
}

BOOST_AUTO_TEST_CASE(a_key_made_out_to_another_site_or_to_none_is_refused_though_it_opens) {
    const auto identity = p256_identity("RVW");
    BOOST_TEST(says(refusal_of(sealed_text(a_key(), "RXX", identity), identity), "made out to site RXX"));
    BOOST_TEST(says(refusal_of(sealed_text(a_key(), "", identity), identity), "does not say for which site"));
    BOOST_TEST(!refusal_of(seal("{}", identity.certificate), identity).empty());
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_is_refused) {
    const auto identity = p256_identity("RVW");
    const auto pem = seal_linkage_key(a_key(), identity.certificate);
    const auto whole = pem.rfind("-----") + 5;  // the line end after it may be missing
    for (std::size_t size = 25; size < whole; size += 7) {
        BOOST_TEST(says(refusal_of(pem.substr(0, size), identity), "cut off or damaged"));
    }
    const auto der = sealed_text(a_key(), "RVW", identity);
    for (std::size_t size = 1; size < der.size(); size += 7) {
        BOOST_TEST(says(refusal_of(der.substr(0, size), identity), "cut off or damaged"));
    }
}

BOOST_AUTO_TEST_CASE(a_changed_byte_of_the_content_is_noticed) {
    const auto identity = p256_identity("RVW");
    auto der = sealed_text(a_key(), "RVW", identity);
    for (std::size_t back = 1; back < 250; back += 3) {  // the tag and the sealed text stand at the end
        auto changed = der;
        changed[der.size() - back] = static_cast<char>(changed[der.size() - back] ^ 1);
        BOOST_TEST(says(refusal_of(changed, identity), "cut off or damaged"));
    }
}

BOOST_AUTO_TEST_CASE(a_private_key_that_is_not_the_certificates_is_told) {
    const auto identity = p256_identity("RVW");
    const Identity mixed{p256_identity("RVW").key, identity.certificate};
    BOOST_TEST(says(refusal_of(seal_linkage_key(a_key(), identity.certificate), mixed), "does not belong"));
}

BOOST_AUTO_TEST_CASE(only_a_sites_present_certificate_is_sealed_to) {
    const auto now = system_clock().now();
    BOOST_TEST(site_to_seal_to(p256_identity("RVW").certificate, "c", now) == "RVW");
    const auto refused = [](const Certificate& certificate, TimePoint when, const std::string& why) {
        BOOST_CHECK_EXCEPTION(site_to_seal_to(certificate, "c.pem", when), Error, [&](const Error& error) {
            return error.code() == ErrorCode::key && says(error.what(), why) && says(error.what(), "c.pem");
        });
    };
    refused(p256_identity("Tributary throwaway encryption").certificate, now, "ODS code");
    refused(p256_identity("../RVW").certificate, now, "ODS code");
    refused(signing_only_identity("RVW").certificate, now, "keyAgreement");
    refused(p256_identity("RVW").certificate, now + std::chrono::hours(48), "valid from");
    refused(p256_identity("RVW").certificate, now - std::chrono::hours(48), "valid from");
}

#ifndef _WIN32
BOOST_AUTO_TEST_CASE(openssl_opens_a_sealed_key) {
    const TemporaryFolder folder;
    const auto identity = p256_identity("RVW");
    const auto key = a_key();
    const auto sealed = folder.write("k.sealed", seal_linkage_key(key, identity.certificate)).string();
    const auto certificate = folder.write("site.pem", identity.certificate.to_pem()).string();
    const auto private_key = folder.write("site.key", identity.key.to_pem()).string();
    const auto opened = folder.path() / "opened";
    const auto command = "openssl cms -decrypt -binary -inform PEM -in " + sealed + " -recip " + certificate +
                         " -inkey " + private_key + " -out " + opened.string();
    BOOST_TEST(std::system(command.c_str()) == 0);
    BOOST_TEST(read_file(system_files(), opened, key_file_limit) == write_linkage_key(key, "RVW").text());
}
#endif

BOOST_AUTO_TEST_SUITE_END()
