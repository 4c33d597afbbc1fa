#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/platform/shared_library.h"
#include "tests/integration/plugin_kit/listener.h"

namespace tributary::plugin_kit {

/// Threads that each push records 1..count and wait for every single one to be committed before the next; what is not
/// answered is sent again, as long as they are not told to give up.
class Senders {
  public:
    Senders(const std::filesystem::path& library, int senders, std::uint64_t count,
            std::function<void(const std::string& sender, std::uint64_t number)> answered = {})
        : library_(library),
          push_(reinterpret_cast<TributaryListenerPush>(library_.symbol(TRIBUTARY_LISTENER_PUSH))),
          answered_(std::move(answered)) {
        for (int i = 0; i < senders; ++i) {
            threads_.emplace_back([this, name = "sender-" + std::to_string(i), count] { send(name, count); });
        }
    }
    ~Senders() {
        give_up_ = true;
        for (auto& thread : threads_) {
            thread.join();
        }
    }
    Senders(const Senders&) = delete;
    Senders& operator=(const Senders&) = delete;

    std::uint64_t acknowledged() const { return acknowledged_; }

    /// The rows of both streams, as check_contract wants them.
    static std::vector<std::string> rows(int senders, std::uint64_t count) {
        std::vector<std::string> rows;
        for (int i = 0; i < senders; ++i) {
            for (std::uint64_t number = 1; number <= count; ++number) {
                const auto head = "sender-" + std::to_string(i) + "|" + std::to_string(number) + "|";
                rows.push_back("messages:" + head + text);
                rows.push_back("parts:" + head + "part 0");
                rows.push_back("parts:" + head + "part 1");
            }
        }
        return rows;
    }
    static constexpr const char* text = "Surname^Forename";

  private:
    void send(const std::string& name, std::uint64_t count) {
        for (std::uint64_t number = 1; number <= count && !give_up_;) {
            if (push_(name.c_str(), number, text) == 1) {
                if (answered_) {
                    answered_(name, number);
                }
                ++acknowledged_;
                ++number;
            } else {
                std::this_thread::yield();  // nobody listens now
            }
        }
    }

    SharedLibrary library_;
    TributaryListenerPush push_;
    std::function<void(const std::string&, std::uint64_t)> answered_;
    std::atomic<bool> give_up_{false};
    std::atomic<std::uint64_t> acknowledged_{0};
    std::vector<std::thread> threads_;
};

}  // namespace tributary::plugin_kit
