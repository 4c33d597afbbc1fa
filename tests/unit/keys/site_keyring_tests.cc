#include "agent/keys/site_keyring.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/keys/envelope.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::size_t large = 1U << 20U;

struct Fixture {
    TemporaryFolder folder;

    /// The pair in place, after the one before was put among the earlier ones.
    SiteKeyring use(const Identity& identity) {
        const auto write = [&](const std::string& name, const std::string& text) {
            write_file_durably(system_files(), folder.path() / name, text, Privacy::owner_only);
        };
        const auto certificate = folder.path() / "site.pem";
        const auto key = folder.path() / "site.key";
        if (system_files().exists(key)) {
            write("site.key.earlier", SiteKeyring::load(system_files(), certificate, key).as_earlier());
        }
        write("site.pem", identity.certificate.to_pem());
        write("site.key", identity.key.to_pem());
        return SiteKeyring::load(system_files(), certificate, key);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(site_keyring_tests, Fixture)

BOOST_AUTO_TEST_CASE(what_was_sealed_to_any_of_the_keys_is_opened) {
    const Identity identities[]{p256_identity("RVW"), p256_identity("RVW"), p256_identity("RVW")};
    for (const auto& identity : identities) {
        const auto keyring = use(identity);
        BOOST_TEST(keyring.certificate().fingerprint() == identity.certificate.fingerprint());
        BOOST_TEST(keyring.key().matches(identity.certificate));
    }
    const auto keyring = use(identities[2]);
    for (const auto& identity : identities) {
        BOOST_TEST(keyring.open(seal("a row", identity.certificate), large) == "a row");
    }
    BOOST_CHECK_EXCEPTION(keyring.open(seal("a row", p256_identity("RVW").certificate), large), Error,
                          [](const Error& error) { return error.code() == ErrorCode::key; });
    auto damaged = seal("a row", identities[0].certificate);
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    BOOST_CHECK_THROW(keyring.open(damaged, large), Error);
}

BOOST_AUTO_TEST_CASE(a_pair_stands_among_the_earlier_ones_once) {
    const auto first = p256_identity("RVW");
    const auto second = p256_identity("RVW");
    use(first);
    const auto keyring = use(second);
    // As after a crash that came when the earlier ones were written and the new pair was not in place.
    const auto once = keyring.as_earlier();
    write_file_durably(system_files(), folder.path() / "site.key.earlier", once, Privacy::owner_only);
    const auto again =
        SiteKeyring::load(system_files(), folder.path() / "site.pem", folder.path() / "site.key").as_earlier();
    BOOST_TEST((again == once));
    BOOST_TEST(again.find(first.certificate.to_pem()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_damaged_file_of_earlier_keys_is_told_by_name) {
    use(p256_identity("RVW"));
    use(p256_identity("RVW"));
    write_file_durably(system_files(), folder.path() / "site.key.earlier", "-----BEGIN CERTIFICATE-----\nnonsense",
                       Privacy::owner_only);
    try {
        SiteKeyring::load(system_files(), folder.path() / "site.pem", folder.path() / "site.key");
        BOOST_ERROR("nothing was thrown");
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::key));
        BOOST_TEST(std::string(error.what()).find("site.key.earlier") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
