#include "service/repository/periodic_task.h"

namespace tributary {

PeriodicTask::PeriodicTask(std::function<void()> task, std::chrono::milliseconds interval, std::string failure,
                           Clock& clock, Log& log)
    : task_(std::move(task)), interval_(interval), failure_(std::move(failure)), clock_(clock), log_(log) {}

PeriodicTask::~PeriodicTask() {
    stop();
}

void PeriodicTask::start() {
    thread_ = std::thread([this] { run(); });
}

void PeriodicTask::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void PeriodicTask::run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        lock.unlock();
        try {
            task_();
        } catch (const std::exception& error) {
            log_.error(failure_, {{"error", error.what()}});
        }
        lock.lock();
        clock_.wait_for(changed_, lock, interval_, [this] { return stop_; });
    }
}

}  // namespace tributary
