#include "agent/keys/base32.h"

#include <boost/test/unit_test.hpp>

using namespace tributary;

namespace {

std::string encoded(std::string_view bytes) {
    std::string text(base32_length(bytes.size()), '?');
    write_base32({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, text.data());
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(base32_tests)

// RFC 4648, section 10, in lower case and without padding.
BOOST_AUTO_TEST_CASE(the_standards_test_vectors_hold) {
    const std::pair<const char*, const char*> known[] = {{"", ""},
                                                         {"f", "my"},
                                                         {"fo", "mzxq"},
                                                         {"foo", "mzxw6"},
                                                         {"foob", "mzxw6yq"},
                                                         {"fooba", "mzxw6ytb"},
                                                         {"foobar", "mzxw6ytboi"}};
    for (const auto& [bytes, text] : known) {
        BOOST_TEST(encoded(bytes) == text);
        BOOST_TEST(from_base32(text).value() == bytes);
    }
    BOOST_TEST(from_base32("MZXW6").value() == "foo");
}

BOOST_AUTO_TEST_CASE(a_text_that_nobody_wrote_is_refused) {
    for (const char* const text : {"m", "mzx", "mzxw6y", "mz=", "m1", "mzxw6 ", "mr", "mzxw7\n"}) {
        BOOST_TEST(!from_base32(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
