#include "agent/keys/base64.h"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace tributary;

BOOST_AUTO_TEST_SUITE(base64_tests)

// RFC 4648, section 10.
BOOST_AUTO_TEST_CASE(the_answers_of_rfc_4648) {
    const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : cases) {
        BOOST_TEST(to_base64(bytes, Base64::standard) == text);
        BOOST_TEST((from_base64(text, Base64::standard) == std::string(bytes)));
    }
    BOOST_TEST(to_base64("\xfb\xff\xfe", Base64::standard) == "+//+");
    BOOST_TEST(to_base64("\xfb\xff\xfe", Base64::url) == "-__-");
    BOOST_TEST(to_base64("f", Base64::url) == "Zg");
}

BOOST_AUTO_TEST_CASE(every_byte_and_long_texts_come_back) {
    std::string bytes;
    for (int i = 0; i < 3001; ++i) {
        bytes.push_back(static_cast<char>(i));
        if (i < 300 || i == 3000) {
            BOOST_REQUIRE((from_base64(to_base64(bytes, Base64::url), Base64::url) == bytes));
            BOOST_REQUIRE((from_base64(to_base64(bytes, Base64::standard), Base64::standard) == bytes));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_value_has_one_text_only) {
    for (const auto* const text :
         {"Zg", "Zg=", "Zh==", "Zg==\n", " Zg==", "Z g==", "Zg==Zg==", "Zm9v=", "Z", "====", "Zm-v", "Zm9v\n"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!from_base64(text, Base64::standard));
        }
    }
    for (const auto* const text : {"Zg==", "Zh", "Z", "Zm9v\n", "Zm+v", "Zm/v", "Zg.", "Z\xc3\xa9g"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!from_base64(text, Base64::url));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
