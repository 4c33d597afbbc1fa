#include "agent/keys/envelope.h"

#include <openssl/err.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::size_t large = 64U << 20U;

std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    fill_random({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    return bytes;
}

template <typename Call>
ErrorCode code_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    BOOST_ERROR("nothing was thrown");
    return ErrorCode::internal;
}

/// Every byte changed in turn. Nothing but the very same content may come out, and that only for bytes of the frame,
/// which the authentication tag does not cover and the reader does not use (the manifest's digest covers them). Returns
/// how many of these there are.
std::size_t harmless_flips(const Identity& identity, const std::string& plain, std::string sealed) {
    const std::size_t content_and_tag = plain.size() + 2 + 16;
    std::size_t harmless = 0;
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        sealed[i] = static_cast<char>(sealed[i] ^ 0x21);
        try {
            BOOST_REQUIRE((open_sealed(sealed, identity.certificate, identity.key, large) == plain));
            BOOST_TEST(i < sealed.size() - content_and_tag);
            ++harmless;
        } catch (const Error& error) {
            BOOST_REQUIRE((error.code() == ErrorCode::key || error.code() == ErrorCode::corrupt));
        }
        sealed[i] = static_cast<char>(sealed[i] ^ 0x21);
    }
    return harmless;
}

#ifndef _WIN32
std::string read_whole(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}
#endif

}  // namespace

BOOST_AUTO_TEST_SUITE(envelope_tests)

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_again_for_both_kinds_of_recipient) {
    for (const auto& identity : {p256_identity("repository"), rsa_identity("repository")}) {
        for (const std::size_t size : {0U, 1U, 15U, 16U, 4095U, 4096U, 4097U, 100'000U, 3'000'001U}) {
            const auto plain = noise(size);
            const auto sealed = seal(plain, identity.certificate);
            BOOST_TEST((open_sealed(sealed, identity.certificate, identity.key, large) == plain));
            BOOST_TEST(sealed.size() < plain.size() + 1500U);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_same_text_is_never_sealed_to_the_same_bytes) {
    const auto identity = p256_identity("repository");
    BOOST_TEST((seal("text", identity.certificate) != seal("text", identity.certificate)));
}

BOOST_AUTO_TEST_CASE(the_form_is_definite_length_der) {
    const auto sealed = seal(noise(70'000), p256_identity("repository").certificate);
    BOOST_TEST(static_cast<unsigned char>(sealed[0]) == 0x30U);
    BOOST_TEST(static_cast<unsigned char>(sealed[1]) != 0x80U);
}

BOOST_AUTO_TEST_CASE(no_changed_byte_changes_what_is_opened) {
    const auto plain = noise(300);
    for (const auto& identity : {p256_identity("repository"), rsa_identity("repository")}) {
        BOOST_TEST(harmless_flips(identity, plain, seal(plain, identity.certificate)) <=
                   3U);  // two versions, one tag size
    }
}

BOOST_AUTO_TEST_CASE(a_changed_byte_of_the_content_or_the_tag_is_always_found) {
    const auto identity = p256_identity("repository");
    const auto plain = noise(5000);
    auto sealed = seal(plain, identity.certificate);
    for (std::size_t i = sealed.size() - 5000; i < sealed.size(); i += 7) {
        sealed[i] = static_cast<char>(sealed[i] ^ 0x01);
        BOOST_TEST(
            (code_of([&] { open_sealed(sealed, identity.certificate, identity.key, large); }) == ErrorCode::corrupt));
        sealed[i] = static_cast<char>(sealed[i] ^ 0x01);
    }
}

BOOST_AUTO_TEST_CASE(cut_and_lengthened_bytes_are_refused) {
    const auto identity = p256_identity("repository");
    const auto sealed = seal(noise(500), identity.certificate);
    for (std::size_t size = 0; size < sealed.size(); size += 13) {
        BOOST_TEST((code_of([&] {
                        open_sealed(std::string_view(sealed).substr(0, size), identity.certificate, identity.key,
                                    large);
                    }) == ErrorCode::corrupt));
    }
    BOOST_TEST(
        (code_of([&] { open_sealed(sealed + "x", identity.certificate, identity.key, large); }) == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_CASE(another_recipient_cannot_open_it) {
    for (const bool rsa : {false, true}) {
        const auto right = rsa ? rsa_identity("right") : p256_identity("right");
        const auto wrong = rsa ? rsa_identity("wrong") : p256_identity("wrong");
        const auto sealed = seal("text", right.certificate);
        BOOST_TEST((code_of([&] { open_sealed(sealed, wrong.certificate, wrong.key, large); }) == ErrorCode::key));
        BOOST_TEST((code_of([&] { open_sealed(sealed, right.certificate, wrong.key, large); }) == ErrorCode::key));
    }
}

BOOST_AUTO_TEST_CASE(no_more_is_opened_than_the_limit_allows) {
    const auto identity = p256_identity("repository");
    const auto sealed = seal(noise(100'000), identity.certificate);
    BOOST_TEST(open_sealed(sealed, identity.certificate, identity.key, 100'000).size() == 100'000U);
    BOOST_TEST((code_of([&] { open_sealed(sealed, identity.certificate, identity.key, 99'999); }) == ErrorCode::limit));
    BOOST_TEST((code_of([&] { open_sealed(sealed, identity.certificate, identity.key, 10); }) == ErrorCode::limit));
}

BOOST_AUTO_TEST_CASE(failures_leave_no_error_behind_for_the_connection_of_the_same_thread) {
    const auto identity = p256_identity("repository");
    auto sealed = seal("text", identity.certificate);
    sealed.back() = static_cast<char>(sealed.back() ^ 1);
    BOOST_CHECK_THROW(open_sealed(sealed, identity.certificate, identity.key, large), Error);
    BOOST_CHECK_THROW(open_sealed("nonsense", identity.certificate, identity.key, large), Error);
    BOOST_TEST(ERR_peek_error() == 0UL);
}

#ifndef _WIN32
BOOST_AUTO_TEST_CASE(the_openssl_program_opens_what_was_sealed) {
    if (std::system("openssl version > /dev/null 2>&1") != 0) {
        BOOST_TEST_MESSAGE("skipped: there is no openssl program here");
        return;
    }
    const auto plain = noise(200'000);
    for (const auto& identity : {p256_identity("repository"), rsa_identity("repository")}) {
        const TemporaryFolder folder;
        const auto sealed = folder.write("chunk", seal(plain, identity.certificate)).string();
        const auto key = folder.write("key.pem", identity.key.to_pem()).string();
        const auto certificate = folder.write("certificate.pem", identity.certificate.to_pem()).string();
        const auto opened = folder.path() / "opened";
        const auto command = "openssl cms -decrypt -binary -inform DER -in " + sealed + " -inkey " + key + " -recip " +
                             certificate + " -out " + opened.string();
        BOOST_TEST(std::system(command.c_str()) == 0);
        BOOST_TEST((read_whole(opened) == plain));
    }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
