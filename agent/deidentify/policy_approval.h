#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "agent/keys/certificate.h"
#include "agent/platform/clock.h"

namespace tributary {

/// Somebody's signed word that a stream may run under one policy and no other. It lies beside the policy as a compact
/// JWS (agent/keys/jws.h), ES256 by the approver's key.
struct PolicyApproval {
    std::string stream;
    std::string policy_sha256;  ///< CompiledPolicy::hash
    TimePoint approved;
    std::string approver;  ///< common name of the approver's certificate
};

/// admissions.yaml.approval beside admissions.yaml.
std::filesystem::path approval_file(const std::filesystem::path& policy);
inline constexpr std::uint64_t longest_approval = 16U << 10U;

/// Throws Error(key) unless `key` is the certificate's, on the curve P-256, and the certificate is valid at `approved`.
std::string sign_approval(const PolicyApproval& approval, const Certificate& certificate, const PrivateKey& key);

/// What the text approves, if one of `approvers` signed it for this stream and hash, not later than `now` (an hour off
/// is taken for two clocks) and while the certificate was valid. An approval outlives the certificate: the approver was
/// who the certificate says when he signed. To withdraw an approver's word, take the certificate out of the
/// configuration: the time of the signature is the approver's own statement, which the holder of an expired key could
/// misstate. Throws Error(refused) that says why not and what to do.
PolicyApproval verify_approval(std::string_view text, std::span<const Certificate> approvers, const std::string& stream,
                               const std::string& policy_sha256, TimePoint now);

}  // namespace tributary
