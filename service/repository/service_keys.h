#pragma once

#include <vector>

#include "agent/courier/receipt.h"
#include "agent/keys/key_pair.h"
#include "agent/platform/file.h"
#include "service/repository/service_configuration.h"

namespace tributary {

/// What receipts are signed with, and what they were signed with before, as far as the keys are here still: those vouch
/// for the present one to sites that do not know it yet.
struct SigningKeys {
    KeyPair present;
    std::vector<KeyPair> earlier;
};

/// Throws Error(key).
SigningKeys load_signing(FileSystem& files, const ServiceConfiguration& configuration);

/// With what receipts are verified: every signing certificate that the configuration names. Throws Error(key).
ReceiptSigners load_receipt_signers(FileSystem& files, const ServiceConfiguration& configuration);

/// What opens chunks, the present one first. Throws Error(key), and Error(configuration) if the configuration names
/// none.
std::vector<KeyPair> load_decryption(FileSystem& files, const ServiceConfiguration& configuration);

}  // namespace tributary
