#include "agent/keys/certificate.h"

#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <chrono>
#include <limits>

#include "agent/keys/digest.h"
#include "agent/keys/openssl.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

TimePoint time_of(const ASN1_TIME* time, const char* which) {
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> epoch(ASN1_TIME_set(nullptr, 0), &ASN1_TIME_free);
    int days = 0;
    int seconds = 0;
    if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) {
        throw Error(ErrorCode::key, std::string("the certificate's ") + which + " is not a time");
    }
    return TimePoint(std::chrono::days(days) + std::chrono::seconds(seconds));
}

/// The next certificate in a text; what stands between is passed over.
std::shared_ptr<X509> read_next(BIO* bio) {
    return {PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free};
}

[[noreturn]] void throw_unreadable(const std::string& name) {
    throw Error(ErrorCode::key, name + ": no certificate could be read from it (PEM, -----BEGIN CERTIFICATE-----): " +
                                    openssl::reason());
}

}  // namespace

Certificate Certificate::from_pem(std::string_view pem, const std::string& name) {
    const openssl::ErrorScope scope;
    const auto bio = openssl::reader(pem);
    const auto certificate = read_next(bio.get());
    if (!certificate) {
        throw_unreadable(name);
    }
    return Certificate(certificate);
}

Certificate Certificate::load(FileSystem& files, const std::filesystem::path& file) {
    return from_pem(read_file(files, file, longest_pem), file.string());
}

std::vector<Certificate> Certificate::chain_from_pem(std::string_view pem, const std::string& name) {
    const openssl::ErrorScope scope;
    const auto bio = openssl::reader(pem);
    std::vector<Certificate> chain;
    while (const auto certificate = read_next(bio.get())) {
        chain.push_back(Certificate(certificate));
    }
    if (chain.empty() || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        throw_unreadable(name);
    }
    return chain;
}

std::vector<Certificate> Certificate::load_chain(FileSystem& files, const std::filesystem::path& file) {
    return chain_from_pem(read_file(files, file, longest_pem), file.string());
}

Certificate Certificate::from_x509(X509* certificate) {
    if (certificate == nullptr || X509_up_ref(certificate) != 1) {
        throw Error(ErrorCode::key, "there is no certificate");
    }
    return Certificate(std::shared_ptr<X509>(certificate, &X509_free));
}

std::string Certificate::common_name() const {
    const X509_NAME* const subject = X509_get_subject_name(get());
    const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0) {
        return {};
    }
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    if (size < 0) {
        ERR_clear_error();
        return {};
    }
    const openssl::Memory<unsigned char> owner(text);
    return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

TimePoint Certificate::not_before() const {
    return time_of(X509_get0_notBefore(get()), "start of validity");
}

TimePoint Certificate::not_after() const {
    return time_of(X509_get0_notAfter(get()), "end of validity");
}

std::string Certificate::fingerprint() const {
    Sha256Digest digest;
    unsigned size = 0;
    if (X509_digest(get(), EVP_sha256(), digest.data(), &size) != 1 || size != digest.size()) {
        throw Error(ErrorCode::internal, "OpenSSL could not compute the certificate's fingerprint");
    }
    return to_hex(digest);
}

std::string Certificate::to_pem() const {
    const auto bio = openssl::writer();
    if (PEM_write_bio_X509(bio.get(), get()) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL could not write the certificate");
    }
    return std::string(openssl::written(bio.get()));
}

std::string Certificate::why_not_recipient() const {
    const openssl::ErrorScope scope;
    const EVP_PKEY* const key = X509_get0_pubkey(get());
    if (key == nullptr) {
        return "its public key cannot be read";
    }
    const std::uint32_t usage = X509_get_key_usage(get());  // all bits set where the extension is absent
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        if (EVP_PKEY_get_bits(key) < 2048) {
            return "its RSA key has fewer than 2048 bits";
        }
        return (usage & KU_KEY_ENCIPHERMENT) == 0 ? "its key usage does not include keyEncipherment" : "";
    }
    if (openssl::is_p256(key)) {
        return (usage & KU_KEY_AGREEMENT) == 0 ? "its key usage does not include keyAgreement" : "";
    }
    return "its key is neither RSA nor on the curve P-256";
}

bool Certificate::is_p256() const {
    const openssl::ErrorScope scope;
    return openssl::is_p256(X509_get0_pubkey(get()));
}

bool Certificate::is_for_tls() const {
    const openssl::ErrorScope scope;
    constexpr std::uint32_t absent = std::numeric_limits<std::uint32_t>::max();
    const std::uint32_t usage = X509_get_extended_key_usage(get());
    return (usage != absent && (usage & (XKU_SSL_CLIENT | XKU_SSL_SERVER | XKU_ANYEKU)) != 0) ||
           X509_check_ca(get()) != 0;
}

}  // namespace tributary
