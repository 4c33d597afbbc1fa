#include "agent/keys/siv.h"

#include <boost/test/unit_test.hpp>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"

using namespace tributary;

namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

std::string hex_of(const std::string& bytes) {
    return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

Siv cipher(const std::string& key) {
    return Siv({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(siv_tests)

// RFC 5297, appendix A.1.
BOOST_AUTO_TEST_CASE(the_standards_deterministic_example_holds) {
    Siv siv = cipher(from_hex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
    const auto associated = from_hex("101112131415161718191a1b1c1d1e1f2021222324252627");
    const auto plain = from_hex("112233445566778899aabbccddee");
    for (int i = 0; i < 3; ++i) {  // the same context again and again
        std::string sealed;
        siv.seal(plain, sealed, associated);
        BOOST_TEST(hex_of(sealed) == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c");
        BOOST_TEST(hex_of(siv.open(sealed, associated).value()) == hex_of(plain));
        BOOST_TEST(!siv.open(sealed).has_value());
    }
}

BOOST_AUTO_TEST_CASE(any_changed_byte_is_noticed) {
    Siv siv = cipher(std::string(Siv::key_bytes, 'k'));
    std::string sealed;
    siv.seal("some text", sealed);
    BOOST_TEST(siv.open(sealed).value() == "some text");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        BOOST_TEST(!siv.open(changed).has_value());
    }
    BOOST_TEST(!siv.open(sealed.substr(0, sealed.size() - 1)).has_value());
    BOOST_TEST(!siv.open("").has_value());
    BOOST_TEST(!siv.open(std::string(Siv::tag_bytes, 'x')).has_value());
}

BOOST_AUTO_TEST_CASE(keys_of_another_length_are_refused) {
    BOOST_CHECK_THROW(cipher(std::string(16, 'k')), Error);
    BOOST_CHECK_THROW(cipher(std::string(65, 'k')), Error);
}

BOOST_AUTO_TEST_SUITE_END()
