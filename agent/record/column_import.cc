#include <cstdint>
#include <limits>
#include <string>

#include "agent/platform/error.h"
#include "agent/record/column.h"
#include "agent/record/text_builder.h"

namespace tributary {
namespace {

constexpr std::int32_t no_text_offsets[1] = {0};

[[noreturn]] void refuse(std::string_view place, const std::string& what) {
    throw Error(ErrorCode::plugin, std::string(place) + " of a batch " + what +
                                       ": the source plugin breaks the Arrow C data interface; report it to its maker");
}

/// The structure moved out of `array`, released with the last column that shares it.
std::shared_ptr<const ArrowArray> own(ArrowArray& array, std::string_view place) {
    if (array.release == nullptr) {
        refuse(place, "was released already");
    }
    struct Release {
        void operator()(ArrowArray* taken) const {
            if (taken->release != nullptr) {
                taken->release(taken);
            }
            delete taken;
        }
    };
    auto taken = std::unique_ptr<ArrowArray, Release>(new ArrowArray(array));
    array.release = nullptr;
    return taken;
}

void check_shape(const ArrowArray& array, ColumnType type, std::string_view place, std::int64_t first,
                 std::int64_t length) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max() - 1;
    if (array.length < 0 || array.offset < 0 || array.length > most || array.offset > most - array.length) {
        refuse(place, "has an impossible length or offset");
    }
    if (first < 0 || length < 0 || first > array.length || length > array.length - first) {
        refuse(place, "has another length than its batch");
    }
    if (array.dictionary != nullptr || array.n_children != 0) {
        refuse(place, "is dictionary-encoded or nested, which its format does not say");
    }
    if (array.n_buffers != (type == ColumnType::utf8 ? 3 : 2) || array.buffers == nullptr) {
        refuse(place, "does not have its format's number of buffers");
    }
    if (array.null_count < -1 || array.null_count > array.length) {
        refuse(place, "has an impossible null count");
    }
}

std::size_t alignment(ColumnType type) noexcept {
    switch (type) {
        case ColumnType::boolean:
            return 1;
        case ColumnType::utf8:
        case ColumnType::date32:
            return sizeof(std::int32_t);
        case ColumnType::int64:
        case ColumnType::float64:
        case ColumnType::timestamp:
            break;
    }
    return sizeof(std::int64_t);
}

}  // namespace

Column Column::import(ArrowArray& array, ColumnType type, std::string_view place) {
    return import_slice(array, type, place, 0, array.length);
}

Column Column::import_slice(ArrowArray& array, ColumnType type, std::string_view place, std::int64_t first,
                            std::int64_t length) {
    const auto owner = own(array, place);
    check_shape(*owner, type, place, first, length);
    Column column;
    column.type_ = type;
    column.length_ = static_cast<std::size_t>(length);
    column.offset_ = static_cast<std::size_t>(owner->offset + first);
    column.owner_ = owner;
    column.take_validity(*owner, place);
    if (reinterpret_cast<std::uintptr_t>(owner->buffers[1]) % alignment(type) != 0) {
        refuse(place, "has a buffer that is not aligned");
    }
    if (type == ColumnType::utf8) {
        column.take_text(*owner, place);
        column.empty_nulls();
    } else {
        column.take_values(*owner, place);
    }
    return column;
}

/// The nulls are counted and not taken from the plugin's word, so that the two cannot differ.
void Column::take_validity(const ArrowArray& array, std::string_view place) {
    if (array.buffers[0] == nullptr) {
        if (array.null_count > 0) {
            refuse(place, "states nulls but has no validity bit map");
        }
        return;
    }
    validity_ = static_cast<const std::uint8_t*>(array.buffers[0]);
    for (std::size_t row = 0; row < length_; ++row) {
        null_count_ += static_cast<std::size_t>(is_null(row));
    }
    if (null_count_ == 0) {
        validity_ = nullptr;
    }
}

void Column::take_text(const ArrowArray& array, std::string_view place) {
    offsets_ = no_text_offsets;
    data_ = "";
    if (length_ == 0) {
        return;
    }
    if (array.buffers[1] == nullptr) {
        refuse(place, "has no offsets");
    }
    offsets_ = static_cast<const std::int32_t*>(array.buffers[1]) + offset_;
    bool rising = offsets_[0] >= 0;
    for (std::size_t row = 0; row < length_; ++row) {
        rising &= offsets_[row] <= offsets_[row + 1];
    }
    if (!rising) {
        refuse(place, "has offsets that are negative or fall");
    }
    if (array.buffers[2] != nullptr) {
        data_ = static_cast<const char*>(array.buffers[2]);
    } else if (offsets_[length_] != 0) {
        refuse(place, "has text but no buffer that holds it");
    }
}

void Column::take_values(const ArrowArray& array, std::string_view place) {
    values_ = array.buffers[1];
    if (values_ == nullptr && length_ != 0) {
        refuse(place, "has no values");
    }
}

void Column::empty_nulls() {
    bool hidden = false;
    for (std::size_t row = 0; null_count_ != 0 && row < length_; ++row) {
        hidden |= is_null(row) && offsets_[row] != offsets_[row + 1];
    }
    if (!hidden) {
        return;
    }
    TextBuilder copy(length_, byte_size());
    for (std::size_t row = 0; row < length_; ++row) {
        if (is_null(row)) {
            copy.append_null();
        } else {
            copy.append(text(row));
        }
    }
    *this = copy.finish();
}

}  // namespace tributary
