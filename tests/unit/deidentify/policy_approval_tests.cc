#include "agent/deidentify/policy_approval.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "agent/keys/jws.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

const std::string hash(64, 'c');

struct Approver {
    Identity identity = p256_identity("Caldicott Guardian");  // its certificate is valid for a day
    TimePoint now = system_clock().now();

    PolicyApproval approval() const { return {"admissions", hash, now, "Caldicott Guardian"}; }
    std::string signature(const PolicyApproval& approval) const {
        return sign_approval(approval, identity.certificate, identity.key);
    }
    std::string refusal(const std::string& text, TimePoint at, const std::string& stream = "admissions",
                        const std::string& policy = hash) const {
        try {
            verify_approval(text, {&identity.certificate, 1}, stream, policy, at);
            return "";
        } catch (const Error& error) {
            BOOST_TEST((error.code() == ErrorCode::refused));
            return error.what();
        }
    }
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_approval_tests)

BOOST_AUTO_TEST_CASE(it_lies_beside_the_policy) {
    BOOST_TEST(approval_file("policies/admissions.yaml") == std::filesystem::path("policies/admissions.yaml.approval"));
}

BOOST_AUTO_TEST_CASE(what_an_approver_signed_counts_and_nothing_else) {
    const Approver approver;
    const auto text = approver.signature(approver.approval());
    BOOST_TEST(approver.refusal(text, approver.now) == "");
    BOOST_TEST(approver.refusal(text + "\n", approver.now) == "");
    BOOST_TEST(has(approver.refusal(text, approver.now, "contacts"), "another stream"));
    BOOST_TEST(has(approver.refusal(text, approver.now, "admissions", std::string(64, 'd')), "not the one"));
    const Approver other;
    BOOST_TEST(has(other.refusal(text, approver.now), "none of the approvers"));
    for (std::size_t i = 0; i < text.size(); i += 3) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        BOOST_TEST(approver.refusal(changed, approver.now) != "", "byte " << i);
    }
    for (const auto* rubbish : {"", "\n", "a.b.c", "e30.e30.e30"}) {
        BOOST_TEST(approver.refusal(rubbish, approver.now) != "", rubbish);
    }
}

BOOST_AUTO_TEST_CASE(any_of_several_approvers_will_do) {
    const Approver first;
    const Approver second;
    const std::vector<Certificate> both{first.identity.certificate, second.identity.certificate};
    const auto read = verify_approval(second.signature(second.approval()), both, "admissions", hash, second.now);
    BOOST_TEST(read.approver == "Caldicott Guardian");
    BOOST_TEST((read.approved == second.now));
    BOOST_CHECK_THROW(verify_approval(first.signature(first.approval()), {}, "admissions", hash, first.now), Error);
}

BOOST_AUTO_TEST_CASE(an_approval_outlives_the_certificate_and_is_not_made_after_it) {
    const Approver approver;
    const auto text = approver.signature(approver.approval());
    BOOST_TEST(approver.refusal(text, approver.now + std::chrono::hours(24 * 400)) == "");
    auto late = approver.approval();
    late.approved = approver.identity.certificate.not_after();
    BOOST_CHECK_EXCEPTION(approver.signature(late), Error, [](const Error& e) { return e.code() == ErrorCode::key; });
    auto early = approver.approval();
    early.approved = approver.identity.certificate.not_before() - std::chrono::hours(1);
    BOOST_CHECK_THROW(approver.signature(early), Error);
    // Signed by hand with a time at which the certificate had expired.
    auto payload = *unverified_payload(text);
    const auto time = to_rfc3339(approver.now);
    payload.replace(payload.find(time), time.size(), to_rfc3339(approver.now + std::chrono::hours(24 * 30)));
    BOOST_TEST(
        has(approver.refusal(sign_jws(payload, approver.identity.key), approver.now + std::chrono::hours(24 * 60)),
            "was not valid when"));
    BOOST_TEST(has(approver.refusal(sign_jws(payload, approver.identity.key), approver.now), "future"));
}

BOOST_AUTO_TEST_CASE(a_signed_text_that_is_no_approval_is_refused) {
    const Approver approver;
    const auto good = *unverified_payload(approver.signature(approver.approval()));
    const std::pair<std::string, std::string> changes[] = {
        {"approval\":1", "approval\":2"},   {"approval\":1", "approval\":true"}, {"\"stream\"", "\"strea\""},
        {"Caldicott Guardian", "Somebody"}, {"approved\":\"", "approved\":\"x"}, {"\"" + hash + "\"", "7"},
    };
    for (const auto& [from, to] : changes) {
        auto payload = good;
        BOOST_REQUIRE(payload.find(from) != std::string::npos);
        payload.replace(payload.find(from), from.size(), to);
        BOOST_TEST(approver.refusal(sign_jws(payload, approver.identity.key), approver.now) != "", to);
    }
    BOOST_TEST(approver.refusal(sign_jws("{}", approver.identity.key), approver.now) != "");
}

BOOST_AUTO_TEST_CASE(only_the_certificates_own_key_signs) {
    const Approver approver;
    BOOST_CHECK_EXCEPTION(sign_approval(approver.approval(), approver.identity.certificate, PrivateKey::create()),
                          Error, [](const Error& e) { return e.code() == ErrorCode::key; });
    const auto rsa = rsa_identity("Caldicott Guardian");
    BOOST_CHECK_EXCEPTION(sign_approval(approver.approval(), rsa.certificate, rsa.key), Error,
                          [](const Error& e) { return e.code() == ErrorCode::key; });
}

BOOST_AUTO_TEST_SUITE_END()
