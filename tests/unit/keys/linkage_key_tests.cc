#include "agent/keys/linkage_key.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/platform/error.h"

using namespace tributary;

namespace {

LinkageKey::Bytes counted_bytes() {
    LinkageKey::Bytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(i);
    }
    return bytes;
}

LinkageKey for_domains(std::vector<std::string> domains) {
    return {LinkageKeyDescription{"region-2026", 1, "north", std::move(domains), {}}, counted_bytes()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(linkage_key_tests)

// The text and the bytes 0 to 31, written by printf and python3, through `openssl dgst -sha256`; first 16 digits.
BOOST_AUTO_TEST_CASE(the_fingerprint_is_that_of_the_definition) {
    BOOST_TEST(LinkageKey("k", 1, counted_bytes()).fingerprint() == "3418a8bba093d934");
}

BOOST_AUTO_TEST_CASE(fresh_keys_differ) {
    BOOST_TEST((LinkageKey::create("a", 1).bytes() != LinkageKey::create("a", 1).bytes()));
}

BOOST_AUTO_TEST_CASE(a_moved_key_leaves_its_bytes_in_their_one_place) {
    LinkageKey key("a", 1, counted_bytes());
    const auto* const place = key.bytes().data();
    const LinkageKey moved(std::move(key));
    BOOST_TEST((moved.bytes().data() == place));
    BOOST_TEST((moved.bytes() == counted_bytes()));
}

BOOST_AUTO_TEST_CASE(a_key_serves_the_domains_that_it_names_and_no_other) {
    const auto key = for_domains({"research", "planning", "research"});
    BOOST_TEST((key.domains() == std::vector<std::string>{"planning", "research"}));
    BOOST_TEST(key.allows_domain("planning"));
    BOOST_TEST(key.allows_domain("research"));
    BOOST_TEST(!key.allows_domain("plan"));
    BOOST_TEST(!key.allows_domain("Planning"));
    BOOST_TEST(!key.allows_domain(""));
}

BOOST_AUTO_TEST_CASE(a_key_that_names_no_domain_serves_any) {
    BOOST_TEST(for_domains({}).allows_domain("planning"));
}

BOOST_AUTO_TEST_CASE(ids_regions_and_domains_are_words_of_at_most_64_characters) {
    const std::string too_long(65, 'a');
    for (const std::string& word : {std::string("a b"), std::string("a/b"), std::string("\xc3\xa4"), too_long}) {
        BOOST_CHECK_THROW(LinkageKey(word, 1, counted_bytes()), Error);
        BOOST_CHECK_THROW(for_domains({word}), Error);
        BOOST_CHECK_THROW(LinkageKey({"a", 1, word, {}, {}}, counted_bytes()), Error);
    }
    BOOST_CHECK_THROW(LinkageKey("", 1, counted_bytes()), Error);
    BOOST_CHECK_THROW(for_domains({""}), Error);
    BOOST_CHECK_THROW(for_domains(std::vector<std::string>(65, "a")), Error);
    BOOST_TEST(LinkageKey(std::string(64, 'a'), 1, counted_bytes()).id().size() == 64U);
}

BOOST_AUTO_TEST_CASE(two_keys_of_one_id_are_refused) {
    LinkageKeys keys;
    keys.add(LinkageKey::create("a", 1));
    BOOST_CHECK_THROW(keys.add(LinkageKey::create("a", 2)), Error);
    BOOST_TEST(keys.find("a")->epoch() == 1U);
    BOOST_TEST(keys.find("b") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
