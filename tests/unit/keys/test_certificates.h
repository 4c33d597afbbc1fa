#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "agent/keys/certificate.h"

namespace tributary::testing {

/// A key with a self-signed certificate over it, valid for a day.
struct Identity {
    PrivateKey key;
    Certificate certificate;
};

Identity p256_identity(const std::string& common_name);
Identity rsa_identity(const std::string& common_name, unsigned bits = 2048);
Identity p384_identity(const std::string& common_name);
/// A P-256 certificate whose key usage is digitalSignature only.
Identity signing_only_identity(const std::string& common_name);
/// A certificate authority, self-signed or issued by another one.
Identity authority_identity(const std::string& common_name, const Identity* issuer = nullptr);
/// P-256, issued by an authority.
Identity issued_identity(const std::string& common_name, const Identity& issuer);

/// A folder of its own under the system's temporary folder; removed with what is in it.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }

    /// Writes a file that only the owner may read.
    std::filesystem::path write(const std::string& name, std::string_view text) const;

  private:
    std::filesystem::path path_;
};

}  // namespace tributary::testing
