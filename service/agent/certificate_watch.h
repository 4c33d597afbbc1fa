#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace tributary {

/// Looks after the certificates while an agent is at work, in a thread of its own.
class CertificateWatch {
  public:
    /// `look` says whether the files of certificates are others now; `renewed` is called once, when it did. Both from
    /// that thread.
    CertificateWatch(std::function<bool()> look, std::function<void()> renewed)
        : thread_([this, look = std::move(look), renewed = std::move(renewed)] {
              while (!note(look())) {
                  std::unique_lock lock(mutex_);
                  if (changed_.wait_for(lock, interval, [this] { return stop_; })) {
                      return;
                  }
              }
              renewed();
          }) {}
    ~CertificateWatch() {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    CertificateWatch(const CertificateWatch&) = delete;
    CertificateWatch& operator=(const CertificateWatch&) = delete;

    bool renewed() {
        const std::lock_guard lock(mutex_);
        return renewed_;
    }

  private:
    static constexpr std::chrono::seconds interval{10};

    bool note(bool renewed) {
        const std::lock_guard lock(mutex_);
        renewed_ = renewed;
        return renewed;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    bool renewed_ = false;
    std::thread thread_;  // the last one: it uses the others
};

}  // namespace tributary
