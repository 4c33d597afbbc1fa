#include "agent/deidentify/encrypt_action.h"

#include <boost/test/unit_test.hpp>

#include "agent/keys/base32.h"
#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {
constexpr const char* rule = "{action: encrypt, key: region-2026, domain: planning}";
}

BOOST_AUTO_TEST_SUITE(encrypt_action_tests)

// Python 3, key = bytes(range(32)), hkdf by RFC 5869 with hmac; cryptography's AESSIV:
//   K = hkdf(key, b'tributary encrypt v1' + b'planning', 64)
//   print(base64.b32encode(AESSIV(K).encrypt(b'X1', [])).decode().lower().rstrip('='))
BOOST_AUTO_TEST_CASE(a_value_becomes_the_text_that_an_independent_program_gives) {
    check_values(apply_rule(rule, Texts{"X1", "X1"}).values,
                 {"czjrkgwtboezwnjgaed6vj53f7auy", "czjrkgwtboezwnjgaed6vj53f7auy"});
}

BOOST_AUTO_TEST_CASE(what_was_encrypted_opens_again_with_the_key_and_with_no_other) {
    const std::string value = "O'Neil, \xC3\x89lodie \xF0\x9F\x99\x82";
    const auto applied = apply_rule(rule, Texts{value, "", std::nullopt});
    BOOST_TEST(applied.quality.filled == 1U);
    BOOST_TEST(applied.quality.empty == 2U);
    const auto sealed = from_base32(applied.values.at(0).value());
    BOOST_REQUIRE(sealed.has_value());
    BOOST_TEST(sealed->find("Neil") == std::string::npos);
    BOOST_TEST(encryption_cipher(known_key(), "planning").open(*sealed).value() == value);
    BOOST_TEST(!encryption_cipher(known_key(), "other").open(*sealed).has_value());
    BOOST_TEST(!encryption_cipher(LinkageKey::create("k", 1), "planning").open(*sealed).has_value());
}

BOOST_AUTO_TEST_CASE(the_manifest_tells_the_key_and_the_algorithm) {
    const auto policy = compiled(policy_of(rule));
    BOOST_REQUIRE(policy->pseudonyms().size() == 1U);
    BOOST_TEST(policy->pseudonyms()[0].algorithm == "tributary-encrypt-v1");
    BOOST_TEST(policy->pseudonyms()[0].key_id == "region-2026");
    BOOST_TEST(policy->pseudonyms()[0].type == "encrypted");
}

BOOST_AUTO_TEST_CASE(a_key_that_other_sites_have_is_refused) {
    const auto faults = faults_of(policy_of("{action: encrypt, key: shared, domain: planning}"));
    BOOST_TEST(faults.find("'shared' is shared by the sites of a region") != std::string::npos, faults);
    BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, faults);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_errors_with_their_place) {
    for (const char* const text :
         {"{action: encrypt, domain: d}", "{action: encrypt, key: region-2026}",
          "{action: encrypt, key: none, domain: d}", "{action: encrypt, key: region-2026, domain: d, type: text}"}) {
        const auto faults = faults_of(policy_of(text));
        BOOST_TEST(faults.find("policy.yaml:4:") != std::string::npos, text << ": " << faults);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
