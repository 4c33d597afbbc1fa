#pragma once

#include <filesystem>
#include <vector>

#include "agent/courier/receipt.h"
#include "agent/platform/file.h"

namespace tributary {

/// Where signing certificates of before are kept: "repository-signing.pem.earlier", PEM, the last one first.
std::filesystem::path earlier_signers_file(const std::filesystem::path& signing_certificate);

/// Whose receipts are believed: the certificate in the file, and those of before. Throws Error(key).
ReceiptSigners load_receipt_signers(FileSystem& files, const std::filesystem::path& signing_certificate);

/// Puts another signing certificate, and those of its issuers, in the place of the `known` one, which is believed
/// further on. A crash leaves the old one or the new one in the file, and nobody that is no longer believed. Throws
/// Error(storage).
void replace_receipt_signer(FileSystem& files, const std::filesystem::path& signing_certificate,
                            const ReceiptSigners& known, const std::vector<Certificate>& chain);

}  // namespace tributary
