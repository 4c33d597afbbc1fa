#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/deidentify/normalise.h"
#include "agent/deidentify/postcode.h"

// A normal form is its own normal form, whatever the value; so two ways of writing one identifier cannot part later.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tributary;
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    for (const auto type :
         {IdentifierType::nhs_number, IdentifierType::identifier, IdentifierType::uprn, IdentifierType::text}) {
        NormalisationScratch scratch;
        const auto [outcome, text] = normalise(type, value, scratch);
        if (outcome != outcome::filled) {
            continue;
        }
        const std::string once(text);
        const auto again = normalise(type, once, scratch);
        if (once.empty() || again.outcome != outcome::filled || again.text != once) {
            std::abort();
        }
    }
    for (const auto precision : {PostcodePrecision::outward, PostcodePrecision::sector}) {
        const auto reduced = reduce_postcode(value, precision);
        if ((reduced.fault == PostcodeFault::none) != (reduced.size > 0) || reduced.size > reduced.characters.size()) {
            std::abort();
        }
    }
    return 0;
}
