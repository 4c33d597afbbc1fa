#include "agent/courier/receipt.h"

#include <Poco/JSON/Object.h>

#include "agent/keys/json.h"
#include "agent/keys/jws.h"
#include "agent/outbox/manifest.h"
#include "agent/outbox/manifest_fields.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::size_t largest_receipt = 16U << 10U;

[[noreturn]] void wrong(const std::string& field) {
    throw Error(ErrorCode::input, "the receipt's '" + field + "' is missing or does not have the form it must have");
}

std::string text_of(const Poco::JSON::Object& object, const std::string& field) {
    const Poco::Dynamic::Var value = object.get(field);
    if (!value.isString()) {
        wrong(field);
    }
    return value.extract<std::string>();
}

std::uint64_t count_of(const Poco::JSON::Object& object, const std::string& field) {
    const Poco::Dynamic::Var value = object.get(field);
    if (!value.isInteger() || value.isBoolean()) {  // to Poco a boolean is an integer, too
        wrong(field);
    }
    try {
        return value.convert<Poco::UInt64>();
    } catch (const Poco::Exception&) {
        wrong(field);  // negative
    }
}

std::string signed_text(std::string_view jws, const ReceiptSigners& signers) {
    const auto& certificates = signers.certificates();
    for (const auto& certificate : certificates) {
        try {
            return verify_jws(jws, certificate);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::refused || &certificate == &certificates.back()) {
                throw;
            }
        }
    }
    throw Error(ErrorCode::internal, "a repository without a signing certificate");
}

}  // namespace

std::string sign_receipt(const Receipt& receipt, const PrivateKey& key) {
    Poco::JSON::Object object;
    object.set("id", receipt.id);
    object.set("received", to_rfc3339(receipt.received));
    object.set("sealed_sha256", receipt.sealed_sha256);
    object.set("sequence", static_cast<Poco::UInt64>(receipt.sequence));
    object.set("site", receipt.site);
    object.set("stream", receipt.stream);
    return sign_jws(json_text(object), key);
}

std::string sign_receipt(const RunReceipt& receipt, const PrivateKey& key) {
    Poco::JSON::Object object;
    object.set("received", to_rfc3339(receipt.received));
    object.set("run", receipt.run);
    object.set("run_manifest_sha256", receipt.manifest_sha256);
    object.set("site", receipt.site);
    return sign_jws(json_text(object), key);
}

RunReceipt verify_run_receipt(std::string_view jws, const ReceiptSigners& repository) {
    return parse_run_receipt(signed_text(jws, repository));
}

Receipt verify_receipt(std::string_view jws, const ReceiptSigners& repository) {
    return parse_receipt(signed_text(jws, repository));
}

RunReceipt parse_run_receipt(std::string_view text) {
    const Poco::JSON::Object::Ptr object = parse_json_object(text, "the receipt", largest_receipt);
    RunReceipt receipt;
    receipt.run = text_of(*object, "run");
    receipt.site = text_of(*object, "site");
    receipt.manifest_sha256 = text_of(*object, "run_manifest_sha256");
    receipt.received = from_rfc3339(text_of(*object, "received"));
    if (!is_chunk_id(receipt.run)) {
        wrong("run");
    }
    if (!is_site(receipt.site)) {
        wrong("site");
    }
    if (!is_sha256(receipt.manifest_sha256)) {
        wrong("run_manifest_sha256");
    }
    return receipt;
}

Receipt parse_receipt(std::string_view text) {
    const Poco::JSON::Object::Ptr object = parse_json_object(text, "the receipt", largest_receipt);
    Receipt receipt;
    receipt.id = text_of(*object, "id");
    receipt.site = text_of(*object, "site");
    receipt.stream = text_of(*object, "stream");
    receipt.sequence = count_of(*object, "sequence");
    receipt.sealed_sha256 = text_of(*object, "sealed_sha256");
    receipt.received = from_rfc3339(text_of(*object, "received"));
    if (!is_chunk_id(receipt.id)) {
        wrong("id");
    }
    if (!is_site(receipt.site)) {
        wrong("site");
    }
    if (!is_stream(receipt.stream)) {
        wrong("stream");
    }
    if (receipt.sequence == 0) {
        wrong("sequence");
    }
    if (!is_sha256(receipt.sealed_sha256)) {
        wrong("sealed_sha256");
    }
    return receipt;
}

}  // namespace tributary
