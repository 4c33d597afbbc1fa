#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"

using X509 = struct x509_st;
using EVP_PKEY = struct evp_pkey_st;

namespace tributary {

/// A chain of a few certificates has some 10 KiB; a file of more than this many bytes is none.
constexpr std::uint64_t longest_pem = 256U << 10U;

/// An X.509 certificate. Immutable; may be shared between threads.
class Certificate {
  public:
    /// PEM, the first certificate in the text. `name` stands in errors. Throws Error(key).
    static Certificate from_pem(std::string_view pem, const std::string& name);
    static Certificate load(FileSystem& files, const std::filesystem::path& file);
    /// Every certificate in the text, one at least; in a file of somebody's certificate those of its issuers follow.
    static std::vector<Certificate> chain_from_pem(std::string_view pem, const std::string& name);
    static std::vector<Certificate> load_chain(FileSystem& files, const std::filesystem::path& file);
    /// Shares (up-refs) an OpenSSL certificate.
    static Certificate from_x509(X509* certificate);

    X509* get() const noexcept { return certificate_.get(); }
    std::string common_name() const;
    TimePoint not_before() const;
    TimePoint not_after() const;
    /// SHA-256 of the DER form, lower-case hexadecimal.
    std::string fingerprint() const;
    std::string to_pem() const;
    /// Can data be sealed to it: RSA of 2048 bits and more, or EC P-256? Why not, or an empty text.
    std::string why_not_recipient() const;
    /// Is its key EC P-256, as ES256 needs?
    bool is_p256() const;
    /// Is it expressly one of a TLS client or server, or of an authority (RFC 5280, 4.2.1.12, 4.2.1.9)?
    bool is_for_tls() const;

  private:
    explicit Certificate(std::shared_ptr<X509> certificate) : certificate_(std::move(certificate)) {}
    std::shared_ptr<X509> certificate_;
};

/// A private key. Its PEM is never logged; may be shared between threads.
class PrivateKey {
  public:
    /// Throws Error(key), or Error(permission) if others can read the file.
    static PrivateKey load(FileSystem& files, const std::filesystem::path& file);
    static PrivateKey from_pem(std::string_view pem, const std::string& name);
    /// A fresh EC P-256 key.
    static PrivateKey create();

    EVP_PKEY* get() const noexcept { return key_.get(); }
    std::string to_pem() const;
    bool matches(const Certificate& certificate) const;
    /// PKCS#10 request with the given common name and organisation, PEM.
    std::string certificate_request(const std::string& common_name, const std::string& organisation) const;

  private:
    explicit PrivateKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {}
    std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace tributary
