#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/keys/certificate.h"

namespace tributary {

/// What somebody who asks for a certificate statement makes anew each time: so many random bytes, in hexadecimal
/// digits. A statement of before answers no new question.
inline constexpr std::size_t challenge_bytes = 16;

/// The repository's signed word about its certificates: JWS over {challenge, encryption, signing, statement}, the last
/// one always "certificates". Each is PEM, the certificate first, then its issuers.
struct CertificateStatement {
    std::string challenge;   ///< of who asked
    std::string encryption;  ///< chunks are to be sealed to it; empty: nothing is said of it
    std::string signing;     ///< receipts are signed with it from now on
};

std::string sign_statement(const CertificateStatement& statement, const PrivateKey& key);
/// Throws Error(refused) for a wrong signature, Error(input) for a wrong form.
CertificateStatement verify_statement(std::string_view jws, const Certificate& signer);
/// The signed text taken apart; throws Error(input) naming the field.
CertificateStatement parse_statement(std::string_view text);

/// The answer to GET /v1/certificates/{challenge}: {"statements": [JWS, ...]}, the same statement signed with each of
/// the repository's signing keys, the present one and those of before.
std::string certificate_answer(const std::vector<std::string>& statements);
/// Throws Error(input).
std::vector<std::string> read_certificate_answer(std::string_view text);

}  // namespace tributary
