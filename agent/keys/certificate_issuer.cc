#include "agent/keys/certificate_issuer.h"

#include <openssl/bn.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "agent/keys/digest.h"
#include "agent/keys/openssl.h"

namespace tributary {

namespace {

constexpr std::size_t serial_bytes = 16;

void require(bool done) {
    if (!done) {
        throw Error(ErrorCode::key, "a certificate could not be made: " + openssl::reason());
    }
}

void set_serial(X509* certificate) {
    std::array<std::uint8_t, serial_bytes> bytes{};
    fill_random(bytes);
    bytes.front() = (bytes.front() & 0x7FU) | 0x40U;  // positive, and of always the same length
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(bytes.data(), bytes.size(), nullptr), &BN_free);
    require(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void set_time(ASN1_TIME* into, TimePoint time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
    require(ASN1_TIME_set(into, static_cast<time_t>(seconds)) != nullptr);
}

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value), &X509_EXTENSION_free);
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

CertificateIssuer::CertificateIssuer(Certificate certificate, PrivateKey key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {
    const openssl::ErrorScope scope;
    if (X509_check_ca(certificate_.get()) != 1 || (X509_get_key_usage(certificate_.get()) & KU_KEY_CERT_SIGN) == 0) {
        throw Error(ErrorCode::key, "the certificate of '" + certificate_.common_name() +
                                        "' is not one of an authority (CA:TRUE, keyCertSign)");
    }
    if (!key_.matches(certificate_)) {
        throw Error(ErrorCode::key, "the key does not belong to the authority's certificate");
    }
}

Certificate CertificateIssuer::issue(const CertificateRequest& request, const std::string& site, TimePoint not_before,
                                     TimePoint not_after) const {
    const openssl::ErrorScope scope;
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
    require(made && X509_set_version(made.get(), X509_VERSION_3) == 1);
    set_serial(made.get());
    set_time(X509_getm_notBefore(made.get()), not_before);
    set_time(X509_getm_notAfter(made.get()), std::min(not_after, certificate_.not_after()));
    require(X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get())) == 1);
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(site.data()),
                                       static_cast<int>(site.size()), -1, 0) == 1);
    require(X509_set_pubkey(made.get(), X509_REQ_get0_pubkey(request.get())) == 1);
    add_extension(made.get(), certificate_.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(made.get(), certificate_.get(), NID_key_usage, "critical,digitalSignature,keyAgreement");
    add_extension(made.get(), certificate_.get(), NID_ext_key_usage, "clientAuth");
    add_extension(made.get(), certificate_.get(), NID_subject_key_identifier, "hash");
    if (X509_get0_subject_key_id(certificate_.get()) != nullptr) {
        add_extension(made.get(), certificate_.get(), NID_authority_key_identifier, "keyid");
    }
    require(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0);
    return Certificate::from_x509(made.get());
}

}  // namespace tributary
