#include "agent/keys/base64.h"

#include <Poco/Base64Decoder.h>
#include <Poco/Base64Encoder.h>
#include <Poco/MemoryStream.h>
#include <openssl/evp.h>

#include <limits>
#include <sstream>

#include "agent/platform/error.h"

namespace tributary {

namespace {

int options(Base64 alphabet) {
    return alphabet == Base64::url ? Poco::BASE64_URL_ENCODING | Poco::BASE64_NO_PADDING : 0;
}

}  // namespace

std::string to_base64(std::string_view bytes, Base64 alphabet) {
    std::ostringstream text;
    Poco::Base64Encoder encoder(text, options(alphabet));
    encoder.rdbuf()->setLineLength(0);
    encoder.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    encoder.close();
    return text.str();
}

void write_base64(std::string_view bytes, std::string& text) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) / 2) {
        throw Error(ErrorCode::limit, "more than 1 GiB in one piece");
    }
    text.resize((bytes.size() + 2) / 3 * 4);
    // EVP_EncodeBlock ends with a zero byte, which falls on the text's own.
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
}

std::optional<std::string> from_base64(std::string_view text, Base64 alphabet) {
    Poco::MemoryInputStream stream(text.data(), static_cast<std::streamsize>(text.size()));
    Poco::Base64Decoder decoder(stream, options(alphabet));
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    decoder.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (decoder.bad()) {  // the decoder threw, and the stream caught it
        return std::nullopt;
    }
    bytes.resize(static_cast<std::size_t>(decoder.gcount()));
    // The decoder skips white space and forgives stray bits; one value must have one text.
    if (to_base64(bytes, alphabet) != text) {
        return std::nullopt;
    }
    return bytes;
}

}  // namespace tributary
