#include "service/repository/row_counter.h"

#include <algorithm>

namespace tributary {

void RowCounter::add(std::string_view bytes) noexcept {
    if (bytes.empty()) {
        return;
    }
    any_ = true;
    last_ = bytes.back();
    if (!csv_) {
        lines_ += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
        return;
    }
    for (const char character : bytes) {
        if (character == '"') {
            quoted_ = !quoted_;  // a doubled quote turns it twice
        } else if (character == '\n' && !quoted_) {
            ++lines_;
        }
    }
}

}  // namespace tributary
