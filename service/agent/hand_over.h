#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace tributary {

/// Hands values from one side to another in order. The sender does not wait: who sends limits what is under way.
/// Thread-safe.
template <typename T>
class HandOver {
  public:
    void put(T value) {
        {
            const std::lock_guard lock(mutex_);
            values_.push_back(std::move(value));
        }
        arrived_.notify_one();
    }

    /// The next value; waits for it. Nothing once closed and empty.
    std::optional<T> take() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return closed_ || !values_.empty(); });
        if (values_.empty()) {
            return std::nullopt;
        }
        std::optional<T> value(std::move(values_.front()));
        values_.pop_front();
        return value;
    }

    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        arrived_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<T> values_;
    bool closed_ = false;
};

}  // namespace tributary
