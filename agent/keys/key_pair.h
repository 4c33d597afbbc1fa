#pragma once

#include <filesystem>

#include "agent/keys/certificate.h"
#include "agent/platform/file.h"

namespace tributary {

/// A certificate and the key that belongs to it. Immutable; may be shared between threads.
struct KeyPair {
    Certificate certificate;
    PrivateKey key;
};

/// Throws Error(key) if the key is not the certificate's.
KeyPair load_pair(FileSystem& files, const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace tributary
