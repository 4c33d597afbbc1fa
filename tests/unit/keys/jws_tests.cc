#include "agent/keys/jws.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "agent/keys/base64.h"
#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

const std::string payload = R"({"id":"00112233445566778899aabbccddeeff","name":"quote \" back \\ é ☃","rows":12})";

std::string segment(std::string_view bytes) {
    return to_base64(bytes, Base64::url);
}

std::string refusal(std::string_view compact, const Certificate& signer) {
    try {
        verify_jws(compact, signer);
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::refused));
        return error.what();
    }
    BOOST_ERROR("was accepted");
    return {};
}

/// A signature over header and payload by OpenSSL alone, as raw R and S when `raw`, else in DER.
std::string sign_by_hand(const std::string& header, std::string_view body, const PrivateKey& key, bool raw = true) {
    const auto text = segment(header) + "." + segment(body);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    BOOST_REQUIRE(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1);
    std::vector<unsigned char> der(200);
    std::size_t size = der.size();
    BOOST_REQUIRE(EVP_DigestSign(context.get(), der.data(), &size, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size()) == 1);
    der.resize(size);
    std::string signature(der.begin(), der.end());
    if (raw) {
        const unsigned char* in = der.data();
        const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> numbers(
            d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())), &ECDSA_SIG_free);
        std::string both(64, '\0');
        auto* const out = reinterpret_cast<unsigned char*>(both.data());
        BOOST_REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_r(numbers.get()), out, 32) == 32);
        BOOST_REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_s(numbers.get()), out + 32, 32) == 32);
        signature = both;
    }
    return text + "." + segment(signature);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jws_tests)

BOOST_AUTO_TEST_CASE(the_very_bytes_that_were_signed_come_back) {
    const auto site = p256_identity("RVW");
    BOOST_TEST(verify_jws(sign_jws(payload, site.key), site.certificate) == payload);
}

BOOST_AUTO_TEST_CASE(header_and_signature_have_the_fixed_form) {
    const auto site = p256_identity("RVW");
    for (int round = 0; round < 300; ++round) {  // R or S begins with a zero byte about once in 128
        const auto compact = sign_jws(payload, site.key);
        const auto last = compact.rfind('.');
        BOOST_REQUIRE(compact.substr(0, compact.find('.')) == segment(R"({"alg":"ES256"})"));
        BOOST_REQUIRE(from_base64(std::string_view(compact).substr(last + 1), Base64::url).value().size() == 64U);
        BOOST_REQUIRE(verify_jws(compact, site.certificate) == payload);
    }
}

BOOST_AUTO_TEST_CASE(a_signature_made_by_openssl_alone_is_accepted) {
    const auto site = p256_identity("RVW");
    BOOST_TEST(verify_jws(sign_by_hand(R"({"alg":"ES256"})", payload, site.key), site.certificate) == payload);
    BOOST_TEST(verify_jws(sign_by_hand(R"({"typ":"JWT","alg":"ES256"})", payload, site.key), site.certificate) ==
               payload);
}

BOOST_AUTO_TEST_CASE(a_payload_with_other_bytes_for_the_same_object_comes_back_as_it_was) {
    const auto site = p256_identity("RVW");
    const std::string spaced = "{ \"b\": 1,\n \"a\": 2.50 }";
    BOOST_TEST(verify_jws(sign_by_hand(R"({"alg":"ES256"})", spaced, site.key), site.certificate) == spaced);
}

BOOST_AUTO_TEST_CASE(only_the_one_form_of_json_is_signed) {
    const auto key = PrivateKey::create();
    for (const auto* const text : {"{ \"a\":1}", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":1}", "{\"a\":1.50}"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_CHECK_EXCEPTION(sign_jws(text, key), Error,
                                  [](const Error& error) { return error.code() == ErrorCode::internal; });
        }
    }
    BOOST_CHECK_THROW(sign_jws("not json", key), Error);
}

BOOST_AUTO_TEST_CASE(another_key_or_another_text_is_refused) {
    const auto site = p256_identity("RVW");
    const auto other = p256_identity("RVW");
    const auto compact = sign_jws(payload, site.key);
    BOOST_TEST((refusal(compact, other.certificate).find("does not verify") != std::string::npos));
    const auto first = compact.find('.');
    const auto last = compact.rfind('.');
    const auto forged = compact.substr(0, first + 1) +
                        segment(R"({"id":"00112233445566778899aabbccddeeff","rows":13})") + compact.substr(last);
    BOOST_TEST((refusal(forged, site.certificate).find("does not verify") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(no_changed_character_is_accepted) {
    const auto site = p256_identity("RVW");
    auto compact = sign_jws(R"({"a":1})", site.key);
    for (auto& character : compact) {
        const char was = character;
        character = was == 'A' ? 'B' : 'A';
        refusal(compact, site.certificate);
        character = was;
    }
}

BOOST_AUTO_TEST_CASE(other_algorithms_are_refused) {
    const auto site = p256_identity("RVW");
    const auto body = segment(payload);
    const auto good_signature = [&] {
        const auto compact = sign_jws(payload, site.key);
        return compact.substr(compact.rfind('.') + 1);
    }();
    for (const std::string& algorithm :
         {std::string("none"), std::string("None"), std::string("HS256"), std::string("RS256"), std::string("ES384"),
          std::string("ES256K"), std::string("es256"), std::string("")}) {
        const auto header = segment(R"({"alg":")" + algorithm + "\"}");
        BOOST_TEST((refusal(header + "." + body + "." + good_signature, site.certificate).find("algorithm") !=
                    std::string::npos));
        BOOST_TEST((refusal(header + "." + body + ".", site.certificate).find("algorithm") != std::string::npos));
    }
    for (const auto* const header : {"{}", R"({"alg":null})", R"({"alg":["ES256"]})", R"({"alg":256})"}) {
        BOOST_TEST((refusal(segment(header) + "." + body + "." + good_signature, site.certificate).find("algorithm") !=
                    std::string::npos));
    }
}

// The classic confusion: an HMAC under the public key's text.
BOOST_AUTO_TEST_CASE(an_hmac_under_the_public_key_is_refused) {
    const auto site = p256_identity("RVW");
    const auto pem = site.certificate.to_pem();
    const auto text = segment(R"({"alg":"HS256"})") + "." + segment(payload);
    const KeyedHmac hmac({reinterpret_cast<const std::uint8_t*>(pem.data()), pem.size()});
    const auto digest = hmac.of(text);
    refusal(text + "." + segment({reinterpret_cast<const char*>(digest.data()), digest.size()}), site.certificate);
}

BOOST_AUTO_TEST_CASE(headers_that_change_the_meaning_are_refused_though_signed) {
    const auto site = p256_identity("RVW");
    for (const auto* const header : {R"({"alg":"ES256","b64":false,"crit":["b64"]})", R"({"alg":"ES256","crit":[]})",
                                     R"({"alg":"ES256","jwk":{}})", R"({"alg":"ES256","x5u":"https://example.org"})"}) {
        refusal(sign_by_hand(header, payload, site.key), site.certificate);
    }
}

BOOST_AUTO_TEST_CASE(wrong_forms_are_refused) {
    const auto site = p256_identity("RVW");
    const auto compact = sign_jws(payload, site.key);
    const auto first = compact.find('.');
    const auto last = compact.rfind('.');
    const std::vector<std::string> wrong = {
        "",
        ".",
        "..",
        "...",
        compact.substr(0, last),
        compact.substr(0, last + 1),
        compact + ".",
        compact + ".x",
        "." + compact,
        compact + "=",
        compact + "\n",
        " " + compact,
        compact.substr(0, first) + "\n" + compact.substr(first),
        compact.substr(0, compact.size() - 1),
        compact + "AA",
        segment("[]") + compact.substr(first),
        segment("{\"alg\"") + compact.substr(first),
        segment(std::string(2000, ' ') + R"({"alg":"ES256"})") + compact.substr(first),
        sign_by_hand(R"({"alg":"ES256"})", payload, site.key, false),
        compact.substr(0, last + 1) + segment(std::string(64, '\0')),
        compact.substr(0, last + 1) + segment(std::string(64, '\xff')),
        sign_by_hand(R"({"alg":"ES256"})", "not json", site.key)};
    for (const auto& text : wrong) {
        refusal(text, site.certificate);
    }
}

BOOST_AUTO_TEST_CASE(more_than_256_kib_is_refused) {
    const auto site = p256_identity("RVW");
    BOOST_TEST((refusal(std::string((256U << 10U) + 1, 'A'), site.certificate).find("256 KiB") != std::string::npos));
    BOOST_CHECK_THROW(sign_jws(R"({"a":")" + std::string(200'000, 'x') + "\"}", site.key), Error);
    const auto long_payload = R"({"a":")" + std::string(189'000, 'x') + "\"}";
    BOOST_TEST((verify_jws(sign_jws(long_payload, site.key), site.certificate) == long_payload));
}

BOOST_AUTO_TEST_CASE(other_kinds_of_key_neither_sign_nor_verify) {
    const auto rsa = rsa_identity("RVW");
    const auto p384 = p384_identity("RVW");
    BOOST_CHECK_EXCEPTION(sign_jws(payload, rsa.key), Error, [](const Error& e) { return e.code() == ErrorCode::key; });
    BOOST_CHECK_EXCEPTION(sign_jws(payload, p384.key), Error,
                          [](const Error& e) { return e.code() == ErrorCode::key; });
    const auto compact = sign_jws(payload, PrivateKey::create());
    refusal(compact, rsa.certificate);
    refusal(compact, p384.certificate);
}

BOOST_AUTO_TEST_SUITE_END()
