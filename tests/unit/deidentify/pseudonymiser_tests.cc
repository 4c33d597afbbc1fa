#include "agent/deidentify/pseudonymiser.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

// The known answers were computed with Python's standard library:
//
//   import base64, hashlib, hmac, struct
//   key, t = bytes(range(32)), lambda k, m: hmac.new(k, m, hashlib.sha256).digest()
//   enc = lambda b: struct.pack('>I', len(b)) + b
//   def pseudonym(domain, type, normalised):
//       k = t(t(bytes(32), key), b'tributary pseudonym v1' + domain + b'\x01')    # HKDF, RFC 5869, 32 bytes
//       return base64.b32encode(t(k, enc(type) + enc(normalised))[:16]).decode().lower().rstrip('=')
//
// and the first of them with OpenSSL and coreutils too:
//
//   K=$(openssl kdf -binary -keylen 32 -kdfopt digest:SHA256 -kdfopt info:'tributary pseudonym v1planning'
//       -kdfopt hexkey:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f HKDF | xxd -p -c64)
//   printf '\0\0\0\012nhs_number\0\0\0\0129434765919' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$K -binary |
//       head -c16 | base32 | tr A-Z a-z | tr -d =

namespace {

std::string pseudonym(std::string_view domain, IdentifierType type, std::string_view value) {
    return Pseudonymiser(known_key(), domain, type).of(value).value_or("(none)");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pseudonymiser_tests)

BOOST_AUTO_TEST_CASE(known_answers_of_each_type) {
    BOOST_TEST(pseudonym("planning", IdentifierType::nhs_number, "943 476 5919") == "gbiyxe737h5syfqo2wmd7abgea");
    BOOST_TEST(pseudonym("planning", IdentifierType::nhs_number, "9990000018") == "cgnxzgb2bijj3leg4sw56la4xq");
    BOOST_TEST(pseudonym("research", IdentifierType::nhs_number, "943-476-5919") == "olpy6lihldh7mgxz7tsax2wx3y");
    BOOST_TEST(pseudonym("planning", IdentifierType::identifier, "9434765919") == "yazcjmipo325gisk74dmngciaq");
    BOOST_TEST(pseudonym("planning", IdentifierType::identifier, " RVW-00017\n") == "zl3cvw6arehu5xyddipa3kw4xe");
    BOOST_TEST(pseudonym("planning", IdentifierType::identifier, "Zoe\xcc\x88") == "h5n77oxdrzzbkp67o5g6pdzv3a");
    BOOST_TEST(pseudonym("planning", IdentifierType::uprn, "100012345678") == "yhnso4uwe4zo7xyfeggydfza54");
    BOOST_TEST(pseudonym("planning", IdentifierType::text, " x ") == "pnqoh6nnxa7ua6zjh2ct5jrj5e");
    BOOST_TEST(pseudonym("planning", IdentifierType::text, "\xe2\x84\xa6") == "c67hr7elvgkzud7n3xvlj5na7u");
}

BOOST_AUTO_TEST_CASE(a_value_longer_than_the_buffer_has_the_pseudonym_that_it_must) {
    BOOST_TEST(pseudonym("planning", IdentifierType::text, std::string(300, 'a')) == "bmn666wi4f5srxvr6om77l6age");
}

BOOST_AUTO_TEST_CASE(what_does_not_validate_never_becomes_a_pseudonym) {
    BOOST_TEST(pseudonym("planning", IdentifierType::nhs_number, "9434765918") == "(none)");
    BOOST_TEST(pseudonym("planning", IdentifierType::nhs_number, "0000000000") == "(none)");
    BOOST_TEST(pseudonym("planning", IdentifierType::nhs_number, "") == "(none)");
    BOOST_TEST(pseudonym("planning", IdentifierType::uprn, "0") == "(none)");
    BOOST_TEST(pseudonym("planning", IdentifierType::identifier, "\xff") == "(none)");
}

BOOST_AUTO_TEST_CASE(nothing_is_written_for_a_value_without_a_pseudonym) {
    std::string out(Pseudonymiser::length, '#');
    const Pseudonymiser pseudonymiser(known_key(), "planning", IdentifierType::nhs_number);
    BOOST_TEST(pseudonymiser.write("9434765918", out.data()) == outcome::first_reason + 1);
    BOOST_TEST(pseudonymiser.reasons()[1] == "check_digit");
    BOOST_TEST(out == std::string(Pseudonymiser::length, '#'));
}

BOOST_AUTO_TEST_CASE(key_domain_type_and_value_each_change_the_pseudonym) {
    std::array<std::uint8_t, LinkageKey::size> other_bytes{};
    other_bytes.fill(7);
    other_bytes[0] = 8;
    const LinkageKey other("other", 1, other_bytes);
    const std::set<std::string> all = {
        pseudonym("planning", IdentifierType::identifier, "1"),
        pseudonym("planning", IdentifierType::identifier, "2"),
        pseudonym("planning", IdentifierType::identifier, "01"),
        pseudonym("planning", IdentifierType::text, "1"),
        pseudonym("planning", IdentifierType::uprn, "1"),
        pseudonym("research", IdentifierType::identifier, "1"),
        pseudonym("Planning", IdentifierType::identifier, "1"),
        Pseudonymiser(other, "planning", IdentifierType::identifier).of("1").value_or(""),
    };
    BOOST_TEST(all.size() == 8U);
    BOOST_TEST(all.count("") == 0U);
}

BOOST_AUTO_TEST_CASE(neither_the_keys_id_nor_its_epoch_changes_the_pseudonym) {
    const Pseudonymiser renamed(known_key("another-id", 9), "planning", IdentifierType::nhs_number);
    BOOST_TEST(renamed.of("9434765919").value_or("") == "gbiyxe737h5syfqo2wmd7abgea");
}

BOOST_AUTO_TEST_CASE(a_pseudonym_is_26_characters_of_lower_case_base32) {
    const Pseudonymiser pseudonymiser(known_key(), "planning", IdentifierType::identifier);
    std::set<std::string> seen;
    for (int i = 0; i < 5000; ++i) {
        const auto text = pseudonymiser.of(std::to_string(i)).value_or("");
        BOOST_REQUIRE_EQUAL(text.size(), 26U);
        BOOST_REQUIRE(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
        // 128 bits are 25 characters and three bits: the last character's two low bits are zero.
        BOOST_REQUIRE(std::string("aeimquy4").find(text.back()) != std::string::npos);
        BOOST_REQUIRE(seen.insert(text).second);
    }
}

BOOST_AUTO_TEST_SUITE_END()
