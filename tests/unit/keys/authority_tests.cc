#include "agent/keys/authority.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

BOOST_AUTO_TEST_SUITE(authority_tests)

BOOST_AUTO_TEST_CASE(what_it_issued_is_its_own_and_nothing_else) {
    const auto root = authority_identity("an authority");
    const auto other = authority_identity("an authority");  // of the same name
    const auto authority = Authority::from_pem(root.certificate.to_pem(), "authority.pem");
    const auto issued = issued_identity("RVW", root).certificate;
    BOOST_TEST(authority.why_not_issued({issued}) == "");
    BOOST_TEST(authority.why_not_issued({issued_identity("RVW", other).certificate}) != "");
    BOOST_TEST(authority.why_not_issued({p256_identity("RVW").certificate}) != "");
}

BOOST_AUTO_TEST_CASE(a_chain_may_lead_to_it) {
    const auto root = authority_identity("root");
    const auto between = authority_identity("between", &root);
    const auto authority = Authority::from_pem(root.certificate.to_pem(), "authority.pem");
    const auto site = issued_identity("RVW", between).certificate;
    BOOST_TEST(authority.why_not_issued({site, between.certificate}) == "");
    BOOST_TEST(authority.why_not_issued({site}) != "");
    const auto read = Certificate::chain_from_pem(site.to_pem() + "\n" + between.certificate.to_pem() + "\n", "site");
    BOOST_REQUIRE(read.size() == 2);
    BOOST_TEST(read.at(1).fingerprint() == between.certificate.fingerprint());
}

BOOST_AUTO_TEST_CASE(what_stands_above_a_certificate_is_what_has_signed_it) {
    const auto root = authority_identity("root");
    const auto false_root = authority_identity("root");  // of the same name
    const auto between = authority_identity("between", &root);
    const auto other = authority_identity("other");
    const auto chain = with_issuers(between.certificate,
                                    {other.certificate, false_root.certificate, between.certificate, root.certificate});
    BOOST_REQUIRE(chain.size() == 2U);
    BOOST_TEST(chain.at(0).fingerprint() == between.certificate.fingerprint());
    BOOST_TEST(chain.at(1).fingerprint() == root.certificate.fingerprint());
    BOOST_TEST(with_issuers(root.certificate, {root.certificate, other.certificate}).size() == 1U);
    BOOST_TEST(with_issuers(between.certificate, {false_root.certificate}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(two_authorities_may_stand_in_one_file_while_one_takes_the_place_of_the_other) {
    const auto old = authority_identity("old");
    const auto young = authority_identity("young");
    const auto authority = Authority::from_pem(old.certificate.to_pem() + young.certificate.to_pem(), "authority.pem");
    BOOST_TEST(authority.certificates().size() == 2);
    for (const auto* root : {&old, &young}) {
        BOOST_TEST(authority.why_not_issued({issued_identity("RVW", *root).certificate}) == "");
    }
}

BOOST_AUTO_TEST_CASE(no_flipped_bit_of_a_certificate_or_of_the_authority_goes_unseen) {
    const auto root = authority_identity("an authority");
    const auto authority = Authority::from_pem(root.certificate.to_pem(), "authority.pem");
    const auto issued = issued_identity("RVW", root).certificate;
    const auto pem = issued.to_pem();
    const auto root_pem = root.certificate.to_pem();
    const auto is_found = [](const std::string& text, const auto& why_not) {
        try {
            return !why_not(Certificate::from_pem(text, "x")).empty();
        } catch (const Error&) {
            return true;
        }
    };
    std::size_t unseen = 0;
    const auto flip_all = [&](const std::string& text, const std::string& fingerprint, const auto& why_not) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            for (unsigned bit = 0; bit < 8; ++bit) {
                auto damaged = text;
                damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ (1U << bit));
                const bool same = [&] {  // a line end made another one
                    try {
                        return Certificate::from_pem(damaged, "x").fingerprint() == fingerprint;
                    } catch (const Error&) {
                        return false;
                    }
                }();
                unseen += same || is_found(damaged, why_not) ? 0U : 1U;
            }
        }
    };
    flip_all(pem, issued.fingerprint(),
             [&](const Certificate& damaged) { return authority.why_not_issued({damaged}); });
    flip_all(root_pem, root.certificate.fingerprint(), [&](const Certificate& damaged) {
        return Authority::from_pem(damaged.to_pem(), "authority.pem").why_not_issued({issued});
    });
    BOOST_TEST(unseen == 0U);
}

BOOST_AUTO_TEST_CASE(a_file_without_a_certificate_or_with_a_broken_one_is_refused_by_name) {
    const auto root = authority_identity("an authority");
    auto broken = root.certificate.to_pem();
    broken.replace(60, 4, "!!!!");
    for (const auto& text : {std::string(), std::string("nonsense"), broken, root.certificate.to_pem() + broken}) {
        try {
            Authority::from_pem(text, "authority.pem");
            BOOST_ERROR("nothing was thrown");
        } catch (const Error& error) {
            BOOST_TEST((error.code() == ErrorCode::key));
            BOOST_TEST((std::string(error.what()).find("authority.pem") == 0));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
