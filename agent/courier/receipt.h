#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/keys/certificate.h"
#include "agent/platform/clock.h"

namespace tributary {

/// The repository's signed word that it holds a chunk: JWS over {id, received, sealed_sha256, sequence, site, stream}.
struct Receipt {
    std::string id;
    std::string site;
    std::string stream;
    std::uint64_t sequence = 0;
    std::string sealed_sha256;
    TimePoint received;
};

/// The same of a run manifest: JWS over {received, run, run_manifest_sha256, site}.
struct RunReceipt {
    std::string run;
    std::string site;
    std::string manifest_sha256;
    TimePoint received;
};

/// Whose receipts are believed: the repository's signing certificate, and those it had before, as a chunk that was
/// acknowledged once gets the same receipt whenever it is asked for.
class ReceiptSigners {
  public:
    ReceiptSigners(Certificate present, std::vector<Certificate> earlier = {})  // NOLINT(google-explicit-constructor)
        : certificates_{std::move(present)} {
        certificates_.insert(certificates_.end(), earlier.begin(), earlier.end());
    }
    const Certificate& present() const noexcept { return certificates_.front(); }
    /// The present one first.
    const std::vector<Certificate>& certificates() const noexcept { return certificates_; }

  private:
    std::vector<Certificate> certificates_;
};

std::string sign_receipt(const Receipt& receipt, const PrivateKey& key);
std::string sign_receipt(const RunReceipt& receipt, const PrivateKey& key);
/// The signed text taken apart; throws Error(input) naming the field.
Receipt parse_receipt(std::string_view text);
RunReceipt parse_run_receipt(std::string_view text);
/// Throws Error(refused) for a signature of none of them, Error(input) for a wrong form.
Receipt verify_receipt(std::string_view jws, const ReceiptSigners& repository);
RunReceipt verify_run_receipt(std::string_view jws, const ReceiptSigners& repository);

}  // namespace tributary
