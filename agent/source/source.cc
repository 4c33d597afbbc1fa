#include "agent/source/source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "agent/platform/process.h"

namespace tributary {

namespace {

constexpr std::size_t longest_checkpoint = 1U << 20U;
constexpr std::size_t shortest_mark = 16;
constexpr std::size_t longest_mark = 64;
constexpr std::size_t most_in_group = 100'000;  // batches, rejections, marks
constexpr std::int64_t most_rows = 65'536;
constexpr std::size_t longest_reason = 64;
constexpr std::size_t longest_origin = 1024;

TributaryText view(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

std::string_view view(const TributaryText& text) noexcept {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

/// A text that a C plugin wrote into a fixed buffer.
template <std::size_t Size>
std::string bounded(const char (&text)[Size]) {
    const char* end = std::find(text, text + Size, '\0');
    return {text, end};
}

ErrorCode code_of(TributaryStatus status) noexcept {
    switch (status) {
        case TRIBUTARY_CONFIGURATION:
            return ErrorCode::configuration;
        case TRIBUTARY_UNAVAILABLE:
            return ErrorCode::network;
        case TRIBUTARY_BAD_DATA:
            return ErrorCode::input;
        case TRIBUTARY_STOPPED:
            return ErrorCode::stopped;
        default:
            return ErrorCode::plugin;
    }
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
        if (group_.batches == nullptr || group_.batch_count > most_in_group) {
            return;
        }
        for (std::size_t i = 0; i < group_.batch_count; ++i) {
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

}  // namespace

struct Source::Implementation {
    std::shared_ptr<const Plugin> plugin;
    SourceHost host;
    TributaryHost c_host{};
    TributarySource* source = nullptr;
    std::vector<SourceStream> streams;
    std::vector<std::shared_ptr<const Schema>> schemas;  // of each stream since start

    static SourceHost& of(void* context) { return static_cast<Implementation*>(context)->host; }

    void fill_host() {
        c_host.size = sizeof(c_host);
        c_host.abi = TRIBUTARY_PLUGIN_ABI;
        c_host.context = this;
        c_host.log = [](void* context, TributaryLevel level, TributaryText message) {
            guarded(0, [&] { return of(context).log ? (of(context).log(level, view(message)), 0) : 0; });
        };
        c_host.secret = [](void* context, TributaryText reference, TributaryText* value) {
            return guarded(0, [&] { return hand_out_secret(of(context), reference, value); });
        };
        c_host.stopping = [](void* context) {
            return guarded(1, [&] { return of(context).stopping && of(context).stopping() ? 1 : 0; });
        };
        c_host.marked = [](void* context, TributaryText mark) {
            // Not knowing counts as taken: a record late is better than a record twice.
            return guarded(1, [&] { return of(context).marked && of(context).marked(view(mark)) ? 1 : 0; });
        };
        c_host.base_folder = view(host.base_folder);
    }

    /// Nothing is thrown into a plugin.
    template <typename Call>
    static int guarded(int otherwise, Call call) noexcept {
        try {
            return call();
        } catch (...) {
            return otherwise;
        }
    }

    static int hand_out_secret(SourceHost& host, TributaryText reference, TributaryText* value) {
        struct Held {
            std::string text;
            ~Held() { wipe(text.data(), text.size()); }
        };
        thread_local Held held;
        wipe(held.text.data(), held.text.size());
        auto secret = host.secret ? host.secret(std::string(view(reference))) : std::nullopt;
        if (!secret) {
            return 0;
        }
        held.text = std::move(*secret);
        *value = view(held.text);
        return 1;
    }

    [[noreturn]] void fail(TributaryStatus status, const TributaryError& error, const char* call) const {
        auto message = bounded(error.message);
        if (message.empty()) {
            message = std::string("the plugin gave no reason for the failure of its call '") + call + "'";
        }
        throw Failure(code_of(status), message, bounded(error.option));
    }

    std::uint32_t checked_stream(std::uint32_t stream) const {
        if (stream >= streams.size()) {
            contract("it names stream number " + std::to_string(stream) + " of " + std::to_string(streams.size()));
        }
        return stream;
    }

    void take_batches(TributaryGroup& from, Group& group) {
        for (std::size_t i = 0; i < from.batch_count; ++i) {
            auto& batch = from.batches[i];
            auto& schema = schemas[checked_stream(batch.stream)];
            if (batch.schema.release != nullptr) {
                schema = std::make_shared<const Schema>(import_schema(batch.schema));
            }
            if (!schema) {
                contract("the first batch of stream '" + streams[batch.stream].name + "' has no schema");
            }
            if (batch.array.length > most_rows) {
                contract("a batch of stream '" + streams[batch.stream].name + "' has more than " +
                         std::to_string(most_rows) + " rows");
            }
            std::string origin(view(batch.origin).substr(0, longest_origin));
            group.batches.push_back(
                {batch.stream, import_batch(schema, batch.array, batch.first_row, std::move(origin))});
        }
    }

    void take_rejections(const TributaryGroup& from, Group& group) const {
        for (std::size_t i = 0; i < from.rejection_count; ++i) {
            const auto& rejection = from.rejections[i];
            if (!is_reason(view(rejection.reason))) {
                contract("a rejection's reason is not a short word of small letters");
            }
            group.rejections.push_back({checked_stream(rejection.stream), rejection.row, rejection.count,
                                        std::string(view(rejection.reason))});
        }
    }

    static void take_marks(const TributaryGroup& from, Group& group) {
        for (std::size_t i = 0; i < from.mark_count; ++i) {
            const auto mark = view(from.marks[i]);
            if (mark.size() < shortest_mark || mark.size() > longest_mark) {
                contract("a mark has " + std::to_string(mark.size()) + " bytes, not 16 to 64");
            }
            group.marks.emplace_back(mark);
        }
    }
};

Source::Source(std::shared_ptr<const Plugin> plugin, SourceHost host, const std::string& options,
               std::vector<SourceStream> streams)
    : implementation_(std::make_unique<Implementation>()) {
    auto& self = *implementation_;
    self.plugin = std::move(plugin);
    self.host = std::move(host);
    self.streams = std::move(streams);
    self.schemas.resize(self.streams.size());
    self.fill_host();
    std::vector<TributaryStream> c_streams;
    for (const auto& stream : self.streams) {
        c_streams.push_back({view(stream.name), view(stream.options)});
    }
    TributaryError error{};
    error.size = sizeof(error);
    const auto status = self.plugin->table().open(&self.c_host, view(options), c_streams.data(), c_streams.size(),
                                                  &self.source, &error);
    if (status != TRIBUTARY_OK) {
        self.source = nullptr;
        self.fail(status, error, "open");
    }
    if (self.source == nullptr) {
        contract("open succeeded without a source");
    }
}

Source::~Source() {
    if (implementation_->source != nullptr) {
        implementation_->plugin->table().close(implementation_->source);
    }
}

std::optional<Schema> Source::schema(std::uint32_t stream) {
    auto& self = *implementation_;
    ArrowSchema schema{};
    TributaryError error{};
    error.size = sizeof(error);
    const auto status = self.plugin->table().schema(self.source, self.checked_stream(stream), &schema, &error);
    if (status == TRIBUTARY_NOTHING) {
        return std::nullopt;
    }
    if (status != TRIBUTARY_OK) {
        self.fail(status, error, "schema");
    }
    return import_schema(schema);
}

void Source::start(const std::string& checkpoint) {
    auto& self = *implementation_;
    std::fill(self.schemas.begin(), self.schemas.end(), nullptr);
    TributaryError error{};
    error.size = sizeof(error);
    const auto status = self.plugin->table().start(self.source, view(checkpoint), &error);
    if (status != TRIBUTARY_OK) {
        self.fail(status, error, "start");
    }
}

Source::ReadResult Source::read(std::chrono::milliseconds timeout, Group& group) {
    auto& self = *implementation_;
    group = {};
    TributaryGroup from{};
    from.size = sizeof(from);
    TributaryError error{};
    error.size = sizeof(error);
    const auto status =
        self.plugin->table().read(self.source, static_cast<std::uint32_t>(timeout.count()), &from, &error);
    switch (status) {
        case TRIBUTARY_OK:
            break;
        case TRIBUTARY_NOTHING:
            return ReadResult::nothing;
        case TRIBUTARY_END:
            return ReadResult::end;
        case TRIBUTARY_STOPPED:
            return ReadResult::stopped;
        default:
            self.fail(status, error, "read");
    }
    const GroupGuard guard(from);
    if (from.batch_count > most_in_group || from.rejection_count > most_in_group || from.mark_count > most_in_group) {
        contract("a group holds more than " + std::to_string(most_in_group) + " batches, rejections or marks");
    }
    if (from.checkpoint.size == 0 || from.checkpoint.data == nullptr || from.checkpoint.size > longest_checkpoint) {
        contract("a group's checkpoint has " + std::to_string(from.checkpoint.size) + " bytes, not 1 to 1,048,576");
    }
    self.take_batches(from, group);
    self.take_rejections(from, group);
    Implementation::take_marks(from, group);
    group.checkpoint = view(from.checkpoint);
    return ReadResult::group;
}

void Source::commit(const std::string& checkpoint) {
    auto& self = *implementation_;
    TributaryError error{};
    error.size = sizeof(error);
    const auto status = self.plugin->table().commit(self.source, view(checkpoint), &error);
    if (status != TRIBUTARY_OK) {
        self.fail(status, error, "commit");
    }
}

}  // namespace tributary
