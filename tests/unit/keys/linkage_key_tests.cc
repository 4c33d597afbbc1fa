#include "agent/keys/linkage_key.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/keys/base64.h"
#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using tributary::testing::TemporaryFolder;

namespace {

const TimePoint created = from_rfc3339("2026-11-22T08:30:00.000Z");

std::array<std::uint8_t, 32> counted_bytes() {
    std::array<std::uint8_t, 32> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(i);
    }
    return bytes;
}

struct Refusal {
    ErrorCode code = ErrorCode::internal;
    std::string text;
};

/// What reading a key file with this content says.
Refusal refusal_of(const std::string& content) {
    const TemporaryFolder folder;
    const auto file = folder.write("region.key", content);
    try {
        read_linkage_key(system_files(), file);
    } catch (const Error& error) {
        BOOST_TEST((std::string(error.what()).find("region.key") != std::string::npos));
        return {error.code(), error.what()};
    }
    BOOST_ERROR("the key file was accepted");
    return {};
}

std::string key_file(const std::string& key, const std::string& fingerprint, const std::string& id = "region-2026",
                     const std::string& epoch = "1") {
    return R"({"created":"2026-11-22T08:30:00.000Z","epoch":)" + epoch + R"(,"fingerprint":")" + fingerprint +
           R"(","id":")" + id + R"(","key":")" + key + R"(","tributary_linkage_key":1})";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(linkage_key_tests)

// The text and the bytes 0 to 31, written by printf and python3, through `openssl dgst -sha256`; first 16 digits.
BOOST_AUTO_TEST_CASE(the_fingerprint_is_that_of_the_definition) {
    BOOST_TEST(LinkageKey("k", 1, counted_bytes()).fingerprint() == "3418a8bba093d934");
}

// base64 of bytes 0 to 31, by `python3 -c 'import base64; print(base64.b64encode(bytes(range(32))).decode())'`.
BOOST_AUTO_TEST_CASE(the_file_has_the_documented_form) {
    const LinkageKey key("region-2026", 3, counted_bytes());
    BOOST_TEST(write_linkage_key(key, created) ==
               key_file("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", key.fingerprint(), "region-2026", "3") + "\n");
}

BOOST_AUTO_TEST_CASE(a_key_comes_back_from_its_file) {
    const TemporaryFolder folder;
    const auto key = LinkageKey::create("region-2026", 7);
    const auto file = folder.write("a.key", write_linkage_key(key, created));
    const auto back = read_linkage_key(system_files(), file);
    BOOST_TEST(back.id() == "region-2026");
    BOOST_TEST(back.epoch() == 7U);
    BOOST_TEST((back.bytes() == key.bytes()));
    BOOST_TEST(back.fingerprint() == key.fingerprint());
}

BOOST_AUTO_TEST_CASE(fresh_keys_differ) {
    BOOST_TEST((LinkageKey::create("a", 1).bytes() != LinkageKey::create("a", 1).bytes()));
}

BOOST_AUTO_TEST_CASE(a_moved_key_leaves_nothing_behind) {
    LinkageKey key("a", 1, counted_bytes());
    const LinkageKey moved(std::move(key));
    BOOST_TEST((moved.bytes() == counted_bytes()));
    BOOST_TEST((key.bytes() == std::array<std::uint8_t, 32>{}));  // NOLINT(bugprone-use-after-move): that is the point
}

BOOST_AUTO_TEST_CASE(a_passphrase_is_no_linkage_key) {
    const std::string passphrase = "correct horse battery staple 123";  // 32 printable bytes
    std::array<std::uint8_t, 32> bytes{};
    std::copy(passphrase.begin(), passphrase.end(), bytes.begin());
    const auto fingerprint = LinkageKey("k", 1, bytes).fingerprint();
    const auto refusal = refusal_of(key_file(to_base64(passphrase, Base64::standard), fingerprint));
    BOOST_TEST((refusal.code == ErrorCode::key));
    BOOST_TEST((refusal.text.find("not random") != std::string::npos));
    BOOST_TEST((refusal.text.find("horse") == std::string::npos));
    const auto bare = refusal_of(key_file(passphrase, fingerprint));
    BOOST_TEST((bare.code == ErrorCode::key));
    BOOST_TEST((bare.text.find("passphrase") != std::string::npos));
    BOOST_TEST((bare.text.find("horse") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_few_bytes_repeated_are_no_linkage_key) {
    std::array<std::uint8_t, 32> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(0xf0U + (i % 15U));
    }
    const std::string text(bytes.begin(), bytes.end());
    const auto refusal =
        refusal_of(key_file(to_base64(text, Base64::standard), LinkageKey("k", 1, bytes).fingerprint()));
    BOOST_TEST((refusal.text.find("not random") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(every_departure_from_the_form_is_refused_without_a_word_of_the_key) {
    const auto key = LinkageKey::create("region-2026", 1);
    const auto good = write_linkage_key(key, created);
    const auto encoded = to_base64({reinterpret_cast<const char*>(key.bytes().data()), 32}, Base64::standard);
    const std::string contents[] = {"",
                                    "not json",
                                    encoded,
                                    "[" + good + "]",
                                    replaced(good, "\"tributary_linkage_key\":1", "\"tributary_linkage_key\":2"),
                                    replaced(good, "\"tributary_linkage_key\":1", "\"tributary_linkage_key\":true"),
                                    replaced(good, "\"tributary_linkage_key\":1", "\"tributary_linkage_key\":\"1\""),
                                    replaced(good, "\"epoch\":1", "\"epoch\":-1"),
                                    replaced(good, "\"epoch\":1", "\"epoch\":4294967296"),
                                    replaced(good, "\"epoch\":1", "\"epoch\":1.5"),
                                    replaced(good, "\"epoch\":1,", ""),
                                    replaced(good, "\"epoch\":1", "\"epoch\":1,\"" + encoded + "\":1"),
                                    replaced(good, "region-2026", "region 2026"),
                                    replaced(good, "region-2026", ""),
                                    replaced(good, "2026-11-22T08:30:00.000Z", "yesterday"),
                                    replaced(good, encoded, encoded.substr(0, 40)),
                                    replaced(good, encoded, encoded + "\\n"),
                                    replaced(good, encoded, to_base64(std::string(31, '\x8e'), Base64::standard)),
                                    replaced(good, key.fingerprint(), "0000000000000000"),
                                    good + good};
    for (const auto& content : contents) {
        const auto refusal = refusal_of(content);
        BOOST_TEST((refusal.code == ErrorCode::key));
        BOOST_TEST((refusal.text.find(encoded.substr(0, 12)) == std::string::npos));
    }
}

BOOST_AUTO_TEST_CASE(an_id_is_a_word_of_at_most_64_characters) {
    for (const std::string& id :
         {std::string(), std::string("a b"), std::string("a/b"), std::string("ä"), std::string(65, 'a')}) {
        BOOST_CHECK_THROW(LinkageKey(id, 1, counted_bytes()), Error);
    }
    BOOST_TEST(LinkageKey(std::string(64, 'a'), 1, counted_bytes()).id().size() == 64U);
}

BOOST_AUTO_TEST_CASE(a_folder_gives_its_keys_and_overlooks_other_files) {
    const TemporaryFolder folder;
    folder.write("one.key", write_linkage_key(LinkageKey::create("region-2026", 1), created));
    folder.write("two.key", write_linkage_key(LinkageKey::create("region-2027", 2), created));
    folder.write("README", "not a key");
    const auto keys = LinkageKeys::load(system_files(), folder.path());
    BOOST_TEST((keys.ids() == std::vector<std::string>{"region-2026", "region-2027"}));
    BOOST_TEST(keys.find("region-2027")->epoch() == 2U);
    BOOST_TEST(keys.find("region-2028") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_missing_folder_holds_no_keys) {
    const TemporaryFolder folder;
    BOOST_TEST(LinkageKeys::load(system_files(), folder.path() / "none").ids().empty());
}

BOOST_AUTO_TEST_CASE(two_files_with_one_id_are_refused) {
    const TemporaryFolder folder;
    folder.write("one.key", write_linkage_key(LinkageKey::create("region-2026", 1), created));
    folder.write("two.key", write_linkage_key(LinkageKey::create("region-2026", 2), created));
    try {
        LinkageKeys::load(system_files(), folder.path());
        BOOST_ERROR("was accepted");
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::key));
        BOOST_TEST((std::string(error.what()).find("two.key") != std::string::npos));
    }
    LinkageKeys keys;
    keys.add(LinkageKey::create("a", 1));
    BOOST_CHECK_THROW(keys.add(LinkageKey::create("a", 2)), Error);
}

#ifndef _WIN32
BOOST_AUTO_TEST_CASE(a_key_that_others_can_read_is_refused) {
    const TemporaryFolder folder;
    const auto file = folder.write("one.key", write_linkage_key(LinkageKey::create("region-2026", 1), created));
    std::filesystem::permissions(file, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
    try {
        read_linkage_key(system_files(), file);
        BOOST_ERROR("was accepted");
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::permission));
    }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
