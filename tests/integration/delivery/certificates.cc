#include "tests/integration/delivery/certificates.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace tributary::testing {
namespace {

void check(int result) {
    if (result <= 0) {
        throw std::runtime_error("OpenSSL could not make a test certificate");
    }
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    if (value.empty()) {
        return;
    }
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
    check(X509_add_ext(certificate, extension.get(), -1));
}

}  // namespace

Identity issue(const std::filesystem::path& folder, const CertificateWish& wish) {
    const PrivateKey authority_key = PrivateKey::load(system_files(), folder / "authority.key");
    const Certificate authority = Certificate::load(system_files(), folder / "authority.pem");
    PrivateKey key = PrivateKey::create();
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
    X509* certificate = made.get();
    check(X509_set_version(certificate, X509_VERSION_3));
    check(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 4711));
    X509_gmtime_adj(X509_getm_notBefore(certificate), static_cast<long>(wish.begins.count()));
    X509_gmtime_adj(X509_getm_notAfter(certificate), static_cast<long>(wish.ends.count()));
    check(X509_set_pubkey(certificate, key.get()));
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>(wish.common_name.data());
    check(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, static_cast<int>(wish.common_name.size()), -1, 0));
    check(X509_set_issuer_name(certificate, X509_get_subject_name(authority.get())));
    extend(certificate, authority.get(), NID_subject_alt_name, wish.subject_alternative_name);
    extend(certificate, authority.get(), NID_ext_key_usage, wish.extended_usage);
    check(X509_sign(certificate, authority_key.get(), EVP_sha256()));
    return {std::move(key), Certificate::from_x509(certificate)};
}

}  // namespace tributary::testing
