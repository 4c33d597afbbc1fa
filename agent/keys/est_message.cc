#include "agent/keys/est_message.h"

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <algorithm>

#include "agent/keys/base64.h"
#include "agent/keys/openssl.h"

namespace tributary {

namespace {

constexpr std::size_t line_length = 64;
constexpr std::string_view armour = "-----";

using Pkcs7 = std::unique_ptr<PKCS7, decltype(&PKCS7_free)>;

std::string in_lines(std::string_view base64) {
    std::string text;
    for (std::size_t i = 0; i < base64.size(); i += line_length) {
        text.append(base64.substr(i, line_length)).append("\r\n");
    }
    return text;
}

std::string from_lines(std::string_view text) {
    if (text.size() > longest_est_message) {
        throw Error(ErrorCode::input,
                    "a message of at most " + std::to_string(longest_est_message) + " bytes is expected");
    }
    std::string base64(text);
    std::erase_if(base64, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    auto der = from_base64(base64, Base64::standard);
    if (!der) {
        throw Error(ErrorCode::input, "the message is not base64");
    }
    return *std::move(der);
}

}  // namespace

std::string est_certificates(const std::vector<Certificate>& certificates) {
    const openssl::ErrorScope scope;
    const Pkcs7 message(PKCS7_new(), &PKCS7_free);
    bool good = message && PKCS7_set_type(message.get(), NID_pkcs7_signed) == 1 &&
                PKCS7_content_new(message.get(), NID_pkcs7_data) == 1 && PKCS7_set_detached(message.get(), 1) == 1;
    for (const auto& certificate : certificates) {
        good = good && PKCS7_add_certificate(message.get(), certificate.get()) == 1;
    }
    const auto der = good ? openssl::der_of(message.get(), i2d_PKCS7) : std::string{};
    if (der.empty()) {
        throw Error(ErrorCode::internal, "OpenSSL could not write certificates: " + openssl::reason());
    }
    return in_lines(to_base64(der, Base64::standard));
}

std::vector<Certificate> read_est_certificates(std::string_view text) {
    const openssl::ErrorScope scope;
    const auto der = from_lines(text);
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const auto* const end = bytes + der.size();
    const Pkcs7 message(d2i_PKCS7(nullptr, &bytes, static_cast<long>(der.size())), &PKCS7_free);
    if (!message || bytes != end || !PKCS7_type_is_signed(message.get()) || message->d.sign == nullptr) {
        throw Error(ErrorCode::input, "this is no message of certificates (PKCS#7, certs-only)");
    }
    std::vector<Certificate> certificates;
    certificates.reserve(static_cast<std::size_t>(std::max(sk_X509_num(message->d.sign->cert), 0)));
    for (int i = 0; i < sk_X509_num(message->d.sign->cert); ++i) {
        certificates.push_back(Certificate::from_x509(sk_X509_value(message->d.sign->cert, i)));
    }
    if (certificates.empty()) {
        throw Error(ErrorCode::input, "the message of certificates holds none");
    }
    return certificates;
}

std::string est_request(std::string_view pem) {
    std::string base64;
    while (!pem.empty()) {
        const auto end = std::min(pem.find('\n'), pem.size());
        if (const auto line = pem.substr(0, end); !line.starts_with(armour)) {
            base64 += line;
        }
        pem.remove_prefix(std::min(end + 1, pem.size()));
    }
    return in_lines(base64);
}

CertificateRequest read_est_request(std::string_view text) {
    return CertificateRequest::from_der(from_lines(text));
}

}  // namespace tributary
