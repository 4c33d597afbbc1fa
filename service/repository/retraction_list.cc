#include "service/repository/retraction_list.h"

#include <algorithm>

#include "agent/keys/json.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

/// A pseudonym has neither commas nor quotation marks, and a retraction's rows have nothing else.
constexpr std::size_t longest_row = 64U << 10U;

std::string origin_of(const PseudonymColumn& column) {
    return column.algorithm + '\n' + column.type + '\n' + column.key_id + '\n' + std::to_string(column.epoch) + '\n' +
           column.domain;
}

}  // namespace

RetractionList::RetractionList(const Manifest& manifest) : csv_(manifest.format == "csv") {
    for (const PseudonymColumn& column : manifest.pseudonyms) {
        if (const auto place = manifest.schema.index_of(column.column)) {
            names_.push_back(column.column);
            origins_.push_back(origin_of(column));
            places_.push_back(*place);
            people_[origins_.back()];
        }
    }
}

void RetractionList::add(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        row_ += bytes.substr(at, end - at);
        if (row_.size() > longest_row) {
            throw Error(ErrorCode::corrupt, "a row of the retraction is too long");
        }
        if (end < bytes.size()) {
            take(row_);
            row_.clear();
        }
        at = end + 1;
    }
}

void RetractionList::finish() const {
    if (!row_.empty()) {
        throw Error(ErrorCode::corrupt, "the retraction ends in the middle of a row");
    }
}

void RetractionList::take(std::string_view row) {
    if (csv_) {
        if (!header_read_) {
            header_read_ = true;
            return;
        }
        std::vector<std::string_view> fields;
        while (!row.empty() && row.back() == '\r') {
            row.remove_suffix(1);
        }
        for (std::size_t comma = 0; comma != std::string_view::npos;
             row.remove_prefix(std::min(comma + 1, row.size()))) {
            comma = row.find(',');
            fields.push_back(row.substr(0, comma));
            if (comma == std::string_view::npos) {
                break;
            }
        }
        for (std::size_t i = 0; i < places_.size(); ++i) {
            if (places_[i] < fields.size() && !fields[places_[i]].empty()) {
                people_[origins_[i]].emplace(fields[places_[i]]);
            }
        }
        return;
    }
    const auto object = parse_json_object(row, "a row of the retraction", longest_row);
    for (std::size_t i = 0; i < names_.size(); ++i) {
        // An empty text is nobody; it would be found in every row that has no pseudonym.
        if (const auto value = object->get(names_[i]); value.isString() && !value.extract<std::string>().empty()) {
            people_[origins_[i]].insert(value.extract<std::string>());
        }
    }
}

std::vector<RetractedColumn> RetractionList::columns_in(const Manifest& manifest) const {
    std::vector<RetractedColumn> columns;
    for (const PseudonymColumn& column : manifest.pseudonyms) {
        const auto people = people_.find(origin_of(column));
        if (people != people_.end() && !people->second.empty() && manifest.schema.index_of(column.column)) {
            columns.push_back({column.column, &people->second});
        }
    }
    return columns;
}

}  // namespace tributary
