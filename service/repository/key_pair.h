#pragma once

#include <filesystem>

#include "agent/keys/certificate.h"
#include "agent/platform/file.h"
#include "service/repository/service_configuration.h"

namespace tributary {

struct KeyPair {
    Certificate certificate;
    PrivateKey key;
};

/// Throws Error(key) if the key is not the certificate's.
KeyPair load_pair(FileSystem& files, const std::filesystem::path& certificate, const std::filesystem::path& key);

/// What receipts are signed with. Throws Error(key).
KeyPair load_signing(FileSystem& files, const ServiceConfiguration& configuration);

/// What opens chunks. Throws Error(key), and Error(configuration) if the configuration names none.
KeyPair load_encryption(FileSystem& files, const ServiceConfiguration& configuration);

}  // namespace tributary
