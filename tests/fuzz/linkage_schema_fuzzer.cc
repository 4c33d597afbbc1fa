// A linkage schema comes from another organisation. Whatever the file holds, it is a schema or a clear error that names
// it; what is accepted encodes any values, also those that the fuzzer makes of the file's own bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "agent/deidentify/clk_encoder.h"
#include "agent/platform/error.h"

namespace {

/// Long enough for each of the rules, short enough that a run tries many.
constexpr std::size_t longest_value = 64;

void encode(tributary::LinkageSchema schema, std::string_view text) {
    constexpr std::uint8_t secret[] = {1, 2, 3};
    const tributary::ClkEncoder encoder(std::move(schema), secret);
    tributary::ClkEncoder::Scratch scratch(encoder);
    std::vector<std::string_view> values;
    for (std::size_t i = 0; i < encoder.inputs().size(); ++i) {
        values.push_back(text.substr(text.size() * i / encoder.inputs().size(), longest_value));
    }
    const auto encoding = encoder.encode(values, scratch);
    const std::size_t bytes = (encoder.schema().length() + 7) / 8;
    const bool filled = encoding.outcome < tributary::outcome::first_reason;
    if (encoding.bits.size() != (filled ? bytes : 0) || encoding.text.size() != (filled ? (bytes + 2) / 3 * 4 : 0) ||
        (filled && encoder.schema().length() % 8 != 0 &&
         (encoding.bits.back() & (0xffU >> (encoder.schema().length() % 8))) != 0)) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // The values follow the schema after a zero byte.
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\0');
    const auto json = input.substr(0, end);
    try {
        auto schema = tributary::LinkageSchema::parse(json, "fuzzed.json");
        encode(std::move(schema), end == std::string_view::npos ? json : input.substr(end + 1));
    } catch (const tributary::Error& error) {
        const std::string_view message = error.what();
        if (error.code() != tributary::ErrorCode::configuration || message.substr(0, 11) != "fuzzed.json") {
            std::abort();
        }
    }
    return 0;
}
