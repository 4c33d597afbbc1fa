#include <Poco/Base64Encoder.h>
#include <Poco/Exception.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <sstream>
#include <vector>

#include "agent/courier/certificate_statement.h"
#include "agent/keys/jws.h"
#include "service/repository/lander.h"
#include "tests/integration/delivery/world.h"

using namespace tributary;
using namespace tributary::testing;

BOOST_AUTO_TEST_SUITE(hostile_tests)

namespace {

const std::map<std::string, std::string> jose{{"Content-Type", "application/jose"}};

std::string base64url(const std::string& bytes) {
    std::ostringstream text;
    Poco::Base64Encoder encoder(text, Poco::BASE64_URL_ENCODING | Poco::BASE64_NO_PADDING);
    encoder << bytes;
    encoder.close();
    return text.str();
}

/// As sign_jws(), but of any bytes.
std::string signed_bytes(const std::string& payload, const PrivateKey& key) {
    const std::string input = base64url(R"({"alg":"ES256"})") + "." + base64url(payload);
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::size_t size = 0;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(input.data());
    BOOST_REQUIRE(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1);
    BOOST_REQUIRE(EVP_DigestSign(context.get(), nullptr, &size, bytes, input.size()) == 1);
    std::vector<unsigned char> der(size);
    BOOST_REQUIRE(EVP_DigestSign(context.get(), der.data(), &size, bytes, input.size()) == 1);
    const unsigned char* begin = der.data();
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> numbers(
        d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(size)), &ECDSA_SIG_free);
    std::string signature(64, '\0');
    auto* const both = reinterpret_cast<unsigned char*>(signature.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(numbers.get()), both, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(numbers.get()), both + 32, 32);
    return input + "." + base64url(signature);
}

struct Fixture {
    World world;
    Site rvw = world.site("RVW");
    SealedChunk chunk = world.numbered(world.sealed_chunk("admissions", rows(1, 100)), "RVW", 1, "");
    Manifest& manifest = chunk.manifest;

    Fixture() { world.start(); }

    std::string jws() const { return sign_jws(manifest_text(manifest), rvw.key); }
    void refused(const RawAnswer& answer, int status) {
        BOOST_TEST_MESSAGE(answer.status << " " << answer.body);
        BOOST_TEST(answer.status == status);
        BOOST_TEST(answer.headers.at("content-type") == "application/problem+json");
        nothing_stored();
    }
    void nothing_stored() {
        std::size_t chunks = 0;
        world.server().ledger().for_each([&](const LedgerChunk&) { ++chunks; });
        BOOST_TEST(chunks == 0U);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_unsigned_manifest_is_refused, Fixture) {
    const std::string none = base64url(R"({"alg":"none"})") + "." + base64url(manifest_text(manifest)) + ".";
    refused(world.request(rvw, "PUT", chunk_path(manifest), jose, none), 401);
}

BOOST_FIXTURE_TEST_CASE(a_manifest_that_is_no_text_is_refused, Fixture) {
    const std::string text = manifest_text(manifest);
    const auto with = [&](const std::string& bytes) {
        return text.substr(0, text.size() - 1) + R"(,"note":")" + bytes + R"("})";
    };
    const auto answer_to = [&](const std::string& path, const std::string& bytes) {
        const auto answer = world.request(rvw, "PUT", path, jose, signed_bytes(bytes, rvw.key));
        BOOST_TEST_MESSAGE(answer.status << " " << answer.body);
        return answer.status;
    };
    for (const std::string& bad : {text + '\0', with(std::string(1, '\0')), with("\xff"), with("\xed\xa0\x80")}) {
        const auto chunk_status = answer_to(chunk_path(manifest), bad);
        BOOST_TEST((chunk_status == 400 || chunk_status == 401));
        const auto run_status = answer_to("/v1/sites/RVW/runs/" + manifest.id, bad);
        BOOST_TEST((run_status == 400 || run_status == 401));
    }
    nothing_stored();
    BOOST_TEST(answer_to(chunk_path(manifest), text) == 202);  // and the signature is one
}

BOOST_FIXTURE_TEST_CASE(certificates_are_told_to_one_who_asks_rightly_and_is_let_in, Fixture) {
    const std::string path = "/v1/certificates/";
    const std::string challenge = "00112233445566778899aabbccddeeff";
    const auto answer = world.request(rvw, "GET", path + challenge, {}, "");
    BOOST_TEST(answer.status == 200);
    const auto statements = read_certificate_answer(answer.body);
    BOOST_TEST(statements.size() == 1U);
    const auto statement = verify_statement(statements.at(0), world.signing_certificate());
    BOOST_TEST(statement.challenge == challenge);
    BOOST_TEST(Certificate::from_pem(statement.signing, "it").fingerprint() ==
               world.signing_certificate().fingerprint());
    for (const auto& wrong :
         {std::string(), std::string("0011"), challenge + "00", challenge + "?a", challenge + "/../sites",
          std::string("00112233445566778899AABBCCDDEEFF"), std::string("%30") + challenge.substr(1)}) {
        refused(world.request(rvw, "GET", path + wrong, {}, ""), 400);
    }
    refused(world.request(rvw, "PUT", path + challenge, jose, jws()), 405);
    world.server().ledger().revoke("RVW", "", "a key was lost", system_clock().now());
    refused(world.request(rvw, "GET", path + challenge, {}, ""), 403);
}

BOOST_FIXTURE_TEST_CASE(a_manifest_signed_with_the_public_key_as_a_secret_is_refused, Fixture) {
    const std::string input = base64url(R"({"alg":"HS256"})") + "." + base64url(manifest_text(manifest));
    const std::string secret = rvw.certificate.to_pem();
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac, &length);
    const std::string forged = input + "." + base64url(std::string(reinterpret_cast<const char*>(mac), length));
    refused(world.request(rvw, "PUT", chunk_path(manifest), jose, forged), 401);
}

BOOST_FIXTURE_TEST_CASE(a_manifest_signed_by_another_key_is_refused, Fixture) {
    const std::string forged = sign_jws(manifest_text(manifest), PrivateKey::create());
    refused(world.request(rvw, "PUT", chunk_path(manifest), jose, forged), 401);
}

BOOST_FIXTURE_TEST_CASE(another_sites_path_is_refused, Fixture) {
    const Site rx1 = world.site("RX1");
    refused(world.request(rx1, "PUT", chunk_path(manifest), jose, sign_jws(manifest_text(manifest), rx1.key)), 403);
    refused(world.request(rx1, "PUT", chunk_path(manifest), jose, jws()), 403);
}

BOOST_FIXTURE_TEST_CASE(another_sites_manifest_on_the_own_path_is_refused, Fixture) {
    const Site rx1 = world.site("RX1");
    refused(world.request(rx1, "PUT", "/v1/sites/RX1/chunks/" + manifest.id, jose,
                          sign_jws(manifest_text(manifest), rx1.key)),
            403);
}

BOOST_FIXTURE_TEST_CASE(another_site_cannot_add_to_or_finish_an_upload, Fixture) {
    BOOST_TEST(world.announce(rvw, manifest).status == 202);
    const Site rx1 = world.site("RX1");
    refused(world.patch(rx1, manifest, 0, chunk.sealed), 403);
    BOOST_TEST(world.patch(rvw, manifest, 0, chunk.sealed).status == 200);
}

BOOST_FIXTURE_TEST_CASE(two_sites_may_use_one_id_without_seeing_each_other, Fixture) {
    const Site rx1 = world.site("RX1");
    SealedChunk theirs = world.numbered(world.sealed_chunk("admissions", rows(2, 10)), "RX1", 1, "");
    theirs.manifest.id = manifest.id;
    BOOST_TEST(world.announce(rvw, manifest).status == 202);
    const RawAnswer announced = world.announce(rx1, theirs.manifest);
    BOOST_TEST(announced.status == 202);
    BOOST_TEST(announced.headers.at("upload-offset") == "0");
    BOOST_TEST(world.patch(rx1, theirs.manifest, 0, theirs.sealed).status == 200);
    BOOST_TEST(world.patch(rvw, manifest, 0, chunk.sealed).status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_manifest_of_another_id_than_the_path_is_refused, Fixture) {
    refused(world.request(rvw, "PUT", "/v1/sites/RVW/chunks/" + std::string(32, 'a'), jose, jws()), 400);
}

BOOST_FIXTURE_TEST_CASE(ids_and_paths_with_tricks_are_refused, Fixture) {
    const std::string good(32, 'a');
    for (const std::string& path :
         {"/v1/sites/RVW/chunks/" + std::string("../../../../etc/passwd"), "/v1/sites/RVW/chunks/" + good + "/..",
          "/v1/sites/RVW/chunks/" + good + "?x=1", "/v1/sites/RVW/chunks/%61" + good.substr(1),
          "/v1/sites/../chunks/" + good, "/v1/sites/rvw/chunks/" + good, "/v1/sites/RVW/chunks/" + std::string(32, 'A'),
          "/v1/sites/RVW/chunks/" + good + "a", std::string("/v1/sites/RVW/chunks/"), std::string("/"),
          "//v1/sites/RVW/chunks/" + good, "/v1/sites/RVW//chunks/" + good,
          "https://localhost/v1/sites/RVW/chunks/" + good, "/v1/sites/RVW/chunks/" + good + "%00",
          "/v1/sites/RVW/chunks/..%2f..%2f" + good}) {
        BOOST_TEST_CONTEXT(path) {
            refused(world.request(rvw, "PUT", path, jose, jws()), 400);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(other_methods_and_content_types_are_refused, Fixture) {
    for (const char* method : {"GET", "DELETE", "POST", "OPTIONS", "TRACE"}) {
        refused(world.request(rvw, method, chunk_path(manifest), jose, "x"), 405);
    }
    refused(world.request(rvw, "PUT", chunk_path(manifest), {{"Content-Type", "application/json"}}, jws()), 400);
}

BOOST_FIXTURE_TEST_CASE(an_oversized_manifest_is_not_read, Fixture) {
    refused(world.request(rvw, "PUT", chunk_path(manifest), jose, std::string(300'000, 'a')), 413);
}

BOOST_FIXTURE_TEST_CASE(a_body_without_a_length_is_refused, Fixture) {
    world.stop();
    world.start();
    const std::map<std::string, std::string> chunked{{"Content-Type", "application/jose"},
                                                     {"Transfer-Encoding", "chunked"}};
    refused(world.request(rvw, "PUT", chunk_path(manifest), chunked, jws()), 411);
}

BOOST_FIXTURE_TEST_CASE(a_manifest_that_claims_too_much_is_refused, Fixture) {
    manifest.plain_bytes = std::uint64_t{1} << 40U;
    refused(world.announce(rvw, manifest), 413);
}

BOOST_FIXTURE_TEST_CASE(a_manifest_that_is_not_in_its_form_is_refused, Fixture) {
    for (const char* text : {"{}", R"({"id":"x"})"}) {
        refused(world.request(rvw, "PUT", chunk_path(manifest), jose, sign_jws(text, rvw.key)), 400);
    }
}

BOOST_FIXTURE_TEST_CASE(bytes_without_an_announcement_are_refused, Fixture) {
    refused(world.patch(rvw, manifest, 0, chunk.sealed), 404);
}

BOOST_FIXTURE_TEST_CASE(more_bytes_than_announced_are_refused, Fixture) {
    world.announce(rvw, manifest);
    refused(world.patch(rvw, manifest, 0, chunk.sealed + "more"), 413);
    try {
        refused(world.patch(rvw, manifest, 0, std::string(9U << 20U, 'x')), 413);
    } catch (const Poco::Exception&) {
        nothing_stored();  // beyond the limit nothing is read, and the connection may break before the answer came
    }
    BOOST_TEST(world.patch(rvw, manifest, 0, chunk.sealed).status == 200);
}

BOOST_FIXTURE_TEST_CASE(fewer_bytes_than_announced_are_not_complete, Fixture) {
    world.announce(rvw, manifest);
    refused(world.patch(rvw, manifest, 0, chunk.sealed.substr(1)), 400);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_offset_is_refused_with_the_right_one, Fixture) {
    world.announce(rvw, manifest);
    BOOST_TEST(world.patch(rvw, manifest, 0, chunk.sealed.substr(0, 10), "?0").status == 202);
    const RawAnswer ahead = world.patch(rvw, manifest, 11, chunk.sealed.substr(11));
    refused(ahead, 409);
    BOOST_TEST(ahead.headers.at("upload-offset") == "10");
    refused(world.patch(rvw, manifest, 0, chunk.sealed), 409);
}

BOOST_FIXTURE_TEST_CASE(offsets_that_are_no_numbers_are_refused, Fixture) {
    world.announce(rvw, manifest);
    for (const char* offset : {"", "-1", "0x0", "1e3", "18446744073709551616"}) {
        BOOST_TEST_CONTEXT(offset) {
            refused(world.request(rvw, "PATCH", chunk_path(manifest),
                                  {{"Content-Type", "application/partial-upload"},
                                   {"Upload-Offset", offset},
                                   {"Upload-Complete", "?1"}},
                                  chunk.sealed),
                    400);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(other_bytes_than_announced_are_thrown_away, Fixture) {
    world.announce(rvw, manifest);
    std::string changed = chunk.sealed;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    refused(world.patch(rvw, manifest, 0, changed), 422);
    const RawAnswer again = world.announce(rvw, manifest);
    BOOST_TEST(again.status == 202);
    BOOST_TEST(again.headers.at("upload-offset") == "0");
    BOOST_TEST(world.patch(rvw, manifest, 0, chunk.sealed).status == 200);
}

BOOST_FIXTURE_TEST_CASE(an_id_stands_for_one_manifest, Fixture) {
    BOOST_TEST(world.announce(rvw, manifest).status == 202);
    Manifest other = manifest;
    other.rows = 99;
    refused(world.announce(rvw, other), 409);
    BOOST_TEST(world.patch(rvw, manifest, 0, chunk.sealed).status == 200);
    const RawAnswer later = world.announce(rvw, other);
    BOOST_TEST(later.status == 409);
    BOOST_TEST(later.body.find("another manifest") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_sequence_number_stands_for_one_chunk, Fixture) {
    const SealedChunk rival = world.numbered(world.sealed_chunk("admissions", rows(2, 10)), "RVW", 1, "");
    BOOST_TEST(world.announce(rvw, manifest).status == 202);
    BOOST_TEST(world.announce(rvw, rival.manifest).status == 202);
    BOOST_TEST(world.patch(rvw, manifest, 0, chunk.sealed).status == 200);
    const RawAnswer late = world.patch(rvw, rival.manifest, 0, rival.sealed);
    BOOST_TEST(late.status == 409);
    BOOST_TEST(late.headers.count("upload-offset") == 0U);
    BOOST_TEST(late.body.find("sequence already used") != std::string::npos);
    BOOST_TEST(world.announce(rvw, rival.manifest).status == 409);
}

BOOST_FIXTURE_TEST_CASE(unfinished_uploads_of_a_site_are_bounded, Fixture) {
    world.stop();
    world.configuration.uploads_per_site = 3;
    world.start();
    for (std::uint64_t sequence = 2; sequence <= 7; ++sequence) {
        const SealedChunk one =
            world.numbered(world.sealed_chunk("admissions", rows(1, 10)), "RVW", sequence, std::string(64, '0'));
        BOOST_TEST(world.announce(rvw, one.manifest).status == 202);
        BOOST_TEST(world.patch(rvw, one.manifest, 0, one.sealed.substr(0, 5), "?0").status == 202);
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(world.configuration.store / "incoming" / "RVW")) {
        files += entry.is_regular_file() ? 1U : 0U;
    }
    BOOST_TEST(files <= 6U);  // three uploads, each an announcement and bytes
}

BOOST_FIXTURE_TEST_CASE(a_refused_body_is_never_taken_for_the_next_request, Fixture) {
    const SealedChunk smuggled = world.numbered(world.sealed_chunk("admissions", rows(3, 10)), "RVW", 1, "");
    const std::string inner_body = sign_jws(manifest_text(smuggled.manifest), rvw.key);
    const std::string inner = "PUT " + chunk_path(smuggled.manifest) +
                              " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/jose\r\nContent-Length: " +
                              std::to_string(inner_body.size()) + "\r\n\r\n" + inner_body;
    refused(world.patch(rvw, manifest, 0, inner), 404);
    BOOST_TEST(
        !std::filesystem::exists(world.configuration.store / "incoming" / "RVW" / (smuggled.manifest.id + ".jws")));
}

BOOST_AUTO_TEST_SUITE_END()
