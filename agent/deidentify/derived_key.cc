#include "agent/deidentify/derived_key.h"

#include "agent/keys/digest.h"

namespace tributary {

DerivedKey::DerivedKey(const LinkageKey& key, std::string_view use, std::string_view domain, std::size_t size)
    : bytes_(size) {
    hkdf_sha256({reinterpret_cast<const char*>(key.bytes().data()), key.bytes().size()}, {},
                std::string(use).append(domain), bytes_.bytes());
}

std::string length_prefixed(std::string_view text) {
    std::string result;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        result += static_cast<char>(static_cast<unsigned char>(text.size() >> shift));
    }
    return result.append(text);
}

}  // namespace tributary
