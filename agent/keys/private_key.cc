#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "agent/keys/certificate.h"
#include "agent/keys/openssl.h"
#include "agent/platform/access.h"
#include "agent/platform/error.h"
#include "agent/platform/process.h"

namespace tributary {

namespace {

constexpr std::uint64_t key_file_limit = 64U << 10U;

/// OpenSSL would ask for a passphrase on the terminal, where a service has none.
int refuse_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

void add_to_subject(X509_NAME* subject, const char* part, const std::string& text) {
    if (text.empty()) {
        return;
    }
    if (X509_NAME_add_entry_by_txt(subject, part, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()), -1, 0) != 1) {
        throw Error(ErrorCode::input, std::string("the certificate request cannot take this as ") + part +
                                          " (at most 64 characters): " + openssl::reason());
    }
}

}  // namespace

PrivateKey PrivateKey::load(FileSystem& files, const std::filesystem::path& file) {
    auto pem = read_file(files, file, key_file_limit);
    if (const auto why = why_not_private(file)) {
        wipe(pem.data(), pem.size());
        throw Error(ErrorCode::permission, file.string() + ": a private key must not be open to others: " + *why);
    }
    auto key = from_pem(pem, file.string());
    wipe(pem.data(), pem.size());
    return key;
}

PrivateKey PrivateKey::from_pem(std::string_view pem, const std::string& name) {
    const openssl::ErrorScope scope;
    const auto bio = openssl::reader(pem);
    bool asked = false;
    const std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &refuse_passphrase, &asked),
                                        &EVP_PKEY_free);
    if (!key) {
        throw Error(ErrorCode::key,
                    name + (asked ? ": the private key is under a passphrase, which a service cannot enter; store it "
                                    "without one, readable by the agent's account only"
                                  : ": no private key could be read from it (PEM, -----BEGIN PRIVATE KEY-----)"));
    }
    return PrivateKey(key);
}

PrivateKey PrivateKey::create() {
    const openssl::ErrorScope scope;
    const std::shared_ptr<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
    if (!key) {
        throw Error(ErrorCode::internal, "OpenSSL could not create a private key: " + openssl::reason());
    }
    return PrivateKey(key);
}

std::string PrivateKey::to_pem() const {
    const openssl::ErrorScope scope;
    const auto bio = openssl::writer();
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL could not write the private key");
    }
    return std::string(openssl::written(bio.get()));
}

bool PrivateKey::matches(const Certificate& certificate) const {
    const openssl::ErrorScope scope;
    return X509_check_private_key(certificate.get(), get()) == 1;
}

std::string PrivateKey::certificate_request(const std::string& common_name, const std::string& organisation) const {
    const openssl::ErrorScope scope;
    const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), &X509_REQ_free);
    if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL could not allocate memory");
    }
    X509_NAME* const subject = X509_REQ_get_subject_name(request.get());
    add_to_subject(subject, "O", organisation);
    add_to_subject(subject, "CN", common_name);
    if (X509_REQ_set_pubkey(request.get(), get()) != 1 || X509_REQ_sign(request.get(), get(), EVP_sha256()) <= 0) {
        throw Error(ErrorCode::key, "the certificate request could not be signed: " + openssl::reason());
    }
    const auto bio = openssl::writer();
    if (PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL could not write the certificate request");
    }
    return std::string(openssl::written(bio.get()));
}

}  // namespace tributary
