// The rows of opened chunks, from which retracted people are removed, and the lists of such people: of a site, so they
// may be anything. Where the pieces end must not matter, and every row either passes as it is or is counted.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/error.h"
#include "service/repository/retraction_list.h"
#include "service/repository/row_counter.h"
#include "service/repository/row_filter.h"

namespace {

using namespace tributary;

struct Filtered {
    std::string passed;
    std::uint64_t removed = 0;
    std::vector<std::string> told;
    bool refused = false;

    bool operator==(const Filtered&) const = default;
};

Filtered filter(bool csv, std::string_view rows, std::size_t piece) {
    static const Pseudonyms people = {"anna", "b\"ert"};
    Filtered result;
    RowFilter filter(csv, {{"person", &people}, {"a \"name\"", &people}},
                     [&](std::string_view passed) { result.passed += passed; });
    filter.tell_removed("row_key", [&](std::string key) { result.told.push_back(std::move(key)); });
    try {
        for (std::size_t at = 0; at < rows.size(); at += piece) {
            filter.add(rows.substr(at, piece));
        }
        filter.finish();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::input && error.code() != ErrorCode::limit) {
            std::abort();
        }
        result = {};
        result.refused = true;
        return result;
    }
    result.removed = filter.removed();
    return result;
}

RowCounter counted(bool csv, std::string_view rows) {
    RowCounter counter(csv);
    counter.add(rows);
    return counter;
}

void read_list(bool csv, std::string_view rows, std::size_t piece) {
    Manifest manifest;
    manifest.format = csv ? "csv" : "ndjson";
    manifest.schema.fields = {{"row_key", ColumnType::utf8}, {"person", ColumnType::utf8}};
    manifest.pseudonyms = {{"person", "nhs_number", "key", 1, "domain", "algorithm"}};
    RetractionList people(manifest);
    try {
        for (std::size_t at = 0; at < rows.size(); at += piece) {
            people.add(rows.substr(at, piece));
        }
        people.finish();
        for (const RetractedColumn& column : people.columns_in(manifest)) {
            if (column.people->contains("")) {
                std::abort();
            }
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::input && error.code() != ErrorCode::limit &&
            error.code() != ErrorCode::corrupt) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const bool csv = (data[0] & 1U) != 0;
    const std::size_t piece = data[1] + std::size_t{1};
    const std::string_view rows(reinterpret_cast<const char*>(data) + 2, size - 2);
    const Filtered whole = filter(csv, rows, rows.size() + 1);
    if (!(whole == filter(csv, rows, piece))) {
        std::abort();
    }
    const RowCounter before = counted(csv, rows);
    // What does not end whole is not opened at all.
    if (!whole.refused && before.ends_whole() && counted(csv, whole.passed).rows() + whole.removed != before.rows()) {
        std::abort();
    }
    read_list(csv, rows, piece);
    return 0;
}
