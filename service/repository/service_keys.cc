#include "service/repository/service_keys.h"

#include "agent/platform/error.h"

namespace tributary {

namespace {

KeyPair load_signing_pair(FileSystem& files, const std::filesystem::path& certificate,
                          const std::filesystem::path& key) {
    KeyPair pair = load_pair(files, certificate, key);
    if (!pair.certificate.is_p256()) {
        throw Error(ErrorCode::key, certificate.string() + ": receipts are signed with ES256; take an EC P-256 key");
    }
    return pair;
}

KeyPair load_decryption_pair(FileSystem& files, const std::filesystem::path& certificate,
                             const std::filesystem::path& key) {
    KeyPair pair = load_pair(files, certificate, key);
    if (const std::string why = pair.certificate.why_not_recipient(); !why.empty()) {
        throw Error(ErrorCode::key, certificate.string() + ": " + why);
    }
    return pair;
}

}  // namespace

SigningKeys load_signing(FileSystem& files, const ServiceConfiguration& configuration) {
    SigningKeys keys{load_signing_pair(files, configuration.signing_certificate, configuration.signing_key), {}};
    for (const auto& earlier : configuration.earlier_signing_keys) {
        if (!earlier.private_key.empty()) {
            keys.earlier.push_back(load_signing_pair(files, earlier.certificate, earlier.private_key));
        }
    }
    return keys;
}

ReceiptSigners load_receipt_signers(FileSystem& files, const ServiceConfiguration& configuration) {
    std::vector<Certificate> earlier;
    earlier.reserve(configuration.earlier_signing_keys.size());
    for (const auto& key : configuration.earlier_signing_keys) {
        earlier.push_back(Certificate::load(files, key.certificate));
    }
    return {Certificate::load(files, configuration.signing_certificate), std::move(earlier)};
}

std::vector<KeyPair> load_decryption(FileSystem& files, const ServiceConfiguration& configuration) {
    if (configuration.decryption_key.empty()) {
        throw Error(ErrorCode::configuration,
                    "the configuration names no decryption_key, without which nothing can be opened here");
    }
    std::vector<KeyPair> keys{
        load_decryption_pair(files, configuration.encryption_certificate, configuration.decryption_key)};
    for (const auto& earlier : configuration.earlier_decryption_keys) {
        keys.push_back(load_decryption_pair(files, earlier.certificate, earlier.private_key));
    }
    return keys;
}

}  // namespace tributary
