#include "agent/keys/key_pair.h"

#include "agent/platform/error.h"

namespace tributary {

KeyPair load_pair(FileSystem& files, const std::filesystem::path& certificate, const std::filesystem::path& key) {
    KeyPair pair{Certificate::load(files, certificate), PrivateKey::load(files, key)};
    if (!pair.key.matches(pair.certificate)) {
        throw Error(ErrorCode::key,
                    "the key " + key.string() + " does not belong to the certificate " + certificate.string());
    }
    return pair;
}

}  // namespace tributary
