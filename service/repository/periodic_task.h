#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "agent/platform/clock.h"
#include "agent/telemetry/log.h"

namespace tributary {

/// Does something at once and then every now and then, in a thread of its own. What it throws is logged, and it goes
/// on.
class PeriodicTask {
  public:
    /// `failure`: what the log says when it throws.
    PeriodicTask(std::function<void()> task, std::chrono::milliseconds interval, std::string failure, Clock& clock,
                 Log& log);
    ~PeriodicTask();
    PeriodicTask(const PeriodicTask&) = delete;
    PeriodicTask& operator=(const PeriodicTask&) = delete;

    void start();
    void stop();

  private:
    void run();

    std::function<void()> task_;
    std::chrono::milliseconds interval_;
    std::string failure_;
    Clock& clock_;
    Log& log_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace tributary
