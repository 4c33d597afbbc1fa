#include "service/agent/repository_certificates.h"

#include <utility>

#include "agent/platform/error.h"
#include "service/agent/audit_trail.h"
#include "service/agent/certificate_question.h"
#include "service/agent/receipt_signer_files.h"

namespace tributary {

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

bool RepositoryCertificates::learn() {
    const auto& configuration = installation_.configuration();
    const auto& known = *installation_.credentials();
    const auto chains = ask_for_certificates(configuration.repository, installation_.proxy_password(),
                                             known.signing.present(), files_, clock_);
    const auto tell = [&](const std::vector<Certificate>& chain, const std::string& which) {
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
        write_file_durably(files_, configuration.repository.encryption_certificate, pem_of(chains.encryption));
        tell(chains.encryption, "encryption");
        changed = true;
    }
    if (chains.signing.front().fingerprint() != known.signing.present().fingerprint()) {
        replace_receipt_signer(files_, configuration.repository.signing_certificate, known.signing, chains.signing);
        tell(chains.signing, "signing");
        changed = true;
    }
    return changed;
}

}  // namespace tributary
