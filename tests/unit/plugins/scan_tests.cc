#include "plugins/csv/scan.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

using namespace tributary::csv;

BOOST_AUTO_TEST_SUITE(scan_tests)

/// `Scan` is the one for this machine; on a machine without a fast one the test is trivially true.
BOOST_AUTO_TEST_CASE(the_fast_search_finds_what_the_plain_one_finds) {
    std::mt19937 random(1);
    const std::string alphabet = std::string("abcxyz,|\"\\\n\r\t\x80\xC3\xFF ", 18) + std::string(1, '\0');
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const auto size = random() % 80;
        // Mostly letters, so that searches pass several blocks.
        for (std::size_t i = 0; i < size; ++i) {
            text += random() % 12 == 0 ? alphabet[random() % alphabet.size()] : 'q';
        }
        const std::size_t begin = size == 0 ? 0 : random() % size;
        text.append(scan_padding, '\0');
        PortableScan plain;
        Scan fast;
        const char* at = text.data() + begin;
        BOOST_REQUIRE(plain.value_stop(at, PortableScan::stops(',', '\\')) ==
                      fast.value_stop(at, Scan::stops(',', '\\')));
        BOOST_REQUIRE(plain.quoted_stop(at, PortableScan::stops('"', '\\')) ==
                      fast.quoted_stop(at, Scan::stops('"', '\\')));
        // The fast one may look further, never less far.
        BOOST_REQUIRE(!plain.seen_non_ascii() || fast.seen_non_ascii());
    }
}

BOOST_AUTO_TEST_CASE(a_search_ends_at_the_padding) {
    for (std::size_t size = 0; size < 70; ++size) {
        const std::string text = std::string(size, 'x') + std::string(scan_padding, '\0');
        BOOST_CHECK_EQUAL(Scan().value_stop(text.data(), Scan::stops(',', ',')) - text.data(),
                          static_cast<std::ptrdiff_t>(size));
        BOOST_CHECK_EQUAL(Scan().quoted_stop(text.data(), Scan::stops('"', '"')) - text.data(),
                          static_cast<std::ptrdiff_t>(size));
    }
}

BOOST_AUTO_TEST_SUITE_END()
