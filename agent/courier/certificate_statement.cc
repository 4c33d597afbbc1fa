#include "agent/courier/certificate_statement.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include "agent/keys/digest.h"
#include "agent/keys/json.h"
#include "agent/keys/jws.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::size_t largest_answer = 256U << 10U;
constexpr std::size_t most_statements = 64;
constexpr const char* what = "certificates";

std::string text_of(const Poco::JSON::Object& object, const std::string& field) {
    const Poco::Dynamic::Var value = object.get(field);
    if (!value.isString()) {
        throw Error(ErrorCode::input, "the certificate statement's '" + field + "' is missing or is no text");
    }
    return value.extract<std::string>();
}

}  // namespace

std::string sign_statement(const CertificateStatement& statement, const PrivateKey& key) {
    Poco::JSON::Object object;
    object.set("challenge", statement.challenge);
    object.set("encryption", statement.encryption);
    object.set("signing", statement.signing);
    object.set("statement", what);
    return sign_jws(json_text(object), key);
}

CertificateStatement verify_statement(std::string_view jws, const Certificate& signer) {
    return parse_statement(verify_jws(jws, signer));
}

CertificateStatement parse_statement(std::string_view text) {
    const auto object = parse_json_object(text, "the certificate statement", largest_answer);
    if (text_of(*object, "statement") != what) {
        throw Error(ErrorCode::input, "it is signed, but it is no certificate statement");
    }
    CertificateStatement statement{text_of(*object, "challenge"), text_of(*object, "encryption"),
                                   text_of(*object, "signing")};
    if (!is_hex(statement.challenge, challenge_bytes)) {
        throw Error(ErrorCode::input, "the certificate statement's 'challenge' does not have the form it must have");
    }
    return statement;
}

std::string certificate_answer(const std::vector<std::string>& statements) {
    Poco::JSON::Array list;
    for (const auto& statement : statements) {
        list.add(statement);
    }
    Poco::JSON::Object object;
    object.set("statements", list);
    return json_text(object);
}

std::vector<std::string> read_certificate_answer(std::string_view text) {
    const auto object = parse_json_object(text, "the answer about certificates", largest_answer);
    const auto list = object->getArray("statements");
    if (list.isNull() || list->empty() || list->size() > most_statements) {
        throw Error(ErrorCode::input, "the answer about certificates holds no 'statements', or too many");
    }
    std::vector<std::string> statements;
    for (const auto& statement : *list) {
        if (!statement.isString()) {
            throw Error(ErrorCode::input, "one of the 'statements' is no text");
        }
        statements.push_back(statement.extract<std::string>());
    }
    return statements;
}

}  // namespace tributary
