#include "service/agent/credential_files.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "agent/keys/certificate_issuer.h"
#include "agent/keys/envelope.h"
#include "agent/keys/est_message.h"
#include "agent/keys/site_keyring.h"
#include "agent/platform/error.h"
#include "service/agent/receipt_signer_files.h"
#include "tests/integration/delivery/faulty_files.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct Fixture {
    Identity authority = authority_identity("authority");
    Identity before = issued_identity("RVW", authority);
    CertificateIssuer issuer{authority.certificate, authority.key};
    TimePoint now = system_clock().now();
    std::string sealed = seal("an open chunk's key", before.certificate);

    Certificate issue(const PrivateKey& key) const {
        const auto request = read_est_request(est_request(key.certificate_request("RVW", "")));
        return issuer.issue(request, "RVW", now - std::chrono::hours(1), now + std::chrono::hours(12));
    }
};

/// A site with its pair of before, on a disk that fails.
struct Site {
    explicit Site(const Fixture& fixture) {
        repository.authority = folder.write("authority.pem", fixture.authority.certificate.to_pem());
        repository.certificate = folder.write("site.pem", fixture.before.certificate.to_pem());
        repository.private_key = folder.write("site.key", fixture.before.key.to_pem());
    }
    CredentialFiles credentials() { return {files, "RVW", repository}; }
    SiteKeyring keyring() { return SiteKeyring::load(files, repository.certificate, repository.private_key); }

    TemporaryFolder folder;
    RepositoryConfiguration repository;
    FaultyFiles files;
};

/// True if nothing failed.
template <typename Call>
bool went_through(Call call) {
    try {
        call();
        return true;
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::storage), error.what());
        return false;
    }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(credential_files_tests, Fixture)

// The power goes at each step of a renewal, and once more at each step of the recovery.
BOOST_AUTO_TEST_CASE(whenever_the_power_goes_there_is_one_pair_that_fits_and_no_key_is_lost) {
    bool whole = false;
    std::size_t cuts = 0;
    std::size_t of_before = 0;
    for (int step = 0; !whole; ++step) {
        bool recovered = false;
        for (int again = 0; !recovered; ++again) {
            Site site(*this);
            const auto certificate = issue(site.credentials().next_key());
            site.files.arm(step);
            whole = went_through([&] { site.credentials().install(certificate, now); });
            site.files.power_cut();
            site.files.arm(again);
            recovered = went_through([&] { site.credentials().complete(); });
            site.files.power_cut();
            site.files.disarm();
            site.credentials().complete();
            cuts += 2;

            const auto keyring = site.keyring();
            BOOST_TEST(keyring.key().matches(keyring.certificate()));
            BOOST_TEST(keyring.open(sealed, 100) == "an open chunk's key");
            if (keyring.certificate().fingerprint() == before.certificate.fingerprint()) {
                ++of_before;
                // The certificate may have been given away: the same key asks for it again, and is answered the same.
                BOOST_TEST(site.credentials().next_key().matches(certificate));
                site.credentials().install(certificate, now);
                BOOST_TEST(site.keyring().certificate().fingerprint() == certificate.fingerprint());
                BOOST_TEST(site.keyring().open(sealed, 100) == "an open chunk's key");
            } else {
                BOOST_TEST(keyring.certificate().fingerprint() == certificate.fingerprint());
            }
            BOOST_TEST(!std::filesystem::exists(site.repository.private_key.string() + ".new"));
        }
    }
    BOOST_TEST_MESSAGE(cuts << " cuts; " << of_before << " times the pair of before was there");
    BOOST_TEST(of_before > 0U);
    BOOST_TEST(cuts > 2 * of_before);
}

BOOST_AUTO_TEST_CASE(a_key_is_made_once_however_often_the_power_goes_while_it_is_made) {
    for (int step = 0;; ++step) {
        Site site(*this);
        site.files.arm(step);
        const bool made = went_through([&] { site.credentials().next_key(); });
        site.files.power_cut();
        site.files.disarm();
        const auto certificate = issue(site.credentials().next_key());
        BOOST_TEST(site.credentials().next_key().matches(certificate));
        BOOST_TEST(site.keyring().certificate().fingerprint() == before.certificate.fingerprint());
        if (made) {
            break;
        }
    }
}

BOOST_AUTO_TEST_CASE(whenever_the_power_goes_no_receipt_of_before_is_disbelieved) {
    const auto oldest = issued_identity("oldest", authority);
    const auto old = issued_identity("old", authority);
    const auto next = issued_identity("next", authority);
    const auto receipt_of = [this](const Identity& signer) {
        return sign_receipt(Receipt{std::string(32, 'a'), "RVW", "admissions", 1, std::string(64, 'b'), now},
                            signer.key);
    };
    bool whole = false;
    for (int step = 0; !whole; ++step) {
        const TemporaryFolder folder;
        const auto file = folder.write("repository-signing.pem", old.certificate.to_pem());
        folder.write("repository-signing.pem.earlier", oldest.certificate.to_pem());
        FaultyFiles files;
        files.arm(step);
        whole = went_through([&] {
            replace_receipt_signer(files, file, load_receipt_signers(files, file),
                                   {next.certificate, authority.certificate});
        });
        files.power_cut();
        files.disarm();
        const auto believed = load_receipt_signers(files, file);
        for (const auto* const signer : {&oldest, &old}) {
            BOOST_CHECK_NO_THROW(verify_receipt(receipt_of(*signer), believed));
        }
        // What a crash cut off is done with the next answer of the repository.
        replace_receipt_signer(files, file, believed, {next.certificate, authority.certificate});
        const auto after = load_receipt_signers(files, file);
        BOOST_TEST(after.present().fingerprint() == next.certificate.fingerprint());
        for (const auto* const signer : {&oldest, &old, &next}) {
            BOOST_CHECK_NO_THROW(verify_receipt(receipt_of(*signer), after));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
