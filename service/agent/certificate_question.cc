#include "service/agent/certificate_question.h"

#include "agent/courier/certificate_statement.h"
#include "agent/courier/https_client.h"
#include "agent/keys/authority.h"
#include "agent/keys/digest.h"
#include "agent/keys/jws.h"
#include "agent/platform/error.h"
#include "service/agent/repository_connections.h"

namespace tributary {

namespace {

/// Nothing if another key than the known one has signed it.
std::optional<CertificateStatement> believed(const std::string& jws, const std::optional<Certificate>& known) {
    try {
        if (known) {
            return verify_statement(jws, *known);
        }
        const auto told = parse_statement(unverified_payload(jws).value_or(""));
        return verify_statement(jws, Certificate::from_pem(told.signing, "the repository's signing certificate"));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::refused) {
            return std::nullopt;
        }
        throw;
    }
}

CertificateStatement ask(const RepositoryConfiguration& repository, const std::string& proxy_password,
                         const std::optional<Certificate>& known, Clock& clock) {
    HttpsClientConfiguration https;
    https.url = repository.url;
    https.identity = {repository.authority, repository.certificate, repository.private_key};
    https.timeouts = {repository.connect_timeout, repository.answer_timeout};
    https.proxy = proxy_to(repository.url, repository, proxy_password);
    const auto challenge = random_hex(challenge_bytes);
    const auto answer = HttpsClient(https, clock).exchange({"GET", "/v1/certificates/" + challenge});
    for (const auto& jws : read_certificate_answer(answer)) {
        auto statement = believed(jws, known);
        if (statement && statement->challenge != challenge) {
            throw Error(ErrorCode::refused, "the repository's word about its certificates is not to this question");
        }
        if (statement) {
            return *std::move(statement);
        }
    }
    throw Error(ErrorCode::refused,
                "the repository's word about its certificates is not signed with the key that is known here; if it has "
                "a new signing key and the old one is gone, get its certificate from the repository's people and put "
                "it into " +
                    repository.signing_certificate.string());
}

std::vector<Certificate> checked(const std::string& pem, const std::string& which, const Authority& authority,
                                 TimePoint now) {
    const auto refuse = [&](const std::string& why) {
        throw Error(ErrorCode::refused, "the repository's new " + which + " certificate is of no use: " + why);
    };
    auto chain = Certificate::chain_from_pem(pem, "the repository's word about its " + which + " certificate");
    const auto& certificate = chain.front();
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

}  // namespace

RepositoryChains ask_for_certificates(const RepositoryConfiguration& repository, const std::string& proxy_password,
                                      const std::optional<Certificate>& known, FileSystem& files, Clock& clock) {
    const auto statement = ask(repository, proxy_password, known, clock);
    const auto authority = Authority::load(files, repository.authority);
    RepositoryChains chains;
    chains.signing = checked(statement.signing, "signing", authority, clock.now());
    if (!chains.signing.front().is_p256()) {
        throw Error(ErrorCode::refused, "the repository's new signing certificate is not EC P-256 (ES256)");
    }
    if (!statement.encryption.empty()) {
        chains.encryption = checked(statement.encryption, "encryption", authority, clock.now());
        if (const auto why = chains.encryption.front().why_not_recipient(); !why.empty()) {
            throw Error(ErrorCode::refused, "nothing can be sealed to the repository's new certificate: " + why);
        }
    }
    return chains;
}

std::string pem_of(const std::vector<Certificate>& certificates) {
    std::string text;
    for (const auto& certificate : certificates) {
        text += certificate.to_pem();
    }
    return text;
}

}  // namespace tributary
