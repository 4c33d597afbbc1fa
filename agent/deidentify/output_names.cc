#include "agent/deidentify/output_names.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <string_view>

#include "agent/config/quoted_text.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

bool is_column_name(std::string_view name) noexcept {
    constexpr std::size_t longest = 128;  // characters
    std::size_t characters = 0;
    for (; !name.empty(); ++characters) {
        const auto character = first_utf8_character(name);
        if (!character.valid || is_control_character(character.code_point)) {
            return false;
        }
        name.remove_prefix(character.size);
    }
    return characters >= 1 && characters <= longest;
}

}  // namespace

void OutputNames::add(const std::string& name, const Location& location, Diagnostics& diagnostics) {
    if (!is_column_name(name)) {
        diagnostics.error(location,
                          "the output name " + quoted_text(name) +
                              " cannot be a column's: it needs 1 to 128 characters and no control characters; "
                              "give it another with 'as'");
        return;
    }
    const auto [place, fresh] = taken_.emplace(folded_name(name), location);
    if (!fresh) {
        diagnostics.error(location, "the output name " + quoted_text(name) + " is taken already at " +
                                        to_string(place->second) +
                                        " (names that differ in case alone count as one); give one of them another "
                                        "with 'as'");
    }
}

std::string folded_name(const std::string& name) {
    utf8proc_uint8_t* folded = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()), static_cast<utf8proc_ssize_t>(name.size()),
                     &folded, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
    const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(folded, std::free);
    return size < 0 ? name : std::string(reinterpret_cast<const char*>(folded), static_cast<std::size_t>(size));
}

}  // namespace tributary
