#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "agent/deidentify/identifier_scan.h"
#include "agent/deidentify/scrubber.h"

// The text up to the first line end is the record's name, the second line its local identifier, the third its address;
// the rest is the note. What leaves is UTF-8, holds nothing that the guard would find, and a name that stands between
// blanks at the end is gone whatever stands before it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tributary;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    Scrubber scrubber;
    const auto line = [&rest] {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto text = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return text;
    };
    scrubber.known().add(KnownKind::name, line());
    scrubber.known().add(KnownKind::name, "Thornesworth");
    scrubber.known().add(KnownKind::identifier, line());
    scrubber.known().add(KnownKind::address, line());
    scrubber.known().finish();
    const std::string note = std::string(rest) + " thornesworth ";
    std::string output;
    if (scrubber.scrub(note, output) != Scrubber::Result::scrubbed) {
        return output.empty() ? 0 : (std::abort(), 0);
    }
    std::vector<GuardHit> hits;
    scan_identifiers(output, hits);
    FoldedText folded;
    if (!hits.empty() || !folded.fold(output) || folded.text().find(" thornesworth ") != std::string_view::npos) {
        std::abort();
    }
    return 0;
}
