// tributary.yaml from hostile hands: whatever the text, it is refused with diagnostics or becomes values within limits.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/config/configuration.h"
#include "agent/config/json_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tributary;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto document = parse_yaml(text, "tributary.yaml");
        Diagnostics diagnostics;
        const auto configuration = read_configuration(document, "/etc/tributary/tributary.yaml", {}, diagnostics);
        to_json(document);
        for (const auto& source : configuration.sources) {
            source.schedule.next(TimePoint(std::chrono::hours(500000)), {});
        }
        if (!diagnostics.has_errors() &&
            (configuration.site.size() < 2 || configuration.sources.empty() || configuration.workers < 1 ||
             !configuration.repository.url.starts_with("https://"))) {
            std::abort();
        }
    } catch (const ConfigurationError&) {
    }
    return 0;
}
