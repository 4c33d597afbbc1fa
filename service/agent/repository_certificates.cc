#include "service/agent/repository_certificates.h"

#include <utility>

#include "agent/platform/error.h"
#include "service/agent/audit_trail.h"
#include "service/agent/certificate_question.h"

namespace tributary {

namespace {

constexpr std::size_t most_earlier = 16;

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
                       pem_of(earlier));
}

bool RepositoryCertificates::learn() {
    const auto& configuration = installation_.configuration();
    const auto& known = *installation_.credentials();
    const auto chains = ask_for_certificates(configuration.repository, installation_.proxy_password(),
                                             known.signing.present(), files_, clock_);
    const auto use = [&](const std::vector<Certificate>& chain, const std::filesystem::path& file,
                         const std::string& which) {
        write_file_durably(files_, file, pem_of(chain));
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
    if (!chains.encryption.empty() && chains.encryption.front().fingerprint() != known.encryption.fingerprint()) {
        use(chains.encryption, configuration.repository.encryption_certificate, "encryption");
        changed = true;
    }
    if (chains.signing.front().fingerprint() != known.signing.present().fingerprint()) {
        keep_signer();
        use(chains.signing, configuration.repository.signing_certificate, "signing");
        changed = true;
    }
    return changed;
}

}  // namespace tributary
