// When the agent does what: sources and deliveries by their schedules, and all that is due at once.
#include <algorithm>
#include <thread>

#include "service/agent/agent.h"

namespace tributary {

namespace {

constexpr std::chrono::milliseconds first_failure_wait = std::chrono::seconds(10);
constexpr std::chrono::milliseconds longest_failure_wait = std::chrono::minutes(15);
/// How far back a schedule that never ran may be due for `run --once`.
constexpr auto catch_up = std::chrono::hours(24 * 366);

/// When a schedule is due, given when it last was; a moment that was missed while the agent was off is made good once.
std::optional<TimePoint> due_at(const Schedule& schedule, std::optional<TimePoint> last, TimePoint now,
                                bool never_counts_as_missed) {
    if (last) {
        return schedule.next(std::min(*last, now), last);
    }
    return schedule.next(never_counts_as_missed && !schedule.is_watch() ? now - catch_up : now, std::nullopt);
}

std::chrono::milliseconds failure_wait(unsigned failures) {
    return std::min(longest_failure_wait, first_failure_wait * (1U << std::min(failures, 10U)));
}

}  // namespace

WorkReport Agent::run_once(bool deliver_too, const std::function<bool()>& stop, RunProgress& progress,
                           std::atomic<std::uint64_t>& delivered_chunks) {
    WorkReport work;
    const auto is_due = [this](const PreparedSource& source) {
        const auto& schedule = source.configuration->schedule;
        const auto due = due_at(schedule, outbox_.last_completed(source.configuration->name), clock_.now(), true);
        return due && (*due <= clock_.now() + std::chrono::milliseconds(1) || schedule.is_watch());
    };
    bool out_of_space = true;
    while (out_of_space && !stop()) {  // a source that had no room goes on once something was delivered
        out_of_space = false;
        for (const auto& source : installation_.sources()) {
            const auto before = work.runs.find(source.configuration->name);
            const bool goes_on = before != work.runs.end() && before->second.out_of_space;
            if (stop() || (before == work.runs.end() ? !is_due(source) : !goes_on)) {
                continue;
            }
            std::unique_ptr<Source> opened;
            auto report = run_source(source, opened, stop, progress, false);
            out_of_space = out_of_space || report.out_of_space;
            if (goes_on) {
                report.add(before->second);
            }
            work.runs.insert_or_assign(source.configuration->name, std::move(report));
        }
        if (deliver_too && !stop()) {
            const auto round = deliver(stop, [&](const QueuedChunk&) { ++delivered_chunks; });
            out_of_space = out_of_space && round.delivered > 0;
            work.delivery.add(round);
        } else {
            out_of_space = false;
        }
    }
    for (const auto& [source, report] : work.runs) {
        work.any_failed = work.any_failed || report.state != RunState::complete || report.complaints > 0;
    }
    return work;
}

/// Returns early when the clock was set back: what is due then has to be worked out anew.
void Agent::sleep_until(TimePoint time, const std::function<bool()>& stop, const std::function<bool()>& ready) {
    // In parts: when the clock is set, or the computer was asleep, what is due must not wait for the old hour.
    constexpr std::chrono::milliseconds longest_part = std::chrono::seconds(30);
    std::unique_lock lock(mutex_);
    auto before = clock_.now();
    for (auto now = before; time > now && now >= before; now = clock_.now()) {
        before = now;
        if (clock_.wait_for(wake_, lock, std::min(time - now, longest_part), [&] { return stop() || ready(); })) {
            return;
        }
    }
}

void Agent::again_and_again(const std::string& what, const std::function<bool()>& stop,
                            const std::function<bool()>& once) {
    unsigned failures = 0;
    while (!stop()) {
        try {
            if (!once()) {
                return;
            }
            failures = 0;
        } catch (const std::exception& error) {
            log_.error(what + " failed; it is tried again", {{"error", error.what()}});
            wake_if_damaged();
            sleep_until(clock_.now() + failure_wait(failures++), stop, [] { return false; });
        }
    }
}

void Agent::follow_schedule(const PreparedSource& source, const std::function<bool()>& stop) {
    const auto& name = source.configuration->name;
    const auto& schedule = source.configuration->schedule;
    std::optional<TimePoint> last;
    bool last_known = false;
    unsigned failures = 0;
    RunProgress progress;
    std::unique_ptr<Source> opened;
    again_and_again("source " + name, stop, [&] {
        if (!last_known) {
            last = outbox_.last_completed(name);
            last_known = true;
        }
        auto due = due_at(schedule, last, clock_.now(), false);
        if (!due) {
            log_.warning("this schedule is never due", {{"source", name}, {"schedule", schedule.describe()}});
            return false;
        }
        if (failures > 0) {
            due = std::max(*due, clock_.now() + failure_wait(failures - 1));
        }
        sleep_until(*due, stop, [] { return false; });
        if (stop() || clock_.now() < *due) {
            return true;  // woken early, or the clock was set back: look again
        }
        const auto report = run_source(source, opened, stop, progress, true);
        wake_if_damaged();
        failures = report.state == RunState::failed ? failures + 1 : 0;
        if (report.state != RunState::failed) {
            last = clock_.now();
        }
        return true;
    });
}

void Agent::deliver_on_schedule(const std::function<bool()>& stop) {
    const auto& upload = installation_.configuration().upload;
    std::optional<TimePoint> last;
    const auto queued = [this, &upload] { return upload.schedule.is_watch() && queued_; };
    const auto any_queued = [this, &upload] { return upload.schedule.is_watch() && (queued_ || queued_in_a_run_); };
    const auto never = [] { return false; };
    again_and_again("delivery", stop, [&] {
        const auto now = clock_.now();
        auto due = due_at(upload.schedule, last, now, false);
        if (!due) {
            log_.warning("the upload schedule is never due", {{"schedule", upload.schedule.describe()}});
            return false;
        }
        const auto soonest = *due;
        if (upload.schedule.is_watch()) {
            due = std::max(now, courier_.next_attempt().value_or(*due + std::chrono::minutes(1)));
        }
        const auto opens = upload.windows.next_open(std::max(*due, now));
        const bool closed_now = opens > now && !upload.windows.open(now);
        sleep_until(opens, stop, closed_now ? std::function<bool()>(never) : any_queued);
        if (!closed_now) {
            sleep_until(std::min(soonest, opens), stop, queued);  // a long run wakes this again and again
        }
        if (stop()) {
            return true;
        }
        {
            const std::lock_guard lock(mutex_);
            queued_ = false;
            queued_in_a_run_ = false;
        }
        if (upload.windows.open(clock_.now())) {
            deliver([&] { return stop() || !upload.windows.open(clock_.now()); }, {});
            last = clock_.now();
        }
        return true;
    });
}

void Agent::run(const std::function<bool()>& stopping) {
    const std::function<bool()> stop = [&] { return stopping() || queue_damaged(); };
    std::vector<std::thread> threads;
    threads.reserve(installation_.sources().size());
    for (const auto& source : installation_.sources()) {
        log_.info("source starts",
                  {{"source", source.configuration->name}, {"schedule", source.configuration->schedule.describe()}});
        threads.emplace_back([this, &source, &stop] { follow_schedule(source, stop); });
    }
    deliver_on_schedule(stop);
    for (auto& thread : threads) {
        thread.join();
    }
}

/// The others are to end as well, since the queue is to be replaced.
void Agent::wake_if_damaged() {
    if (queue_damaged()) {
        wake();
    }
}

void Agent::wake() {
    const std::lock_guard lock(mutex_);
    wake_.notify_all();
}

}  // namespace tributary
