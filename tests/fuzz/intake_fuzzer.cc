// What a site sends before its bytes: request target, header values, JWS and manifest.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/keys/jws.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"
#include "service/repository/request_line.h"
#include "service/repository/row_counter.h"

using namespace tributary;

namespace {

constexpr const char* certificate = R"(-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIUWnbNYOhN6vdoassOubaAlwT9dPQwCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDUlZXMCAXDTI2MTEyMzAyNTU0OFoYDzIxMjYxMDMwMDI1NTQ4
WjAOMQwwCgYDVQQDDANSVlcwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARsU0ko
UvZ06H2lvGpBRfIjASgqGKV9QLLYTAj9qHfvNcFhSbunoIH7e3ASoBe6TlPfV6/w
oSNJj02lC6lpktBWo1MwUTAdBgNVHQ4EFgQUS8Gx0dAwA6dGByOy55WwSW0wAZww
HwYDVR0jBBgwFoAUS8Gx0dAwA6dGByOy55WwSW0wAZwwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiB3x4MDu9AGIyxmFTgDkon+Z1q7RgP65CBQvLwf
4GN3VgIhAMXxPcfy33RqTgzBR8BrDI73tPyKMgl8PUnuo9u6uEWg
-----END CERTIFICATE-----
)";

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Certificate site = Certificate::from_pem(certificate, "the fuzzer's site");
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto resource = read_path(text)) {
        require(is_site(resource->site) && is_chunk_id(resource->id));
        require("/v1/sites/" + resource->site + (resource->kind == Resource::Kind::run ? "/runs/" : "/chunks/") +
                    resource->id ==
                text);
    }
    if (const auto offset = read_offset(text)) {
        require(*offset <= (std::uint64_t{1} << 53U));
    }
    (void)read_structured_boolean(text);
    try {
        verify_jws(text, site);
        std::abort();  // nobody has the key
    } catch (const Error& error) {
        require(error.code() == ErrorCode::refused);
    }
    try {
        const Manifest manifest = parse_manifest(text);
        require(manifest_text(manifest) == text);
    } catch (const Error& error) {
        require(error.code() == ErrorCode::input || error.code() == ErrorCode::limit);
    }
    RowCounter whole(true);
    whole.add(text);
    RowCounter pieces(true);
    pieces.add(text.substr(0, size / 2));
    pieces.add(text.substr(size / 2));
    require(whole.rows() == pieces.rows() && whole.ends_whole() == pieces.ends_whole());
    return 0;
}
