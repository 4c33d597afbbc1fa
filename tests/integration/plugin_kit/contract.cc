#include "tests/integration/plugin_kit/contract.h"

#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <map>
#include <thread>

#include "agent/platform/shared_library.h"
#include "tests/integration/plugin_kit/session.h"

namespace tributary::plugin_kit {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds pass_limit{120'000};
/// How late a call may come back: the contract says 100 ms, the rest is for a busy machine.
constexpr milliseconds tolerance{2000};

void require(bool holds, const std::string& fault) {
    if (!holds) {
        throw Fault(fault);
    }
}

TributaryText as_text(std::string_view text) {
    return {text.data(), text.size()};
}

std::vector<TributaryStream> as_c(const std::vector<SourceStream>& streams) {
    std::vector<TributaryStream> c_streams;
    c_streams.reserve(streams.size());
    for (const auto& stream : streams) {
        c_streams.push_back({as_text(stream.name), as_text(stream.options)});
    }
    return c_streams;
}

/// A host at the level of C, for what the agent's own side would never do.
struct RawHost {
    TributaryHost host{};
    RawHost() {
        host.size = sizeof host;
        host.abi = TRIBUTARY_PLUGIN_ABI;
        host.log = [](void*, TributaryLevel, TributaryText) {};
        host.secret = [](void*, TributaryText, TributaryText*) { return 0; };
        host.stopping = [](void*) { return 0; };
        host.marked = [](void*, TributaryText) { return 0; };
    }
};

class Contract {
  public:
    explicit Contract(const Subject& subject) : subject_(subject), library_(subject.library) {
        const auto entry = reinterpret_cast<TributaryPluginEntry>(library_.symbol(TRIBUTARY_PLUGIN_ENTRY));
        require(entry != nullptr, "the library does not export tributary_plugin");
        table_ = entry();
        require(entry() == table_, "the table is not static");
        plugin_ = Plugin::from_table(table_, subject.name);
    }

    std::vector<std::string> check();

  private:
    void run(const std::string& name, void (Contract::*part)());
    TributaryStatus open_raw(const TributaryHost& host, const std::string& options,
                             const std::vector<SourceStream>& streams, TributaryError& error, TributarySource*& source);
    bool over(Session& session, Source::ReadResult result, const Durable& durable) const;
    void read_to_end(Session& session, Durable& durable, std::size_t commit_every);
    void compare(std::vector<std::string> rows, const std::string& when) const;

    void description();
    void foreign_hosts();
    void bad_options();
    void close_at_any_time();
    void known_schema();
    void straight_run();
    void skipped_commits();
    void restarts();
    void restart_within_a_source();
    void second_run_brings_nothing();
    void stop_flag();
    void time_outs();
    void arrays_outlive_the_source();
    void silent_log();

    const Subject& subject_;
    SharedLibrary library_;
    const TributaryPlugin* table_ = nullptr;
    std::shared_ptr<const Plugin> plugin_;
    KitLog log_;
    std::size_t groups_ = 0;  // of a straight run
    std::vector<std::string> faults_;
};

void Contract::run(const std::string& name, void (Contract::*part)()) {
    try {
        (this->*part)();
    } catch (const std::exception& fault) {
        faults_.push_back(name + ": " + fault.what());
    }
}

std::vector<std::string> Contract::check() {
    run("description", &Contract::description);
    run("foreign hosts", &Contract::foreign_hosts);
    run("bad options", &Contract::bad_options);
    run("close at any time", &Contract::close_at_any_time);
    run("known schema", &Contract::known_schema);
    run("straight run", &Contract::straight_run);
    run("skipped commits", &Contract::skipped_commits);
    run("restarts", &Contract::restarts);
    run("restart within a source", &Contract::restart_within_a_source);
    run("second run brings nothing", &Contract::second_run_brings_nothing);
    run("stop flag", &Contract::stop_flag);
    run("time-outs", &Contract::time_outs);
    run("arrays outlive the source", &Contract::arrays_outlive_the_source);
    run("silent log", &Contract::silent_log);
    return faults_;
}

void Contract::description() {
    require(plugin_->name() == subject_.name, "another name");
    require(std::count(plugin_->version().begin(), plugin_->version().end(), '.') == 2, "no semantic version");
    for (const auto& schema : {plugin_->options_schema(), plugin_->stream_options_schema()}) {
        const auto json = Poco::JSON::Parser().parse(schema);
        require(json.type() == typeid(Poco::JSON::Object::Ptr), "a schema of options is no JSON object");
    }
    TributaryDescription small{};
    small.size = sizeof(std::size_t);
    table_->describe(&small);
    require(small.name.data == nullptr && small.stream_options.data == nullptr,
            "describe writes beyond the size that the host stated");
}

TributaryStatus Contract::open_raw(const TributaryHost& host, const std::string& options,
                                   const std::vector<SourceStream>& streams, TributaryError& error,
                                   TributarySource*& source) {
    const auto c_streams = as_c(streams);
    error = {};
    error.size = sizeof error;
    source = nullptr;
    return table_->open(&host, as_text(options), c_streams.data(), c_streams.size(), &source, &error);
}

void Contract::foreign_hosts() {
    for (const bool other_version : {true, false}) {
        RawHost raw;
        (other_version ? static_cast<void>(++raw.host.abi) : static_cast<void>(raw.host.size = sizeof(std::size_t)));
        TributaryError error;
        TributarySource* source = nullptr;
        const auto status = open_raw(raw.host, subject_.options, subject_.streams, error, source);
        require(status >= TRIBUTARY_CONFIGURATION && source == nullptr, "a host of another version or size is served");
        require(error.message[0] != '\0', "a host is refused without a word");
    }
}

void Contract::bad_options() {
    for (const auto& bad : subject_.bad_options) {
        RawHost raw;
        raw.host.base_folder = as_text(subject_.base_folder);
        TributaryError error;
        TributarySource* source = nullptr;
        const auto status = open_raw(raw.host, bad.options, bad.streams, error, source);
        require(source == nullptr, "a source is handed out with a failure");
        require(status == TRIBUTARY_CONFIGURATION, "status " + std::to_string(status) + " for " + bad.options);
        require(error.option == bad.pointer,
                "it points at '" + std::string(error.option) + "' and not '" + bad.pointer + "' for " + bad.options);
        require(error.message[0] != '\0', "no message for " + bad.options);
        // A host of before may give a smaller error structure: nothing is written beyond it.
        TributaryError untouched{};
        untouched.size = sizeof(std::size_t);
        const auto c_streams = as_c(bad.streams);
        table_->open(&raw.host, as_text(bad.options), c_streams.data(), c_streams.size(), &source, &untouched);
        require(untouched.message[0] == '\0', "an error is written beyond the size that the host stated");
    }
}

void Contract::close_at_any_time() {
    for (int stage = 0; stage < 6; ++stage) {
        subject_.prepare();
        {
            Durable durable;
            Session session(subject_, plugin_, durable, log_);
            if (stage >= 1) {
                session.start();
            }
            for (int reads = 0; reads < stage - 1; ++reads) {
                session.read();
            }
        }
        subject_.finish();
    }
    // Groups that the host did not take are the plugin's to release: at the next call, and at close.
    subject_.prepare();
    RawHost raw;
    raw.host.base_folder = as_text(subject_.base_folder);
    TributaryError error;
    TributarySource* source = nullptr;
    const auto opened = open_raw(raw.host, subject_.options, subject_.streams, error, source);
    require(opened == TRIBUTARY_OK, error.message);
    table_->start(source, {}, &error);
    int untaken = 0;
    for (const auto begun = Clock::now(); untaken < 2 && Clock::now() - begun < pass_limit;) {
        TributaryGroup group{};
        group.size = sizeof group;
        const auto status = table_->read(source, 50, &group, &error);
        untaken += status == TRIBUTARY_OK && group.batch_count > 0 ? 1 : 0;
        if (status == TRIBUTARY_END || (!subject_.ends && untaken == 1)) {
            break;
        }
    }
    table_->close(source);
    table_->close(nullptr);
    subject_.finish();
    require(untaken > 0, "no batch came");
}

void Contract::known_schema() {
    subject_.prepare();
    {
        Durable durable;
        Session session(subject_, plugin_, durable, log_);
        for (std::uint32_t stream = 0; stream < subject_.streams.size(); ++stream) {
            const auto schema = session.source().schema(stream);
            require(schema.has_value() == subject_.schema_known,
                    std::string("the schema is ") + (schema ? "known before reading" : "not known"));
        }
    }
    RawHost raw;
    raw.host.base_folder = as_text(subject_.base_folder);
    TributaryError error;
    TributarySource* source = nullptr;
    const auto opened = open_raw(raw.host, subject_.options, subject_.streams, error, source);
    require(opened == TRIBUTARY_OK, error.message);
    ArrowSchema schema{};
    const auto status = table_->schema(source, static_cast<std::uint32_t>(subject_.streams.size()), &schema, &error);
    table_->close(source);
    require(status >= TRIBUTARY_CONFIGURATION, "a stream that does not exist has a schema");
    subject_.finish();
}

bool Contract::over(Session& session, Source::ReadResult result, const Durable& durable) const {
    if (subject_.ends) {
        return result == Source::ReadResult::end;
    }
    return session.pending() == 0 && durable.rows.size() >= subject_.rows.size();
}

void Contract::read_to_end(Session& session, Durable& durable, std::size_t commit_every) {
    const auto begun = Clock::now();
    for (auto result = Source::ReadResult::nothing; !over(session, result, durable);) {
        require(Clock::now() - begun < pass_limit, "a run does not come to its end");
        result = session.read();
        require(result != Source::ReadResult::stopped, "stopped without being asked");
        // Who waits for a commit gets one when nothing else comes.
        if (session.pending() >= commit_every || (session.pending() > 0 && result != Source::ReadResult::group)) {
            session.commit(session.pending());
        }
    }
}

void Contract::compare(std::vector<std::string> rows, const std::string& when) const {
    auto expected = subject_.rows;
    if (!subject_.ordered) {
        std::sort(rows.begin(), rows.end());
        std::sort(expected.begin(), expected.end());
    }
    if (rows == expected) {
        return;
    }
    const auto place = std::mismatch(rows.begin(), rows.end(), expected.begin(), expected.end());
    throw Fault(when + ": " + std::to_string(rows.size()) + " rows came, " + std::to_string(expected.size()) +
                " were expected; the first that differs is number " + std::to_string(place.first - rows.begin() + 1));
}

void Contract::straight_run() {
    subject_.prepare();
    Durable durable;
    {
        Session session(subject_, plugin_, durable, log_);
        session.start();
        read_to_end(session, durable, 1);
        groups_ = session.groups();
    }
    subject_.finish();
    compare(durable.rows, "with every group committed");
}

void Contract::skipped_commits() {
    for (const std::size_t every : {std::size_t{3}, SIZE_MAX}) {
        subject_.prepare();
        Durable durable;
        {
            Session session(subject_, plugin_, durable, log_);
            session.start();
            read_to_end(session, durable, every);
        }
        subject_.finish();
        compare(durable.rows, "with commits that skip groups");
    }
}

void Contract::restarts() {
    // After every group, and once with a commit that the plugin heard of and once with one that it did not.
    for (std::size_t crash = 1; crash <= std::min<std::size_t>(groups_, 40); ++crash) {
        for (const bool told : {false, true}) {
            subject_.prepare();
            Durable durable;
            {
                Session session(subject_, plugin_, durable, log_);
                session.start();
                const auto begun = Clock::now();
                for (auto result = Source::ReadResult::nothing;
                     session.groups() < crash && !over(session, result, durable);) {
                    require(Clock::now() - begun < pass_limit, "groups do not come");
                    result = session.read();
                    if (session.pending() > 1) {
                        told ? session.commit(session.pending() - 1) : session.make_durable(session.pending() - 1);
                    } else if (!subject_.ends && result == Source::ReadResult::nothing && session.pending() > 0) {
                        session.commit(session.pending());
                    }
                }
            }
            {
                Session session(subject_, plugin_, durable, log_);
                session.start();
                read_to_end(session, durable, 1);
            }
            subject_.finish();
            compare(durable.rows, "with a crash after group " + std::to_string(crash));
        }
    }
}

void Contract::restart_within_a_source() {
    subject_.prepare();
    Durable durable;
    {
        Session session(subject_, plugin_, durable, log_);
        session.start();
        while (session.groups() == 0) {
            session.read();
        }
    }
    {
        Session session(subject_, plugin_, durable, log_);
        session.start();
        session.start();  // back to the last commit, which is none
        read_to_end(session, durable, 2);
    }
    subject_.finish();
    compare(durable.rows, "with start called again");
}

void Contract::second_run_brings_nothing() {
    if (!subject_.ends) {
        return;
    }
    subject_.prepare();
    Durable durable;
    Session session(subject_, plugin_, durable, log_);
    session.start();
    read_to_end(session, durable, 1);
    session.start();
    read_to_end(session, durable, 1);
    subject_.finish();
    compare(durable.rows, "after a second run");
}

void Contract::stop_flag() {
    for (const bool while_waiting : {false, true}) {
        if (while_waiting && subject_.ends) {
            continue;  // it may come to its end before anybody could ask it to stop
        }
        subject_.prepare();
        {
            Durable durable;
            Session session(subject_, plugin_, durable, log_);
            session.start();
            session.stop = !while_waiting;
            std::thread stopper([&] {
                std::this_thread::yield();
                session.stop = true;
            });
            auto result = Source::ReadResult::group;
            auto called = Clock::now();
            while (result == Source::ReadResult::group) {
                called = Clock::now();
                result = session.read(milliseconds(60'000));
            }
            const auto took = Clock::now() - called;
            stopper.join();
            require(result == Source::ReadResult::stopped, "read does not say that it stopped");
            require(took < tolerance, "read did not come back when asked to stop");
        }
        subject_.finish();
    }
}

void Contract::time_outs() {
    subject_.prepare();
    {
        Durable durable;
        Session session(subject_, plugin_, durable, log_);
        session.start();
        const auto begun = Clock::now();
        for (auto result = Source::ReadResult::nothing; !over(session, result, durable);) {
            require(Clock::now() - begun < pass_limit, "with time-outs of 0 nothing ever comes");
            const auto called = Clock::now();
            result = session.read(milliseconds(0));
            require(Clock::now() - called < tolerance, "a read with a time-out of 0 took long");
            if (session.pending() > 0) {
                session.commit(session.pending());
            }
        }
    }
    subject_.finish();
}

void Contract::arrays_outlive_the_source() {
    subject_.prepare();
    Group kept;
    {
        Durable durable;
        Session session(subject_, plugin_, durable, log_);
        session.start();
        const auto begun = Clock::now();
        while (kept.batches.empty()) {
            require(Clock::now() - begun < pass_limit, "no batch came");
            session.source().read(milliseconds(50), kept);
        }
    }
    subject_.finish();
    // Reads every value after close; AddressSanitizer tells if it is gone.
    std::size_t bytes = 0;
    for (const auto& item : kept.batches) {
        for (std::size_t i = 0; i < item.batch.schema().fields.size(); ++i) {
            const auto column = item.batch.column(i).as_text();
            for (std::size_t row = 0; row < column.length(); ++row) {
                bytes += std::string(column.text(row)).size();
            }
        }
    }
    require(bytes > 0, "the batch is empty");
}

void Contract::silent_log() {
    const std::lock_guard lock(log_.mutex);
    for (const auto& line : log_.lines) {
        for (const auto& secret : subject_.secrets) {
            require(line.find(secret) == std::string::npos, "a value of a record stands in the log");
        }
    }
}

}  // namespace

std::vector<std::string> check_contract(const Subject& subject) {
    try {
        return Contract(subject).check();
    } catch (const std::exception& fault) {
        return {std::string("table: ") + fault.what()};
    }
}

}  // namespace tributary::plugin_kit
