// The audit log and its head lie on a disk that others may have written to.
#include <string_view>

#include "agent/audit/audit_head.h"
#include "agent/audit/audit_line.h"
#include "agent/platform/error.h"

using namespace tributary;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const PublicKey signer = PublicKey::of(PrivateKey::create());
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        // What is read is what would be written.
        if (to_text(parse_audit_line(text)) != text) {
            __builtin_trap();
        }
    } catch (const Error&) {
    }
    if (read_head(text, signer).signed_by_key) {
        __builtin_trap();
    }
    return 0;
}
