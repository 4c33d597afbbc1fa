#include "agent/outbox/text_scan.h"

#include <utf8proc.h>

#include <algorithm>

namespace tributary {

std::string_view all_text(const Column& column) noexcept {
    if (column.length() == 0) {
        return {};
    }
    const auto* const offsets = column.text_offsets();
    const auto begin = offsets[0];
    return {column.text_data() + begin, static_cast<std::size_t>(offsets[column.length()] - begin)};
}

std::size_t utf8_sequence(std::string_view text) noexcept {
    utf8proc_int32_t code_point = 0;
    const auto length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size(), 4)), &code_point);
    return length < 0 ? 0 : static_cast<std::size_t>(length);
}

}  // namespace tributary
