#include "agent/keys/jws.h"

#include <Poco/Crypto/ECKey.h>
#include <Poco/Crypto/EVPPKey.h>
#include <Poco/Crypto/OpenSSLInitializer.h>
#include <Poco/Exception.h>
#include <Poco/JWT/Signer.h>
#include <Poco/JWT/Token.h>

#include <optional>

#include "agent/keys/base64.h"
#include "agent/keys/json.h"
#include "agent/keys/openssl.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t compact_limit = 256U << 10U;
constexpr std::size_t header_limit = 1024;
constexpr std::size_t signature_size = 64;  // RFC 7518, section 3.4: R and S of 32 bytes each

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorCode::refused, "the signature is refused: " + why);
}

/// The three segments of the compact form (RFC 7515, section 7.1).
struct Segments {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
};

std::optional<Segments> split(std::string_view compact) {
    const auto first = compact.find('.');
    const auto last = compact.rfind('.');
    if (first == std::string_view::npos || first == last || compact.find('.', first + 1) != last) {
        return std::nullopt;
    }
    return Segments{compact.substr(0, first), compact.substr(first + 1, last - first - 1), compact.substr(last + 1)};
}

void check_header(std::string_view segment) {
    const auto text = from_base64(segment, Base64::url);
    if (!text) {
        refuse("its header is not base64url");
    }
    Poco::JSON::Object::Ptr header;
    try {
        header = parse_json_object(*text, "header", header_limit);
    } catch (const Error&) {
        refuse("its header is not a JSON object");
    }
    const auto algorithm = header->get("alg");
    if (!algorithm.isString() || algorithm.extract<std::string>() != Poco::JWT::Signer::ALGO_ES256) {
        refuse("its algorithm is not ES256");
    }
    // "crit" and "b64" (RFC 7797) would change what is signed; a key in the header is no key to trust.
    for (const auto* const name : {"crit", "b64", "jwk", "jku", "x5u", "x5c"}) {
        if (header->has(name)) {
            refuse(std::string("its header has the parameter \"") + name + "\"");
        }
    }
}

/// Poco counts who uses OpenSSL, and takes its locks away under those who come just then when the last one goes: one
/// thread that signs while another begins to. This one never goes.
const Poco::Crypto::OpenSSLInitializer openssl_in_use;  // NOLINT(cert-err58-cpp)

/// The key itself and not its PEM, which takes longer to read than to sign with.
Poco::SharedPtr<Poco::Crypto::ECKey> ec_key(EVP_PKEY* key) {
    return new Poco::Crypto::ECKey(Poco::Crypto::EVPPKey(key));
}

}  // namespace

std::string sign_jws(std::string_view payload, const PrivateKey& key) {
    const openssl::ErrorScope scope;
    if (!openssl::is_p256(key.get())) {
        throw Error(ErrorCode::key, "ES256 signatures need a private key on the curve P-256");
    }
    std::string compact;
    try {
        Poco::JWT::Token token;
        token.payload() = *parse_json_object(payload, "the text to sign", compact_limit);
        Poco::JWT::Signer signer(ec_key(key.get()));
        signer.setAlgorithms({Poco::JWT::Signer::ALGO_ES256});
        compact = signer.sign(token, Poco::JWT::Signer::ALGO_ES256);
    } catch (const Poco::Exception& exception) {
        throw Error(ErrorCode::key, std::string("signing failed: ") + exception.name());
    }
    // The signer writes the payload anew from the parsed object; what is signed must be the very text that was given.
    const auto segments = split(compact);
    if (!segments || from_base64(segments->payload, Base64::url) != payload) {
        throw Error(ErrorCode::internal, "the text to sign is not in the form of json_text");
    }
    if (compact.size() > compact_limit) {
        throw Error(ErrorCode::limit, "a signed text of more than 256 KiB");
    }
    return compact;
}

std::string verify_jws(std::string_view compact, const Certificate& signer) {
    return verify_jws(compact, PublicKey::of(signer), "the certificate " + signer.common_name());
}

std::string verify_jws(std::string_view compact, const PublicKey& signer, const std::string& name) {
    const openssl::ErrorScope scope;
    if (compact.size() > compact_limit) {
        refuse("it has more than 256 KiB");
    }
    const auto segments = split(compact);
    if (!segments) {
        refuse("it has not the three parts of a compact JWS");
    }
    check_header(segments->header);
    auto payload = from_base64(segments->payload, Base64::url);
    if (!payload) {
        refuse("its payload is not base64url");
    }
    const auto signature = from_base64(segments->signature, Base64::url);
    if (!signature || signature->size() != signature_size) {
        refuse("its signature is not 64 bytes in base64url");
    }
    if (!signer.is_p256()) {
        refuse(name + " has no key on the curve P-256");
    }
    bool verified = false;
    try {
        Poco::JWT::Signer verifier(ec_key(signer.get()));
        verifier.setAlgorithms({Poco::JWT::Signer::ALGO_ES256});
        Poco::JWT::Token token;
        verified = verifier.tryVerify(std::string(compact), token);
    } catch (const Poco::Exception&) {
        verified = false;  // the payload is no JSON object, or the signature's numbers are out of range
    }
    if (!verified) {
        refuse("it does not verify with the key of " + name);
    }
    return std::move(*payload);
}

std::optional<std::string> unverified_payload(std::string_view compact) {
    const auto segments = compact.size() > compact_limit ? std::nullopt : split(compact);
    return segments ? from_base64(segments->payload, Base64::url) : std::nullopt;
}

}  // namespace tributary
