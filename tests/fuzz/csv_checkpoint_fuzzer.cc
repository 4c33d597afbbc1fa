// Checkpoints come back from a database that may be damaged: any bytes either are refused or mean what they encode to.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plugins/csv/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tributary::csv;
    const std::string_view bytes(static_cast<const char*>(static_cast<const void*>(data)), size);
    if (const auto checkpoint = decode_checkpoint(bytes)) {
        if (encode(*checkpoint) != bytes) {
            std::abort();
        }
    }
    return 0;
}
