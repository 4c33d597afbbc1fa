#include "agent/keys/key_file.h"

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

std::string written(const LinkageKey& key, const std::string& site = {}) {
    return std::string(write_linkage_key(key, site).text());
}

/// Bytes 0 to 31 with all that can be told of a key.
LinkageKey described() {
    return {LinkageKeyDescription{"region-2026", 3, "north", {"planning", "research"}, created}, counted_bytes()};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_file_tests)

// base64 of bytes 0 to 31, by `python3 -c 'import base64; print(base64.b64encode(bytes(range(32))).decode())'`.
BOOST_AUTO_TEST_CASE(the_file_has_the_documented_form) {
    BOOST_TEST(written(described(), "RVW") ==
               R"({"created":"2026-11-22T08:30:00.000Z","domains":["planning","research"],"epoch":3,)"
               R"("fingerprint":"3418a8bba093d934","id":"region-2026",)"
               R"("key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","region":"north","site":"RVW",)"
               R"("tributary_linkage_key":2})"
               "\n");
}

BOOST_AUTO_TEST_CASE(a_key_comes_back_from_its_file) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.key", written(described()));
    const auto back = read_linkage_key(system_files(), file);
    BOOST_TEST(back.id() == "region-2026");
    BOOST_TEST(back.epoch() == 3U);
    BOOST_TEST(back.region() == "north");
    BOOST_TEST((back.domains() == std::vector<std::string>{"planning", "research"}));
    BOOST_TEST((back.created() == created));
    BOOST_TEST((back.bytes() == counted_bytes()));
}

BOOST_AUTO_TEST_CASE(a_file_of_form_1_is_still_read) {
    const auto key =
        parse_linkage_key(key_file("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "3418a8bba093d934"), "old.key");
    BOOST_TEST((key.bytes() == counted_bytes()));
    BOOST_TEST(key.region().empty());
    BOOST_TEST(key.allows_domain("planning"));
    BOOST_TEST((key.created() == created));
}

BOOST_AUTO_TEST_CASE(a_key_made_out_to_a_site_tells_which_and_is_no_file_of_a_store) {
    const auto text = written(described(), "RVW");
    BOOST_TEST(parse_addressed_key(text, "a").site == "RVW");
    BOOST_TEST(parse_addressed_key(written(described()), "a").site.empty());
    BOOST_TEST((refusal_of(text).text.find("made out to a site") != std::string::npos));
    BOOST_TEST((refusal_of(replaced(text, "RVW", "rvw\\u001b")).text.find("\"site\"") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_key_file_cut_anywhere_is_refused) {
    const auto text = written(described(), "RVW");
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {  // its last byte is a line end
        BOOST_CHECK_THROW(parse_addressed_key(text.substr(0, size), "cut.key"), Error);
    }
}

// "Hh8=" and "Hh9=" are the same two bytes and differ in the four bits that are of no byte (RFC 4648, section 3.5).
BOOST_AUTO_TEST_CASE(one_key_has_one_text) {
    const auto good = written(described());
    BOOST_TEST((parse_linkage_key(good, "a.key").bytes() == counted_bytes()));
    BOOST_TEST((refusal_of(replaced(good, "Hh8=", "Hh9=")).text.find("stray bits") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_file_past_its_limit_is_refused) {
    const TemporaryFolder folder;
    const auto file = folder.write("large", std::string(100, 'x'));
    BOOST_TEST(read_secret_file(system_files(), file, 100).text() == std::string(100, 'x'));
    BOOST_CHECK_EXCEPTION(read_secret_file(system_files(), file, 99), Error,
                          [](const Error& error) { return error.code() == ErrorCode::limit; });
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
    const auto key = LinkageKey::create({"region-2026", 1, {}, {}, created});
    const auto good = written(key);
    const auto encoded = to_base64({reinterpret_cast<const char*>(key.bytes().data()), 32}, Base64::standard);
    const std::string contents[] = {"",
                                    "not json",
                                    encoded,
                                    "[" + good + "]",
                                    replaced(good, "\"tributary_linkage_key\":2", "\"tributary_linkage_key\":3"),
                                    replaced(good, "\"tributary_linkage_key\":2", "\"tributary_linkage_key\":true"),
                                    replaced(good, "\"tributary_linkage_key\":2", "\"tributary_linkage_key\":\"2\""),
                                    replaced(good, "\"epoch\":1", "\"epoch\":-1"),
                                    replaced(good, "\"epoch\":1", "\"epoch\":4294967296"),
                                    replaced(good, "\"epoch\":1", "\"epoch\":1.5"),
                                    replaced(good, "\"epoch\":1,", ""),
                                    replaced(good, "\"epoch\":1", "\"epoch\":1,\"" + encoded + "\":1"),
                                    replaced(good, "\"tributary_linkage_key\":2", "\"tributary_linkage_key\":1"),
                                    replaced(good, "\"domains\":[]", "\"domains\":[1]"),
                                    replaced(good, "\"domains\":[]", "\"domains\":[\"a b\"]"),
                                    replaced(good, "\"domains\":[],", ""),
                                    replaced(good, "\"region\":\"\"", "\"region\":\"a b\""),
                                    replaced(good, "\"region\":\"\",", ""),
                                    replaced(good, encoded, "the key stands here, and nowhere else in it."),
                                    replaced(good, encoded, encoded.substr(0, 42) + "/="),
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

#ifndef _WIN32
BOOST_AUTO_TEST_CASE(a_key_that_others_can_read_is_refused) {
    const TemporaryFolder folder;
    const auto file = folder.write("one.key", written(LinkageKey::create("region-2026", 1)));
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
