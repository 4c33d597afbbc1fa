#include "agent/courier/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <charconv>

namespace tributary {
namespace {

std::string certificate_fault(int verify_result, const std::string& host) {
    switch (verify_result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the repository's certificate has expired (or this computer's clock is ahead)";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "the repository's certificate is not valid yet; is this computer's clock right?";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "the repository's certificate is not for the host " + host +
                   "; is repository.url the name that the certificate bears?";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        case X509_V_ERR_CERT_UNTRUSTED:
            return "the repository's certificate is from an unknown authority (not the one that repository.authority "
                   "names); a proxy that inspects TLS looks like this too";
        default:
            return std::string("the repository's certificate was not accepted: ") +
                   X509_verify_cert_error_string(verify_result);
    }
}

/// OpenSSL writes "error:" and the packed code as eight hexadecimal digits in front of its text.
int reason_of(const std::string& library_text) {
    const std::size_t begin = library_text.find("error:");
    if (begin == std::string::npos) {
        return 0;
    }
    unsigned long code = 0;
    const char* digits = library_text.data() + begin + 6;
    const auto [end, fault] = std::from_chars(digits, library_text.data() + library_text.size(), code, 16);
    return fault == std::errc() ? ERR_GET_REASON(code) : 0;
}

}  // namespace

TlsFailure explain_tls_failure(int verify_result, const std::string& library_text, const std::string& host) {
    const std::string refused = "our certificate was refused by the repository: ";
    if (verify_result != X509_V_OK) {
        return {ErrorCode::key, certificate_fault(verify_result, host)};
    }
    switch (reason_of(library_text)) {
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
            return {ErrorCode::key, refused + "it has expired (or a clock is wrong)"};
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
            return {ErrorCode::key, refused + "it has been revoked"};
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
            return {ErrorCode::key, refused + "its authority is unknown there"};
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
            return {ErrorCode::key, refused + library_text};
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
            return {ErrorCode::key, "the other side does not speak TLS; is repository.url right?"};
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
            return {ErrorCode::key, "no TLS version in common with the repository (1.2 is the least)"};
        case SSL_R_UNEXPECTED_EOF_WHILE_READING:
            return {ErrorCode::network, "the repository closed the connection in the middle"};
        case 0:
            return {ErrorCode::network, "the connection broke: " + library_text};
        default:
            return {ErrorCode::key, "TLS failed: " + library_text};
    }
}

}  // namespace tributary
