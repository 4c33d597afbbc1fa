#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/sdk/tributary_plugin.h"

/// A source plugin from a C++ class. Header only and independent of the agent: derive from SourceBase, describe the
/// plugin in a `Definition` (below) and write TRIBUTARY_DEFINE_PLUGIN(Definition) once.
namespace tributary::sdk {

/// Ends a call with a status and a message for the administrator; any other exception becomes TRIBUTARY_FAILED.
class Failure : public std::runtime_error {
  public:
    /// `option`: for TRIBUTARY_CONFIGURATION, the JSON Pointer to the wrong option.
    Failure(TributaryStatus status, const std::string& message, std::string option = {})
        : std::runtime_error(message), status_(status), option_(std::move(option)) {}
    TributaryStatus status() const noexcept { return status_; }
    const std::string& option() const noexcept { return option_; }

  private:
    TributaryStatus status_;
    std::string option_;
};

inline TributaryText as_text(std::string_view text) noexcept {
    return {text.data(), text.size()};
}
inline std::string_view as_view(TributaryText text) noexcept {
    return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

/// What the agent offers. Cheap to copy; valid until the source is closed; may be used from any thread.
class Host {
  public:
    explicit Host(const TributaryHost& host) noexcept : host_(&host) {}

    void log(TributaryLevel level, std::string_view message) const {
        host_->log(host_->context, level, as_text(message));
    }
    bool stopping() const { return host_->stopping(host_->context) != 0; }
    /// Throws Failure(TRIBUTARY_UNAVAILABLE) if the agent cannot tell.
    bool marked(std::string_view mark) const {
        const int answer = host_->marked(host_->context, as_text(mark));
        if (answer < 0) {
            throw Failure(TRIBUTARY_UNAVAILABLE, "the agent cannot tell what was taken before; its log says why");
        }
        return answer > 0;
    }
    std::optional<std::string> secret(std::string_view reference) const {
        TributaryText value{};
        if (host_->secret(host_->context, as_text(reference), &value) == 0) {
            return std::nullopt;
        }
        return std::string(as_view(value));
    }
    /// Where relative paths in options start; empty if the host does not say.
    std::string base_folder() const {
        constexpr std::size_t needed = offsetof(TributaryHost, base_folder) + sizeof(TributaryText);
        return host_->size < needed ? std::string() : std::string(as_view(host_->base_folder));
    }

  private:
    const TributaryHost* host_;
};

/// See TributaryBatch. Owns its Arrow structures.
struct Batch {
    std::uint32_t stream = 0;
    std::uint64_t first_row = 0;
    std::string origin;
    ArrowSchema schema{};  ///< with release set: the stream's schema from this batch on
    ArrowArray array{};

    Batch() = default;
    Batch(Batch&& other) noexcept
        : stream(other.stream),
          first_row(other.first_row),
          origin(std::move(other.origin)),
          schema(std::exchange(other.schema, ArrowSchema{})),
          array(std::exchange(other.array, ArrowArray{})) {}
    Batch& operator=(Batch&&) = delete;
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    ~Batch() {
        if (schema.release != nullptr) {
            schema.release(&schema);
        }
        if (array.release != nullptr) {
            array.release(&array);
        }
    }
};

struct Rejection {
    std::uint32_t stream = 0;
    std::uint64_t row = 0;
    std::uint64_t count = 0;
    std::string reason;
};

/// See TributaryGroup.
struct Group {
    std::vector<Batch> batches;
    std::vector<Rejection> rejections;
    std::string checkpoint;
    std::vector<std::string> marks;
};

enum class Outcome { group, nothing, end, stopped };

/// One open source. The host calls one function at a time; failures are thrown.
class SourceBase {
  public:
    virtual ~SourceBase() = default;
    /// Fills `schema` and returns true, or returns false while it is not known.
    virtual bool schema(std::uint32_t stream, ArrowSchema& schema) = 0;
    virtual void start(std::string_view checkpoint) = 0;
    /// `group` is empty when called, and is looked at only when the answer is Outcome::group.
    virtual Outcome read(std::chrono::milliseconds timeout, Group& group) = 0;
    virtual void commit(std::string_view checkpoint) = 0;
};

struct Stream {
    std::string name;
    std::string options;  ///< JSON object
};

/// Texts that live as long as the plugin is loaded.
struct Description {
    std::string name;
    std::string version;
    std::string options;         ///< JSON Schema
    std::string stream_options;  ///< JSON Schema
};

namespace detail {

inline void fill_text(char* into, std::size_t capacity, std::string_view text) noexcept {
    std::size_t size = text.size() < capacity ? text.size() : capacity - 1;
    // Never half a character: go back to its first byte.
    while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
        --size;
    }
    if (size > 0) {
        std::memcpy(into, text.data(), size);
    }
    into[size] = '\0';
}

inline TributaryStatus fail(TributaryError* error, TributaryStatus status, std::string_view message,
                            std::string_view option = {}) noexcept {
    if (error != nullptr && error->size >= sizeof(TributaryError)) {
        fill_text(error->message, sizeof error->message, message);
        fill_text(error->option, sizeof error->option, option);
    }
    return status;
}

/// Runs `call` and turns what it throws into a status and an error.
template <typename Call>
TributaryStatus guarded(TributaryError* error, Call call) noexcept {
    try {
        return call();
    } catch (const Failure& failure) {
        return fail(error, failure.status(), failure.what(), failure.option());
    } catch (const std::bad_alloc&) {
        return fail(error, TRIBUTARY_FAILED, "out of memory");
    } catch (const std::exception& other) {
        return fail(error, TRIBUTARY_FAILED, other.what());
    } catch (...) {
        return fail(error, TRIBUTARY_FAILED, "an unknown failure in the plugin");
    }
}

/// What a TributarySource points at: the source, and the last group in the form of the ABI.
class Opened {
  public:
    explicit Opened(std::unique_ptr<SourceBase> source) : source_(std::move(source)) {}
    ~Opened() { forget_group(); }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

    SourceBase& source() noexcept { return *source_; }

    /// What the host did not move out of the last group is released.
    void forget_group() noexcept {
        for (auto& batch : batches_) {
            if (batch.schema.release != nullptr) {
                batch.schema.release(&batch.schema);
            }
            if (batch.array.release != nullptr) {
                batch.array.release(&batch.array);
            }
        }
        batches_.clear();
        rejections_.clear();
        marks_.clear();
        group_ = Group();
    }

    void hand_over(Group group, TributaryGroup& out) {
        group_ = std::move(group);
        batches_.reserve(group_.batches.size());
        rejections_.reserve(group_.rejections.size());
        marks_.reserve(group_.marks.size());
        for (auto& batch : group_.batches) {
            TributaryBatch item{};
            item.stream = batch.stream;
            item.first_row = batch.first_row;
            item.origin = as_text(batch.origin);
            item.schema = std::exchange(batch.schema, ArrowSchema{});
            item.array = std::exchange(batch.array, ArrowArray{});
            batches_.push_back(item);
        }
        for (const auto& rejection : group_.rejections) {
            rejections_.push_back({rejection.stream, rejection.row, rejection.count, as_text(rejection.reason)});
        }
        for (const auto& mark : group_.marks) {
            marks_.push_back(as_text(mark));
        }
        out.batches = batches_.data();
        out.batch_count = batches_.size();
        out.rejections = rejections_.data();
        out.rejection_count = rejections_.size();
        out.checkpoint = as_text(group_.checkpoint);
        out.marks = marks_.data();
        out.mark_count = marks_.size();
    }

    static Opened& of(TributarySource* source) noexcept { return *static_cast<Opened*>(static_cast<void*>(source)); }
    TributarySource* handle() noexcept { return static_cast<TributarySource*>(static_cast<void*>(this)); }

  private:
    std::unique_ptr<SourceBase> source_;
    Group group_;
    std::vector<TributaryBatch> batches_;
    std::vector<TributaryRejection> rejections_;
    std::vector<TributaryText> marks_;
};

/// Why this host cannot be served, or nullptr.
inline const char* why_not_served(const TributaryHost* host) noexcept {
    if (host == nullptr || host->size < offsetof(TributaryHost, base_folder)) {
        return "the agent is older than this plugin; install the plugin that came with the agent";
    }
    if (host->abi != TRIBUTARY_PLUGIN_ABI) {
        return "the agent speaks another version of the plugin interface; install the plugin that came with it";
    }
    return nullptr;
}

template <typename Definition>
struct Table {
    static void describe(TributaryDescription* description) noexcept {
        if (description == nullptr || description->size < sizeof(TributaryDescription)) {
            return;
        }
        try {
            const Description& texts = Definition::description();
            description->name = as_text(texts.name);
            description->version = as_text(texts.version);
            description->options = as_text(texts.options);
            description->stream_options = as_text(texts.stream_options);
        } catch (...) {
            // The host sees the empty texts and refuses the plugin.
        }
    }

    static TributaryStatus open(const TributaryHost* host, TributaryText options, const TributaryStream* streams,
                                std::size_t stream_count, TributarySource** source, TributaryError* error) noexcept {
        return guarded(error, [&]() -> TributaryStatus {
            *source = nullptr;
            if (const char* why = why_not_served(host)) {
                throw Failure(TRIBUTARY_FAILED, why);
            }
            std::vector<Stream> wanted;
            wanted.reserve(stream_count);
            for (std::size_t i = 0; i < stream_count; ++i) {
                wanted.push_back({std::string(as_view(streams[i].name)), std::string(as_view(streams[i].options))});
            }
            auto opened = std::make_unique<Opened>(Definition::open(Host(*host), as_view(options), std::move(wanted)));
            *source = opened.release()->handle();
            return TRIBUTARY_OK;
        });
    }

    static TributaryStatus schema(TributarySource* source, std::uint32_t stream, ArrowSchema* schema,
                                  TributaryError* error) noexcept {
        return guarded(error, [&]() -> TributaryStatus {
            *schema = ArrowSchema{};
            return Opened::of(source).source().schema(stream, *schema) ? TRIBUTARY_OK : TRIBUTARY_NOTHING;
        });
    }

    static TributaryStatus start(TributarySource* source, TributaryText checkpoint, TributaryError* error) noexcept {
        return guarded(error, [&]() -> TributaryStatus {
            Opened::of(source).forget_group();
            Opened::of(source).source().start(as_view(checkpoint));
            return TRIBUTARY_OK;
        });
    }

    static TributaryStatus read(TributarySource* source, std::uint32_t timeout_ms, TributaryGroup* group,
                                TributaryError* error) noexcept {
        return guarded(error, [&]() -> TributaryStatus {
            if (group->size < sizeof(TributaryGroup)) {
                throw Failure(TRIBUTARY_FAILED, "the agent's group structure is too small for this plugin");
            }
            auto& opened = Opened::of(source);
            opened.forget_group();
            Group next;
            switch (opened.source().read(std::chrono::milliseconds(timeout_ms), next)) {
                case Outcome::group:
                    opened.hand_over(std::move(next), *group);
                    return TRIBUTARY_OK;
                case Outcome::nothing:
                    return TRIBUTARY_NOTHING;
                case Outcome::end:
                    return TRIBUTARY_END;
                case Outcome::stopped:
                    break;
            }
            return fail(error, TRIBUTARY_STOPPED, "stopped as asked");
        });
    }

    static TributaryStatus commit(TributarySource* source, TributaryText checkpoint, TributaryError* error) noexcept {
        return guarded(error, [&]() -> TributaryStatus {
            // The host may pass the text of the last group itself.
            const std::string durable(as_view(checkpoint));
            Opened::of(source).forget_group();
            Opened::of(source).source().commit(durable);
            return TRIBUTARY_OK;
        });
    }

    static void close(TributarySource* source) noexcept {
        if (source != nullptr) {
            delete &Opened::of(source);
        }
    }
};

}  // namespace detail

/// The C table of a plugin. `Definition` has two static functions:
///   const Description& description();
///   std::unique_ptr<SourceBase> open(Host host, std::string_view options, std::vector<Stream> streams);
template <typename Definition>
const TributaryPlugin* plugin_table() noexcept {
    using Functions = detail::Table<Definition>;
    static const TributaryPlugin table{sizeof(TributaryPlugin), TRIBUTARY_PLUGIN_ABI, Functions::describe,
                                       Functions::open,         Functions::schema,    Functions::start,
                                       Functions::read,         Functions::commit,    Functions::close};
    return &table;
}

}  // namespace tributary::sdk

#define TRIBUTARY_DEFINE_PLUGIN(Definition)                                            \
    extern "C" TRIBUTARY_PLUGIN_EXPORT const TributaryPlugin* tributary_plugin(void) { \
        return ::tributary::sdk::plugin_table<Definition>();                           \
    }
