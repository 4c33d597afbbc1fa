#include "service/agent/repository_certificates.h"

#include <utility>

#include "agent/courier/https_client.h"
#include "agent/keys/authority.h"
#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "service/agent/audit_trail.h"
#include "service/agent/repository_connections.h"

namespace tributary {

namespace {

constexpr std::size_t most_earlier = 16;

std::string text_of(const std::vector<Certificate>& certificates) {
    std::string text;
    for (const auto& certificate : certificates) {
        text += certificate.to_pem();
    }
    return text;
}

}  // namespace

std::filesystem::path earlier_signers_file(const std::filesystem::path& signing_certificate) {
    auto file = signing_certificate;
    file += ".earlier";
    return file;
}

ReceiptSigners load_receipt_signers(FileSystem& files, const std::filesystem::path& signing_certificate) {
    const auto earlier = earlier_signers_file(signing_certificate);
    return {Certificate::load(files, signing_certificate),
            files.exists(earlier) ? Certificate::load_chain(files, earlier) : std::vector<Certificate>{}};
}

RepositoryCertificates::RepositoryCertificates(const Installation& installation, FileSystem& files, Clock& clock,
                                               Log& log)
    : installation_(installation), files_(files), clock_(clock), log_(log) {}

bool RepositoryCertificates::learn_if_due(bool urgent) {
    if (installation_.configuration().repository.url.empty()) {
        return false;  // by a folder nobody can be asked
    }
    const auto now = clock_.steady();
    urgent_ = urgent_ || urgent;
    if (asked_ && now - *asked_ < (urgent_ ? urgent_interval : interval)) {
        return false;
    }
    asked_ = now;
    urgent_ = false;
    try {
        return learn();
    } catch (const Error& error) {
        // That the repository cannot be reached is told where something is to be delivered.
        if (error.code() != ErrorCode::network && told_.insert(error.what()).second) {
            log_.error("nothing new was learned of the repository's certificates; those known here stay",
                       {{"error", error.what()}});
        }
        return false;
    }
}

CertificateStatement RepositoryCertificates::ask() {
    const auto& repository = installation_.configuration().repository;
    HttpsClientConfiguration https;
    https.url = repository.url;
    https.identity = {repository.authority, repository.certificate, repository.private_key};
    https.timeouts = {repository.connect_timeout, repository.answer_timeout};
    https.proxy = proxy_to(repository.url, repository, installation_.proxy_password());
    const auto challenge = random_hex(challenge_bytes);
    const auto answer = HttpsClient(https, clock_).exchange({"GET", "/v1/certificates/" + challenge});
    for (const auto& jws : read_certificate_answer(answer)) {
        std::optional<CertificateStatement> statement;
        try {
            statement = verify_statement(jws, installation_.credentials()->signing.present());
        } catch (const Error& error) {
            if (error.code() != ErrorCode::refused) {
                throw;
            }
            continue;  // signed with another key
        }
        if (statement->challenge != challenge) {
            throw Error(ErrorCode::refused, "the repository's word about its certificates is not to this question");
        }
        return *std::move(statement);
    }
    throw Error(ErrorCode::refused,
                "the repository's word about its certificates is not signed with the key that is known here; if it has "
                "a new signing key and the old one is gone, get its certificate from the repository's people and put "
                "it into " +
                    repository.signing_certificate.string());
}

std::vector<Certificate> RepositoryCertificates::checked(const std::string& pem, const std::string& which) const {
    const auto refuse = [&](const std::string& why) {
        throw Error(ErrorCode::refused, "the repository's new " + which + " certificate is of no use: " + why);
    };
    auto chain = Certificate::chain_from_pem(pem, "the repository's word about its " + which + " certificate");
    const auto& certificate = chain.front();
    const auto now = clock_.now();
    const auto authority = Authority::load(files_, installation_.configuration().repository.authority);
    if (const auto why = authority.why_not_issued(chain); !why.empty()) {
        refuse("the authority has not issued it: " + why);
    }
    if (now < certificate.not_before() || now >= certificate.not_after()) {
        refuse("it is valid from " + to_rfc3339(certificate.not_before()) + " to " +
               to_rfc3339(certificate.not_after()) + "; is this computer's clock right?");
    }
    if (certificate.is_for_tls()) {
        refuse("it is one for TLS, of a site or of a server");
    }
    return chain;
}

/// Before another one takes its place: what it has signed is believed further on.
void RepositoryCertificates::keep_signer() const {
    std::vector<Certificate> earlier;
    std::set<std::string> kept;
    for (const auto& certificate : installation_.credentials()->signing.certificates()) {
        if (earlier.size() < most_earlier && kept.insert(certificate.fingerprint()).second) {
            earlier.push_back(certificate);
        }
    }
    write_file_durably(files_, earlier_signers_file(installation_.configuration().repository.signing_certificate),
                       text_of(earlier));
}

bool RepositoryCertificates::learn() {
    const auto& configuration = installation_.configuration();
    const auto& known = *installation_.credentials();
    const auto statement = ask();
    const auto signing = checked(statement.signing, "signing");
    if (!signing.front().is_p256()) {
        throw Error(ErrorCode::refused, "the repository's new signing certificate is not EC P-256 (ES256)");
    }
    std::vector<Certificate> encryption;
    if (!statement.encryption.empty()) {
        encryption = checked(statement.encryption, "encryption");
        if (const auto why = encryption.front().why_not_recipient(); !why.empty()) {
            throw Error(ErrorCode::refused, "nothing can be sealed to the repository's new certificate: " + why);
        }
    }
    const auto use = [&](const std::vector<Certificate>& chain, const std::filesystem::path& file,
                         const std::string& which) {
        write_file_durably(files_, file, text_of(chain));
        const auto fingerprint = chain.front().fingerprint();
        log_.info("the repository has another certificate, which is used from now on",
                  {{"which", which}, {"certificate", fingerprint}, {"expires", to_rfc3339(chain.front().not_after())}});
        try {
            append_audit_event(configuration, AuditEvent::repository_certificate_changed,
                               {{"certificate", which}, {"sha256", fingerprint}});
        } catch (const Error& error) {
            log_.error("the audit log does not tell of the new certificate", {{"error", error.what()}});
        }
    };
    bool changed = false;
    if (!encryption.empty() && encryption.front().fingerprint() != known.encryption.fingerprint()) {
        use(encryption, configuration.repository.encryption_certificate, "encryption");
        changed = true;
    }
    if (signing.front().fingerprint() != known.signing.present().fingerprint()) {
        keep_signer();
        use(signing, configuration.repository.signing_certificate, "signing");
        changed = true;
    }
    return changed;
}

}  // namespace tributary
