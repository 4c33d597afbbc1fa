// A linkage key file is typed, mailed and copied by people. Whatever it holds, it is a key or a clear error that quotes
// nothing of it; what is accepted is no passphrase.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/keys/key_file.h"
#include "agent/platform/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto [key, site] =
            tributary::parse_addressed_key({reinterpret_cast<const char*>(data), size}, "fuzzed.key");
        const auto& bytes = key.bytes();
        if (std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte >= 0x20 && byte < 0x7f; }) ||
            key.id().empty() || (!site.empty() && !tributary::is_site_code(site))) {
            std::abort();
        }
    } catch (const tributary::Error& error) {
        const std::string_view message = error.what();
        if (error.code() != tributary::ErrorCode::key || message.substr(0, 11) != "fuzzed.key:") {
            std::abort();
        }
    }
    return 0;
}
