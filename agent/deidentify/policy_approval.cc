#include "agent/deidentify/policy_approval.h"

#include "agent/keys/json.h"
#include "agent/keys/jws.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr int form = 1;
constexpr auto clocks_apart = std::chrono::hours(1);

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorCode::refused, "the approval of the policy does not count: " + why);
}

std::string text_of(const Poco::JSON::Object& object, const char* name) {
    const auto value = object.get(name);
    if (!value.isString()) {
        refuse(std::string("the text \"") + name + "\" is missing");
    }
    return value.extract<std::string>();
}

PolicyApproval parse(const std::string& payload) {
    const auto object = parse_json_object(payload, "the approval", longest_approval);
    const auto version = object->get("tributary_policy_approval");
    if (!version.isInteger() || version.isBoolean() || version != form) {
        refuse("it has a form that this version does not know");
    }
    PolicyApproval approval;
    approval.stream = text_of(*object, "stream");
    approval.policy_sha256 = text_of(*object, "policy_sha256");
    approval.approver = text_of(*object, "approver");
    try {
        approval.approved = from_rfc3339(text_of(*object, "approved"));
    } catch (const Error&) {
        refuse("\"approved\" is no time");
    }
    return approval;
}

bool signed_by(std::string_view text, const Certificate& approver, std::string& payload) {
    try {
        payload = verify_jws(text, approver);
        return true;
    } catch (const Error&) {
        return false;
    }
}

/// Empty if it is right.
std::string why_not(const PolicyApproval& approval, const Certificate& certificate, const std::string& stream,
                    const std::string& policy_sha256, TimePoint now) {
    if (approval.stream != stream) {
        return "it is for another stream";
    }
    if (approval.policy_sha256 != policy_sha256) {
        return "the policy is not the one that was approved (it has the hash " + policy_sha256 + ")";
    }
    if (approval.approver != certificate.common_name()) {
        return "it names another approver than its certificate";
    }
    if (approval.approved > now + clocks_apart) {
        return "it is of the future; is this computer's clock right?";
    }
    if (approval.approved < certificate.not_before() || approval.approved >= certificate.not_after()) {
        return "the approver's certificate was not valid when it was signed";
    }
    return {};
}

}  // namespace

std::filesystem::path approval_file(const std::filesystem::path& policy) {
    auto file = policy;
    file += ".approval";
    return file;
}

std::string sign_approval(const PolicyApproval& approval, const Certificate& certificate, const PrivateKey& key) {
    if (!key.matches(certificate)) {
        throw Error(ErrorCode::key, "the approver's key does not belong to the certificate");
    }
    if (approval.approved < certificate.not_before() || approval.approved >= certificate.not_after()) {
        throw Error(ErrorCode::key, "the approver's certificate is valid from " + to_rfc3339(certificate.not_before()) +
                                        " to " + to_rfc3339(certificate.not_after()) +
                                        "; an approval at another time would not count");
    }
    Poco::JSON::Object object;
    object.set("tributary_policy_approval", form);
    object.set("stream", approval.stream);
    object.set("policy_sha256", approval.policy_sha256);
    object.set("approved", to_rfc3339(approval.approved));
    object.set("approver", approval.approver);
    return sign_jws(json_text(object), key);
}

PolicyApproval verify_approval(std::string_view text, std::span<const Certificate> approvers, const std::string& stream,
                               const std::string& policy_sha256, TimePoint now) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.remove_suffix(1);
    }
    std::string fault = "it is signed by none of the approvers that the configuration names";
    for (const auto& certificate : approvers) {
        std::string payload;
        if (!signed_by(text, certificate, payload)) {
            continue;
        }
        auto approval = parse(payload);
        fault = why_not(approval, certificate, stream, policy_sha256, now);
        if (fault.empty()) {
            return approval;
        }
    }
    refuse(fault);
}

}  // namespace tributary
