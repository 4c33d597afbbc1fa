#include "agent/deidentify/postcode_table.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/csv_table.h"
#include "agent/deidentify/postcode.h"
#include "agent/deidentify/text_hash.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::size_t most_rows = 10'000'000;
constexpr unsigned area_bits = 24;
constexpr std::uint64_t area_mask = (1U << area_bits) - 1;
constexpr std::size_t most_areas = area_mask;

std::uint64_t number_of(std::string_view postcode) noexcept {
    std::uint64_t number = 0;
    for (const char c : postcode) {
        const auto digit = static_cast<std::uint64_t>(c >= 'A' ? c - 'A' + 11 : c - '0' + 1);
        number = number * 37 + digit;
    }
    return number;
}

}  // namespace

/// Fills a table row by row.
class PostcodeTableReader {
  public:
    PostcodeTableReader(std::string name, const std::string& from, const std::string& to)
        : name_(std::move(name)), from_(from), to_(to), table_(new PostcodeTable) {}

    void take(const std::vector<std::string>& record, std::uint64_t line) {
        if (!from_column_) {
            from_column_ = column_of(record, from_);
            to_column_ = column_of(record, to_);
            return;
        }
        if (record.size() <= std::max(*from_column_, *to_column_)) {
            fail("line " + std::to_string(line) + " has too few values");
        }
        const ReadPostcode postcode = read_postcode(record[*from_column_]);
        const std::string& area = record[*to_column_];
        if (postcode.fault != PostcodeFault::none || !postcode.whole() || area.empty()) {
            return;
        }
        if (table_->entries_.size() == most_rows) {
            fail("has more than " + std::to_string(most_rows) + " rows");
        }
        table_->entries_.push_back(number_of(postcode.text()) << area_bits | index_of(area));
    }

    std::shared_ptr<const PostcodeTable> finish(std::string digest) {
        auto& entries = table_->entries_;
        if (!from_column_ || entries.empty()) {
            fail("has no row with a postcode and an area");
        }
        std::sort(entries.begin(), entries.end());
        entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
        for (std::size_t i = 1; i < entries.size(); ++i) {
            if (entries[i] >> area_bits == entries[i - 1] >> area_bits) {
                fail("has a postcode twice with different areas");
            }
        }
        table_->digest_ = std::move(digest);
        return table_;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const { throw Error(ErrorCode::input, name_ + ": " + what); }

    std::size_t column_of(const std::vector<std::string>& header, const std::string& name) const {
        const auto found = std::find(header.begin(), header.end(), name);
        if (found == header.end()) {
            fail("the header has no column " + quoted_text(name));
        }
        return static_cast<std::size_t>(found - header.begin());
    }

    std::uint64_t index_of(const std::string& area) {
        const auto [known, fresh] = indices_.try_emplace(area, table_->areas_.size());
        if (fresh) {
            if (table_->areas_.size() == most_areas) {
                fail("has more areas than " + std::to_string(most_areas));
            }
            table_->areas_.push_back(area);
        }
        return known->second;
    }

    std::string name_;
    const std::string& from_;
    const std::string& to_;
    std::optional<std::size_t> from_column_;
    std::optional<std::size_t> to_column_;
    std::unordered_map<std::string, std::uint64_t, TextHash, std::equal_to<>> indices_;
    std::shared_ptr<PostcodeTable> table_;
};

std::shared_ptr<const PostcodeTable> PostcodeTable::load(FileSystem& files, const std::filesystem::path& file,
                                                         const std::string& from, const std::string& to) {
    PostcodeTableReader reader(file.string(), from, to);
    auto digest = read_csv_table(
        files, file, [&](const std::vector<std::string>& record, std::uint64_t line) { reader.take(record, line); });
    return reader.finish(std::move(digest));
}

std::string_view PostcodeTable::find(std::string_view postcode) const noexcept {
    const std::uint64_t number = number_of(postcode);
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), number << area_bits);
    return found == entries_.end() || *found >> area_bits != number
               ? std::string_view{}
               : std::string_view(areas_[static_cast<std::size_t>(*found & area_mask)]);
}

}  // namespace tributary
