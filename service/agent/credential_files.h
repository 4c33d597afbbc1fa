#pragma once

#include <filesystem>
#include <string>

#include "agent/config/configuration.h"
#include "agent/keys/certificate.h"
#include "agent/platform/file.h"

namespace tributary {

/// The files of the site's certificate and key, and how others take their place: beside "site.key" and "site.pem" lie
/// "site.key.new" and "site.pem.new" until both are there and right. A crash leaves the old pair or the new one, once
/// complete() was called. One process at a time.
class CredentialFiles {
  public:
    CredentialFiles(FileSystem& files, std::string site, const RepositoryConfiguration& repository);

    /// Ends what a crash cut off. Throws Error(storage), Error(permission).
    void complete();
    /// The key that the next certificate is asked for: made and stored once, so that it can be asked for again.
    PrivateKey next_key();
    /// Puts the certificate for next_key() in place, after the present pair was added to the keys of before. Throws
    /// Error(refused), and changes nothing, if it is not the site's, of the authority, for this key, and valid now.
    void install(const Certificate& certificate, TimePoint now);

  private:
    void swap();

    FileSystem& files_;
    std::string site_;
    std::filesystem::path authority_;
    std::filesystem::path certificate_;
    std::filesystem::path key_;
    std::filesystem::path new_certificate_;
    std::filesystem::path new_key_;
};

}  // namespace tributary
