#include "tests/unit/keys/test_certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

#include "agent/keys/digest.h"
#include "agent/platform/file.h"

namespace tributary::testing {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

void require(bool done) {
    if (!done) {
        throw std::runtime_error("OpenSSL could not make a test identity");
    }
}

std::string pem_of(EVP_PKEY* key) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

void add(X509* certificate, int extension, const char* value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> made(
        X509V3_EXT_conf_nid(nullptr, nullptr, extension, value), &X509_EXTENSION_free);
    require(made && X509_add_ext(certificate, made.get(), -1) == 1);
}

/// Self-signed without an issuer.
Identity certify(Key key, const std::string& common_name, const char* usage, const Identity* issuer = nullptr,
                 bool is_authority = false) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    require(key && certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    std::uint8_t serial = 0;
    fill_random({&serial, 1});
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1 + serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 3600);
    auto* const name = X509_get_subject_name(certificate.get());
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0) == 1);
    require(X509_set_issuer_name(certificate.get(),
                                 issuer == nullptr ? name : X509_get_subject_name(issuer->certificate.get())) == 1 &&
            X509_set_pubkey(certificate.get(), key.get()) == 1);
    if (usage != nullptr) {
        add(certificate.get(), NID_key_usage, usage);
    }
    if (is_authority) {
        add(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    }
    require(X509_sign(certificate.get(), issuer == nullptr ? key.get() : issuer->key.get(), EVP_sha256()) > 0);
    return {PrivateKey::from_pem(pem_of(key.get()), "test key"), Certificate::from_x509(certificate.get())};
}

Key on_curve(const char* curve) {
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve), &EVP_PKEY_free};
}

}  // namespace

Identity p256_identity(const std::string& common_name) {
    return certify(on_curve("P-256"), common_name, "digitalSignature,keyAgreement");
}

Identity p384_identity(const std::string& common_name) {
    return certify(on_curve("P-384"), common_name, nullptr);
}

Identity signing_only_identity(const std::string& common_name) {
    return certify(on_curve("P-256"), common_name, "digitalSignature");
}

Identity rsa_identity(const std::string& common_name, unsigned bits) {
    return certify({EVP_RSA_gen(bits), &EVP_PKEY_free}, common_name, nullptr);
}

Identity authority_identity(const std::string& common_name, const Identity* issuer) {
    return certify(on_curve("P-256"), common_name, "keyCertSign,cRLSign", issuer, true);
}

Identity issued_identity(const std::string& common_name, const Identity& issuer) {
    return certify(on_curve("P-256"), common_name, "digitalSignature,keyAgreement", &issuer);
}

TemporaryFolder::TemporaryFolder()
    : path_(std::filesystem::temp_directory_path() / ("tributary-test-" + random_hex(8))) {
    std::filesystem::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::string& name, std::string_view text) const {
    const auto file = path_ / name;
    const auto handle = system_files().create(file, Privacy::owner_only);
    handle->write(text);
    handle->close();
    return file;
}

}  // namespace tributary::testing
