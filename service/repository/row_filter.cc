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

/// Within a JSON text each quotation mark is escaped (RFC 8259, section 7), so the key with its quotation marks stands
/// nowhere but where the member begins.
std::string text_behind(std::string_view row, const std::string& key) {
    const std::size_t begin = row.find(key);
    if (begin == std::string_view::npos) {
        return {};
    }
    row.remove_prefix(begin + key.size());
    return std::string(row.substr(0, row.find('"')));
}

std::string field_of(std::string_view row, std::size_t wanted) {
    std::string found;
    each_field(row, [&](std::size_t place, const std::string& value) {
        if (place == wanted) {
            found = value;
        }
        return place < wanted;
    });
    return found;
}

}  // namespace

RowFilter::RowFilter(bool csv, std::vector<RetractedColumn> columns, std::function<void(std::string_view)> write)
    : csv_(csv), write_(std::move(write)) {
    for (auto& column : columns) {
        places_.push_back(place_of(std::move(column.name)));
        people_.push_back(column.people);
    }
}

void RowFilter::tell_removed(std::string column, std::function<void(std::string)> take) {
    told_ = place_of(std::move(column));
    tell_ = std::move(take);
}

RowFilter::Place RowFilter::place_of(std::string name) {
    std::string key = stands_unescaped(name) ? "\"" + name + "\":\"" : std::string();
    return {std::move(name), std::move(key), std::numeric_limits<std::size_t>::max()};
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
    if (!is_retracted(row)) {
        write_(row);
        return;
    }
    ++removed_;
    if (tell_) {
        if (std::string text = text_of(row, told_); !text.empty()) {
            tell_(std::move(text));
        }
    }
}

void RowFilter::read_header(std::string_view header) {
    header_read_ = true;
    each_field(header, [this](std::size_t field, const std::string& name) {
        for (Place& place : places_) {
            if (place.name == name) {
                place.field = field;
            }
        }
        if (told_.name == name) {
            told_.field = field;
        }
        return true;
    });
}

std::string RowFilter::text_of(std::string_view row, const Place& place) const {
    if (csv_) {
        return field_of(row, place.field);
    }
    return place.key.empty() ? member_of(row, place.name) : text_behind(row, place.key);
}

bool RowFilter::is_retracted(std::string_view row) const {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (people_[i]->contains(text_of(row, places_[i]))) {
            return true;
        }
    }
    return false;
}

}  // namespace tributary
