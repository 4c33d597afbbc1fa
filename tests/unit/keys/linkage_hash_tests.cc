#include "agent/keys/linkage_hash.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"

using namespace tributary;

namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

const std::string long_key(80, '\xaa');

}  // namespace

BOOST_AUTO_TEST_SUITE(linkage_hash_tests)

BOOST_AUTO_TEST_CASE(hmac_sha1_gives_the_answers_of_rfc_2202) {
    BOOST_TEST(to_hex(KeyedHmacSha1(bytes_of(std::string(20, '\x0b'))).of("Hi There")) ==
               "b617318655057264e28bc0b6fb378c8ef146be00");
    BOOST_TEST(to_hex(KeyedHmacSha1(bytes_of("Jefe")).of("what do ya want for nothing?")) ==
               "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    BOOST_TEST(to_hex(KeyedHmacSha1(bytes_of(long_key)).of("Test Using Larger Than Block-Size Key - Hash Key First")) ==
               "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

BOOST_AUTO_TEST_CASE(hmac_md5_gives_the_answers_of_rfc_2202) {
    BOOST_TEST(to_hex(KeyedHmacMd5(bytes_of(std::string(16, '\x0b'))).of("Hi There")) ==
               "9294727a3638bb1c13f48ef8158bfc9d");
    const KeyedHmacMd5 jefe(bytes_of("Jefe"));
    BOOST_TEST(to_hex(jefe.of("what do ya want for nothing?")) == "750c783e6ab0b503eaa86e310a5db738");
    BOOST_TEST(to_hex(jefe.of("what do ya", " want for nothing?")) == "750c783e6ab0b503eaa86e310a5db738");
    BOOST_TEST(to_hex(KeyedHmacMd5(bytes_of(long_key)).of("Test Using Larger Than Block-Size Key - Hash Key First")) ==
               "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
}

// Python: hashlib.blake2b(m, key=k, salt=s).hexdigest()
BOOST_AUTO_TEST_CASE(blake2b_takes_key_and_salt_as_pythons_hashlib_does) {
    BOOST_TEST(to_hex(KeyedBlake2b(bytes_of("key"), "0").of("abc")) ==
               "833cdb7e441d04977deaf9cd1bb26625d04e1afbce7bf084644d478688b829a8bc955395e4ef53361f9250ce175972d8416be56"
               "44d1cd688068a5b3d6a2e3096");
    const KeyedBlake2b long_one(bytes_of(std::string(64, 'k')), "10");
    for (int i = 0; i < 2; ++i) {  // a message leaves nothing behind for the next
        BOOST_TEST(to_hex(long_one.of("")) ==
                   "e1f33eaf0ba086d16a861f689e1d94cb3682a60e05ab24dee65da9e2b304190ee9e1c0738a340b0ce859852a5123bcd6ec6"
                   "cef022cd47e02cce0d9a1655154b1");
    }
    BOOST_TEST(to_hex(long_one.of(std::string(300, 'm'))) ==
               "fc270025b70915fbb77aafaae3c317bc74d9a49f0285a1da151c1ba74d21084941ea433e964d4042a18365545a7f42f79d314fa"
               "65394cf2ff443e538e65a66d5");
}

BOOST_AUTO_TEST_CASE(blake2b_refuses_keys_and_salts_that_it_cannot_take) {
    BOOST_CHECK_THROW(KeyedBlake2b({}, "0"), Error);
    BOOST_CHECK_THROW(KeyedBlake2b(bytes_of(long_key), "0"), Error);
    BOOST_CHECK_THROW(KeyedBlake2b(bytes_of("key"), "12345678901234567"), Error);
}

// Python: RFC 5869's extract and expand written with hmac.new(..., hashlib.sha512).
BOOST_AUTO_TEST_CASE(hkdf_sha512_extracts_and_expands) {
    const auto hex = [](const std::string& key) { return to_hex(bytes_of(key)); };
    BOOST_TEST(hex(hkdf_sha512("secret", "salt", "info", 70)) ==
               "90e269f053d383c4b2070be93238adf358f3d67bd7b17ca3de95f10a50a8385e66d8241c8c22c91cee75d7bda92e8111236b71b"
               "63c8f05973947428074d272f073de7d106ca1");
    BOOST_TEST(hex(hkdf_sha512("secret", "", "", 20)) == "ce251b8403130b6b2b54721a86eb1af50f221c4e");
    BOOST_TEST(hkdf_sha512("secret", "", "", 16'320).size() == 16'320U);
    BOOST_CHECK_THROW(hkdf_sha512("secret", "", "", 16'321), Error);
}

BOOST_AUTO_TEST_SUITE_END()
