#include "agent/record/quality.h"

#include "agent/platform/error.h"

namespace tributary {
namespace {

void add(std::map<std::string, std::uint64_t>& counts, const std::map<std::string, std::uint64_t>& more) {
    for (const auto& [reason, count] : more) {
        counts[reason] += count;
    }
}

}  // namespace

void Quality::merge(const Quality& other) {
    if (fields.empty()) {
        fields = other.fields;
    } else if (!other.fields.empty()) {
        if (fields.size() != other.fields.size()) {
            throw Error(ErrorCode::internal, "quality counts of different policies were added");
        }
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (fields[i].field != other.fields[i].field || fields[i].nhs_number != other.fields[i].nhs_number) {
                throw Error(ErrorCode::internal, "quality counts of different policies were added");
            }
        }
        for (std::size_t i = 0; i < fields.size(); ++i) {
            fields[i].filled += other.fields[i].filled;
            fields[i].empty += other.fields[i].empty;
            add(fields[i].invalid, other.fields[i].invalid);
        }
    }
    rows += other.rows;
    add(rejected, other.rejected);
    add(withheld, other.withheld);
    opted_out += other.opted_out;
}

}  // namespace tributary
