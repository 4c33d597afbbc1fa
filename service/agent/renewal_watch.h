#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "service/agent/certificate_renewal.h"

namespace tributary {

/// Looks after the certificates while an agent is at work, in a thread of its own.
class RenewalWatch {
  public:
    /// `renewed` is called once, from that thread, when the files of certificate and key are others now.
    RenewalWatch(CertificateRenewal& renewal, std::function<void()> renewed)
        : thread_([this, &renewal, renewed = std::move(renewed)] {
              while (!look(renewal)) {
                  std::unique_lock lock(mutex_);
                  if (changed_.wait_for(lock, interval, [this] { return stop_; })) {
                      return;
                  }
              }
              renewed();
          }) {}
    ~RenewalWatch() {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    RenewalWatch(const RenewalWatch&) = delete;
    RenewalWatch& operator=(const RenewalWatch&) = delete;

    bool renewed() {
        const std::lock_guard lock(mutex_);
        return renewed_;
    }

  private:
    static constexpr std::chrono::seconds interval{10};

    bool look(CertificateRenewal& renewal) {
        renewal.warn_of_expiry();
        const bool done = renewal.renew_if_due();
        const std::lock_guard lock(mutex_);
        renewed_ = done;
        return done;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    bool renewed_ = false;
    std::thread thread_;  // the last one: it uses the others
};

}  // namespace tributary
