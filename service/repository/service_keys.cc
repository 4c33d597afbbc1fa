#include "service/repository/service_keys.h"

#include "agent/platform/error.h"

namespace tributary {

KeyPair load_signing(FileSystem& files, const ServiceConfiguration& configuration) {
    KeyPair pair = load_pair(files, configuration.signing_certificate, configuration.signing_key);
    if (!pair.certificate.is_p256()) {
        throw Error(ErrorCode::key, configuration.signing_certificate.string() +
                                        ": receipts are signed with ES256; take an EC P-256 key");
    }
    return pair;
}

KeyPair load_encryption(FileSystem& files, const ServiceConfiguration& configuration) {
    if (configuration.decryption_key.empty()) {
        throw Error(ErrorCode::configuration,
                    "the configuration names no decryption_key, without which nothing can be opened here");
    }
    KeyPair pair = load_pair(files, configuration.encryption_certificate, configuration.decryption_key);
    if (const std::string why = pair.certificate.why_not_recipient(); !why.empty()) {
        throw Error(ErrorCode::key, configuration.encryption_certificate.string() + ": " + why);
    }
    return pair;
}

}  // namespace tributary
