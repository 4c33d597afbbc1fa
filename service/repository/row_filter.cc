#include "service/repository/row_filter.h"

#include <algorithm>
#include <limits>

#include "agent/keys/json.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::size_t longest_row = std::size_t{64} << 20U;

/// Calls `field` with the place and the unquoted text of each field of a record; stops when it answers false.
template <typename Field>
void each_field(std::string_view record, Field field) {
    while (!record.empty() && (record.back() == '\n' || record.back() == '\r')) {
        record.remove_suffix(1);
    }
    std::string text;
    std::size_t place = 0;
    for (std::size_t at = 0; at <= record.size(); ++at, ++place) {
        text.clear();
        bool quoted = false;
        for (; at < record.size() && (quoted || record[at] != ','); ++at) {
            if (record[at] != '"') {
                text.push_back(record[at]);
            } else if (quoted && at + 1 < record.size() && record[at + 1] == '"') {
                text.push_back('"');
                ++at;
            } else {
                quoted = !quoted;
            }
        }
        if (!field(place, text)) {
            return;
        }
    }
}

bool stands_unescaped(std::string_view name) noexcept {
    return std::none_of(name.begin(), name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
}

std::string member_of(std::string_view row, const std::string& name) {
    const auto value = parse_json_object(row, "the row", longest_row)->get(name);
    return value.isString() ? value.extract<std::string>() : std::string();
}

}  // namespace

RowFilter::RowFilter(bool csv, std::vector<RetractedColumn> columns, std::function<void(std::string_view)> write)
    : csv_(csv), columns_(std::move(columns)), write_(std::move(write)) {
    for (const auto& column : columns_) {
        keys_.push_back(stands_unescaped(column.name) ? "\"" + column.name + "\":\"" : std::string());
    }
    places_.resize(columns_.size(), std::numeric_limits<std::size_t>::max());
}

void RowFilter::add(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t end = at;
        bool whole = false;
        for (; end < bytes.size() && !whole; ++end) {
            quoted_ = quoted_ != (csv_ && bytes[end] == '"');
            whole = bytes[end] == '\n' && !quoted_;
        }
        const auto part = bytes.substr(at, end - at);
        at = end;
        if (whole && row_.empty()) {
            take(part);
            continue;
        }
        row_ += part;
        if (row_.size() > longest_row) {
            throw Error(ErrorCode::limit, "a row of more than 64 MiB cannot be searched for retracted people");
        }
        if (whole) {
            take(row_);
            row_.clear();
        }
    }
}

void RowFilter::finish() {
    if (!row_.empty()) {
        take(row_);
        row_.clear();
    }
}

void RowFilter::take(std::string_view row) {
    if (csv_ && !header_read_) {
        read_header(row);
        write_(row);
        return;
    }
    if (is_retracted(row)) {
        ++removed_;
        return;
    }
    write_(row);
}

void RowFilter::read_header(std::string_view header) {
    header_read_ = true;
    each_field(header, [this](std::size_t place, const std::string& name) {
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].name == name) {
                places_[i] = place;
            }
        }
        return true;
    });
}

bool RowFilter::is_retracted(std::string_view row) const {
    return csv_ ? is_retracted_record(row) : is_retracted_object(row);
}

/// Within a JSON text each quotation mark is escaped (RFC 8259, section 7), so the key with its quotation marks stands
/// nowhere but where the member begins.
bool RowFilter::is_retracted_object(std::string_view row) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (keys_[i].empty()) {
            if (columns_[i].people->contains(member_of(row, columns_[i].name))) {
                return true;
            }
            continue;
        }
        const std::size_t key = row.find(keys_[i]);
        if (key == std::string_view::npos) {
            continue;
        }
        const std::size_t begin = key + keys_[i].size();
        const auto value = row.substr(begin, row.find('"', begin) - begin);
        if (columns_[i].people->contains(std::string(value))) {
            return true;
        }
    }
    return false;
}

bool RowFilter::is_retracted_record(std::string_view row) const {
    bool found = false;
    each_field(row, [&](std::size_t place, const std::string& value) {
        for (std::size_t i = 0; i < columns_.size() && !found; ++i) {
            found = places_[i] == place && columns_[i].people->contains(value);
        }
        return !found;
    });
    return found;
}

}  // namespace tributary
