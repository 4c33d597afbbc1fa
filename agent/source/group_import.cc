#include "agent/source/group_import.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agent/platform/utf8.h"

namespace tributary {

namespace {

constexpr std::size_t longest_checkpoint = 1U << 20U;
constexpr std::size_t shortest_mark = 16;
constexpr std::size_t longest_mark = 64;
constexpr std::size_t most_in_group = 100'000;  // batches, rejections, marks
constexpr std::size_t longest_reason = 64;
constexpr std::size_t longest_origin = 1024;

std::string_view view(const TributaryText& text) noexcept {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

[[noreturn]] void contract(const std::string& what) {
    throw Error(ErrorCode::plugin, "the plugin broke its contract: " + what);
}

bool is_reason(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_reason && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

/// Releases whatever Arrow structures of a group were not moved out.
class GroupGuard {
  public:
    explicit GroupGuard(TributaryGroup& group) : group_(group) {}
    ~GroupGuard() {
        for (std::size_t i = 0; group_.batches != nullptr && i < group_.batch_count; ++i) {
            auto& batch = group_.batches[i];
            if (batch.schema.release != nullptr) {
                batch.schema.release(&batch.schema);
            }
            if (batch.array.release != nullptr) {
                batch.array.release(&batch.array);
            }
        }
    }
    GroupGuard(const GroupGuard&) = delete;
    GroupGuard& operator=(const GroupGuard&) = delete;

  private:
    TributaryGroup& group_;
};

void check_list(const void* list, std::size_t count, const char* what) {
    if (count > most_in_group) {
        contract("a group holds more than " + std::to_string(most_in_group) + " " + what);
    }
    if (count > 0 && list == nullptr) {
        contract(std::string("a group counts ") + what + " that are not there");
    }
}

class Importer {
  public:
    Importer(const std::vector<SourceStream>& streams, std::vector<std::shared_ptr<const Schema>>& schemas)
        : streams_(streams), schemas_(schemas) {}

    StreamBatch batch(TributaryBatch& from) {
        auto& schema = schemas_[stream(from.stream)];
        if (from.schema.release != nullptr) {
            auto fresh = import_schema(from.schema);
            // The same schema stays the same object, so that nothing is compiled anew for it.
            if (!schema || *schema != fresh) {
                schema = std::make_shared<const Schema>(std::move(fresh));
            }
        }
        if (!schema) {
            contract("the first batch of stream '" + streams_[from.stream].name + "' has no schema");
        }
        const auto origin = view(from.origin);
        if (origin.size() > longest_origin || find_invalid_utf8(origin) != std::string_view::npos) {
            contract("the origin of a batch of stream '" + streams_[from.stream].name +
                     "' is longer than 1,024 bytes or not UTF-8");
        }
        return {from.stream, import_batch(schema, from.array, from.first_row, std::string(origin))};
    }

    Rejection rejection(const TributaryRejection& from) const {
        const auto reason = view(from.reason);
        if (!is_reason(reason)) {
            contract("a rejection's reason is not a short word of small letters");
        }
        if (from.count == 0) {
            contract("a rejection of no records");
        }
        return {stream(from.stream), from.row, from.count, std::string(reason)};
    }

  private:
    std::uint32_t stream(std::uint32_t index) const {
        if (index >= streams_.size()) {
            contract("it names stream number " + std::to_string(index) + " of " + std::to_string(streams_.size()));
        }
        return index;
    }

    const std::vector<SourceStream>& streams_;
    std::vector<std::shared_ptr<const Schema>>& schemas_;
};

std::string mark(const TributaryText& from) {
    const auto bytes = view(from);
    if (bytes.size() < shortest_mark || bytes.size() > longest_mark) {
        contract("a mark has " + std::to_string(bytes.size()) + " bytes, not 16 to 64");
    }
    return std::string(bytes);
}

}  // namespace

Group import_group(TributaryGroup& from, const std::vector<SourceStream>& streams,
                   std::vector<std::shared_ptr<const Schema>>& schemas) {
    const GroupGuard guard(from);
    check_list(from.batches, from.batch_count, "batches");
    check_list(from.rejections, from.rejection_count, "rejections");
    check_list(from.marks, from.mark_count, "marks");
    const auto checkpoint = view(from.checkpoint);
    if (checkpoint.empty() || checkpoint.size() > longest_checkpoint) {
        contract("a group's checkpoint has " + std::to_string(checkpoint.size()) + " bytes, not 1 to 1,048,576");
    }
    Importer importer(streams, schemas);
    Group group;
    for (std::size_t i = 0; i < from.batch_count; ++i) {
        group.batches.push_back(importer.batch(from.batches[i]));
    }
    for (std::size_t i = 0; i < from.rejection_count; ++i) {
        group.rejections.push_back(importer.rejection(from.rejections[i]));
    }
    for (std::size_t i = 0; i < from.mark_count; ++i) {
        group.marks.push_back(mark(from.marks[i]));
    }
    group.checkpoint = checkpoint;
    return group;
}

}  // namespace tributary
