#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/deidentify/identifier_scan.h"

// Whatever stands around it, an NHS number between full stops is found; and nothing is found outside the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tributary;
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    std::string text(value);
    text.append(". 943 476 5919 .").append(value);
    std::vector<GuardHit> hits;
    scan_identifiers(text, hits);
    const bool found = std::any_of(hits.begin(), hits.end(), [&](const GuardHit& hit) {
        return hit.kind == GuardKind::nhs_number && hit.offset == size + 2;
    });
    const bool inside =
        std::all_of(hits.begin(), hits.end(), [&](const GuardHit& hit) { return hit.offset < text.size(); });
    if (!found || !inside) {
        std::abort();
    }
    return 0;
}
