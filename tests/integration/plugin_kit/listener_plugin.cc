// A source plugin for tests that behaves like a listener: records are pushed to it at any time by any thread, each
// feeds two streams, and each sender waits for the commit. A record that was committed before is answered and not
// stored again.

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "plugins/sdk/arrow_builder.h"
#include "plugins/sdk/plugin.h"
#include "tests/integration/plugin_kit/listener.h"

namespace tributary::sdk {

namespace {

constexpr std::size_t most_in_group = 256;

struct Record {
    std::string sender;
    std::uint64_t number = 0;
    std::string text;
    enum class State { waiting, handed_out, committed, lost } state = State::waiting;
    std::uint64_t group = 0;

    /// At least 16 bytes, as a mark must have.
    std::string mark() const { return "listener-record/" + sender + "/" + std::to_string(number); }
};
using RecordPtr = std::shared_ptr<Record>;

/// What connects senders and the open source.
struct Exchange {
    std::mutex mutex;
    std::condition_variable changed;
    bool listening = false;
    std::deque<RecordPtr> records;  // waiting, then handed out, oldest first

    static Exchange& the() {
        static Exchange exchange;
        return exchange;
    }
};

class Listener final : public SourceBase {
  public:
    explicit Listener(Host host) : host_(host) {
        const std::lock_guard lock(exchange_.mutex);
        if (std::exchange(exchange_.listening, true)) {
            throw Failure(TRIBUTARY_UNAVAILABLE, "another source listens already");
        }
    }

    ~Listener() override {
        {
            const std::lock_guard lock(exchange_.mutex);
            exchange_.listening = false;
            for (const auto& record : exchange_.records) {
                record->state = Record::State::lost;
            }
            exchange_.records.clear();
        }
        exchange_.changed.notify_all();
    }

    bool schema(std::uint32_t stream, ArrowSchema& schema) override {
        if (stream > 1) {
            throw Failure(TRIBUTARY_FAILED, "there is no stream of that number");
        }
        schema = utf8_schema(names(stream));
        return true;
    }

    void start(std::string_view checkpoint) override {
        const std::lock_guard lock(exchange_.mutex);
        sequence_ = checkpoint.empty() ? 0 : std::stoull(std::string(checkpoint));
        schema_sent_ = false;
        for (const auto& record : exchange_.records) {
            record->state = Record::State::waiting;
        }
    }

    Outcome read(std::chrono::milliseconds timeout, Group& group) override {
        std::unique_lock lock(exchange_.mutex);
        const auto until = std::chrono::steady_clock::now() + timeout;
        for (;;) {
            if (host_.stopping()) {
                return Outcome::stopped;
            }
            if (take(group)) {
                return Outcome::group;
            }
            const auto now = std::chrono::steady_clock::now();
            if (now >= until) {
                return Outcome::nothing;
            }
            exchange_.changed.wait_until(lock, std::min(until, now + std::chrono::milliseconds(100)));
        }
    }

    void commit(std::string_view checkpoint) override {
        {
            const std::lock_guard lock(exchange_.mutex);
            const auto done = std::stoull(std::string(checkpoint));
            if (done > sequence_) {
                throw Failure(TRIBUTARY_FAILED, "a checkpoint that was not handed out");
            }
            auto& records = exchange_.records;
            for (const auto& record : records) {
                if (record->state == Record::State::handed_out && record->group <= done) {
                    record->state = Record::State::committed;
                }
            }
            std::erase_if(records, [](const auto& record) { return record->state == Record::State::committed; });
        }
        exchange_.changed.notify_all();
    }

  private:
    static std::vector<std::string> names(std::uint32_t stream) {
        return stream == 0 ? std::vector<std::string>{"sender", "number", "text"}
                           : std::vector<std::string>{"sender", "number", "part"};
    }

    /// All that waits, up to a group's size; under the lock.
    bool take(Group& group) {
        std::vector<RecordPtr> taken;
        for (const auto& record : exchange_.records) {
            if (record->state != Record::State::waiting || taken.size() == most_in_group) {
                continue;
            }
            if (host_.marked(record->mark())) {
                record->state = Record::State::committed;  // before a restart: only the answer is due
            } else {
                taken.push_back(record);
            }
        }
        const auto answered = std::erase_if(
            exchange_.records, [](const auto& record) { return record->state == Record::State::committed; });
        if (answered > 0) {
            exchange_.changed.notify_all();
        }
        if (taken.empty()) {
            return false;
        }
        ++sequence_;
        for (const auto& record : taken) {
            record->state = Record::State::handed_out;
            record->group = sequence_;
            group.marks.push_back(record->mark());
        }
        add_batch(0, 1, taken, group);
        add_batch(1, 2, taken, group);
        schema_sent_ = true;
        group.checkpoint = std::to_string(sequence_);
        return true;
    }

    void add_batch(std::uint32_t stream, int rows_each, const std::vector<RecordPtr>& records, Group& group) const {
        Utf8BatchBuilder builder(3, records.size() * static_cast<std::size_t>(rows_each));
        for (const auto& record : records) {
            for (int part = 0; part < rows_each; ++part) {
                builder.put(0, record->sender);
                builder.put(1, std::to_string(record->number));
                builder.put(2, stream == 0 ? record->text : "part " + std::to_string(part));
                builder.finish_row();
            }
        }
        Batch batch;
        batch.stream = stream;
        batch.first_row = 1;
        batch.origin = "listener";
        batch.array = builder.finish();
        if (!schema_sent_) {
            batch.schema = utf8_schema(names(stream));
        }
        group.batches.push_back(std::move(batch));
    }

    Host host_;
    Exchange& exchange_ = Exchange::the();
    std::uint64_t sequence_ = 0;
    bool schema_sent_ = false;
};

struct ListenerPlugin {
    static const Description& description() {
        static const Description texts{"listener", "0.1.0", R"({"type": "object", "additionalProperties": false})",
                                       R"({"type": "object", "additionalProperties": false})"};
        return texts;
    }
    static std::unique_ptr<SourceBase> open(Host host, std::string_view options, const std::vector<Stream>& streams) {
        if (options != "{}") {
            throw Failure(TRIBUTARY_CONFIGURATION, "this plugin has no options", "");
        }
        if (streams.size() != 2) {
            throw Failure(TRIBUTARY_CONFIGURATION, "two streams are needed", "/streams");
        }
        return std::make_unique<Listener>(host);
    }
};

}  // namespace

}  // namespace tributary::sdk

TRIBUTARY_DEFINE_PLUGIN(tributary::sdk::ListenerPlugin)

extern "C" TRIBUTARY_PLUGIN_EXPORT int tributary_listener_push(const char* sender, std::uint64_t number,
                                                               const char* text) {
    using namespace tributary::sdk;
    auto& exchange = Exchange::the();
    auto record = std::make_shared<Record>();
    record->sender = sender;
    record->number = number;
    record->text = text;
    std::unique_lock lock(exchange.mutex);
    if (!exchange.listening) {
        return 0;
    }
    exchange.records.push_back(record);
    exchange.changed.notify_all();
    exchange.changed.wait(
        lock, [&] { return record->state == Record::State::committed || record->state == Record::State::lost; });
    return record->state == Record::State::committed ? 1 : 0;
}
