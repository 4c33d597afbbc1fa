#include "agent/source/source.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/platform/process.h"
#include "agent/source/group_import.h"

namespace tributary {

namespace {

TributaryText as_text(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

std::string_view as_view(const TributaryText& text) noexcept {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

/// A text that a plugin wrote into a fixed buffer, with or without a NUL at its end.
template <std::size_t Size>
std::string bounded(const char (&text)[Size]) {
    return {text, std::find(text, text + Size, '\0')};
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

TributaryError empty_error() noexcept {
    TributaryError error{};
    error.size = sizeof error;
    return error;
}

[[noreturn]] void fail(TributaryStatus status, const TributaryError& error, const char* call) {
    auto message = bounded(error.message);
    if (message.empty()) {
        message = std::string("the plugin gave no reason for the failure of its call '") + call + "'";
    }
    throw Source::Failure(code_of(status), message, bounded(error.option));
}

void require(TributaryStatus status, const TributaryError& error, const char* call) {
    if (status != TRIBUTARY_OK) {
        fail(status, error, call);
    }
}

/// Nothing is thrown into a plugin.
template <typename Call>
int guarded(int otherwise, Call call) noexcept {
    try {
        return call();
    } catch (...) {
        return otherwise;
    }
}

/// Lives until the thread's next secret, as the contract says, and is wiped then.
class HeldSecret {
  public:
    HeldSecret() = default;
    ~HeldSecret() { wipe(bytes_.data(), bytes_.size()); }
    HeldSecret(const HeldSecret&) = delete;
    HeldSecret& operator=(const HeldSecret&) = delete;

    void replace(std::string_view text) {
        wipe(bytes_.data(), bytes_.size());
        bytes_.assign(text.begin(), text.end());
    }
    TributaryText text() const noexcept { return {bytes_.data(), bytes_.size()}; }

  private:
    std::vector<char> bytes_;
};

int hand_out_secret(const SourceHost& host, TributaryText reference, TributaryText* value) {
    thread_local HeldSecret held;
    held.replace({});
    auto secret = host.secret ? host.secret(std::string(as_view(reference))) : std::nullopt;
    if (!secret) {
        return 0;
    }
    std::string& text = *secret;
    held.replace(text);
    wipe(text.data(), text.size());
    *value = held.text();
    return 1;
}

TributaryHost host_table(SourceHost& host) {
    TributaryHost table{};
    table.size = sizeof table;
    table.abi = TRIBUTARY_PLUGIN_ABI;
    table.context = &host;
    table.log = [](void* context, TributaryLevel level, TributaryText message) {
        guarded(0, [&] {
            const auto& to = *static_cast<SourceHost*>(context);
            if (to.log) {
                to.log(level, as_view(message));
            }
            return 0;
        });
    };
    table.secret = [](void* context, TributaryText reference, TributaryText* value) {
        return guarded(0, [&] { return hand_out_secret(*static_cast<SourceHost*>(context), reference, value); });
    };
    table.stopping = [](void* context) {
        return guarded(1, [&] {
            const auto& to = *static_cast<SourceHost*>(context);
            return to.stopping && to.stopping() ? 1 : 0;
        });
    };
    table.marked = [](void* context, TributaryText mark) {
        return guarded(-1, [&] {
            const auto& to = *static_cast<SourceHost*>(context);
            return to.marked && to.marked(as_view(mark)) ? 1 : 0;
        });
    };
    table.base_folder = as_text(host.base_folder);
    return table;
}

}  // namespace

struct Source::Implementation {
    std::shared_ptr<const Plugin> plugin;
    SourceHost host;
    TributaryHost c_host{};
    TributarySource* source = nullptr;
    std::vector<SourceStream> streams;
    std::vector<std::shared_ptr<const Schema>> schemas;  // of each stream since start

    const TributaryPlugin& table() const noexcept { return plugin->table(); }
};

Source::Source(std::shared_ptr<const Plugin> plugin, SourceHost host, const std::string& options,
               std::vector<SourceStream> streams)
    : implementation_(std::make_unique<Implementation>()) {
    auto& self = *implementation_;
    self.plugin = std::move(plugin);
    self.host = std::move(host);
    self.c_host = host_table(self.host);
    self.streams = std::move(streams);
    self.schemas.resize(self.streams.size());
    std::vector<TributaryStream> c_streams;
    for (const auto& stream : self.streams) {
        c_streams.push_back({as_text(stream.name), as_text(stream.options)});
    }
    auto error = empty_error();
    TributarySource* opened = nullptr;
    require(self.table().open(&self.c_host, as_text(options), c_streams.data(), c_streams.size(), &opened, &error),
            error, "open");
    if (opened == nullptr) {
        throw Error(ErrorCode::plugin, "the plugin broke its contract: open succeeded without a source");
    }
    self.source = opened;
}

Source::~Source() {
    if (implementation_->source != nullptr) {
        implementation_->table().close(implementation_->source);
    }
}

std::optional<Schema> Source::schema(std::uint32_t stream) {
    auto& self = *implementation_;
    if (stream >= self.streams.size()) {
        throw Error(ErrorCode::internal, "the source has no stream number " + std::to_string(stream));
    }
    ArrowSchema schema{};
    auto error = empty_error();
    const auto status = self.table().schema(self.source, stream, &schema, &error);
    if (status == TRIBUTARY_OK) {
        return import_schema(schema);
    }
    if (schema.release != nullptr) {
        schema.release(&schema);
    }
    if (status != TRIBUTARY_NOTHING) {
        fail(status, error, "schema");
    }
    return std::nullopt;
}

void Source::start(const std::string& checkpoint) {
    auto& self = *implementation_;
    std::fill(self.schemas.begin(), self.schemas.end(), nullptr);
    auto error = empty_error();
    require(self.table().start(self.source, as_text(checkpoint), &error), error, "start");
}

Source::ReadResult Source::read(std::chrono::milliseconds timeout, Group& group) {
    auto& self = *implementation_;
    group = {};
    TributaryGroup from{};
    from.size = sizeof from;
    auto error = empty_error();
    const auto limit = std::clamp<std::int64_t>(timeout.count(), 0, std::numeric_limits<std::uint32_t>::max());
    const auto status = self.table().read(self.source, static_cast<std::uint32_t>(limit), &from, &error);
    switch (status) {
        case TRIBUTARY_OK:
            group = import_group(from, self.streams, self.schemas);
            return ReadResult::group;
        case TRIBUTARY_NOTHING:
            return ReadResult::nothing;
        case TRIBUTARY_END:
            return ReadResult::end;
        case TRIBUTARY_STOPPED:
            return ReadResult::stopped;
        default:
            fail(status, error, "read");
    }
}

void Source::commit(const std::string& checkpoint) {
    auto& self = *implementation_;
    auto error = empty_error();
    require(self.table().commit(self.source, as_text(checkpoint), &error), error, "commit");
}

}  // namespace tributary
