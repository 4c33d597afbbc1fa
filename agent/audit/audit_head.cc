#include "agent/audit/audit_head.h"

#include <Poco/Exception.h>

#include "agent/audit/audit_line.h"
#include "agent/keys/json.h"
#include "agent/keys/jws.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr int form = 1;
/// Of offsets and file numbers: sums of them do not overflow.
constexpr std::uint64_t largest = std::uint64_t{1} << 53U;

std::uint64_t number_of(const Poco::JSON::Object& object, const char* name) {
    const auto value = object.get(name);
    if (!value.isInteger() || value.isBoolean()) {
        throw Error(ErrorCode::input, std::string("the number \"") + name + "\" is missing");
    }
    const auto number = value.convert<std::uint64_t>();
    if (number > largest) {
        throw Error(ErrorCode::input, std::string("the number \"") + name + "\" is out of range");
    }
    return number;
}

std::string text_of(const Poco::JSON::Object& object, const char* name) {
    const auto value = object.get(name);
    if (!value.isString()) {
        throw Error(ErrorCode::input, std::string("the text \"") + name + "\" is missing");
    }
    return value.extract<std::string>();
}

AuditHead parse(const std::string& payload) {
    const auto object = parse_json_object(payload, "it", longest_audit_line * 2);
    if (number_of(*object, "tributary_audit_head") != form) {
        throw Error(ErrorCode::input, "it has a form that this version does not know");
    }
    AuditHead head;
    head.site = text_of(*object, "site");
    head.line = text_of(*object, "line");
    head.file = number_of(*object, "file");
    head.offset = number_of(*object, "offset");
    head.signer = text_of(*object, "signer");
    head.sequence = number_of(*object, "sequence");
    head.hash = text_of(*object, "hash");
    head.time = from_rfc3339(text_of(*object, "time"));
    const auto line = parse_audit_line(head.line);
    if (head.hash != audit_hash(head.line) || head.sequence != line.sequence || head.time != line.time ||
        head.file == 0 || head.sequence == 0) {
        throw Error(ErrorCode::input, "it does not agree with its own line");
    }
    return head;
}

}  // namespace

std::string sign_head(const AuditHead& head, const PrivateKey& key) {
    Poco::JSON::Object object;
    object.set("tributary_audit_head", form);
    object.set("site", head.site);
    object.set("sequence", head.sequence);
    object.set("hash", head.hash);
    object.set("time", to_rfc3339(head.time));
    object.set("line", head.line);
    object.set("file", head.file);
    object.set("offset", head.offset);
    object.set("signer", head.signer);
    return sign_jws(json_text(object), key);
}

ReadHead read_head(std::string_view text, const PublicKey& signer) {
    ReadHead read;
    const auto payload = unverified_payload(text);
    if (!payload) {
        read.fault = "it is no signed head";
        return read;
    }
    try {
        read.head = parse(*payload);
    } catch (const Error& error) {
        read.fault = std::string("it is no head of an audit log: ") + error.what();
        return read;
    } catch (const Poco::Exception&) {
        read.fault = "it is no head of an audit log: a number is out of range";
        return read;
    }
    try {
        verify_jws(text, signer, "the site");
        read.signed_by_key = read.head->signer == signer.fingerprint();
        read.fault = read.signed_by_key ? "" : "it names another key than the one that signed it";
    } catch (const Error& error) {
        read.fault = error.what();
    }
    return read;
}

}  // namespace tributary
