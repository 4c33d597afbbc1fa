#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace tributary {

/// Lets threads that want something durable at the same time share one sync of the disk: while one of them writes for
/// all that have come, the next gather. Thread-safe.
template <typename Request, typename Result>
class GroupCommit {
  public:
    struct Member {
        const Request* request = nullptr;
        Result result{};
        std::exception_ptr failure{};
        bool done = false;
    };
    static constexpr std::size_t most_members = 64;

    /// `write` makes a group durable and sets each member's result or failure; what it throws is the failure of all. It
    /// is called by one of the threads at a time. Returns the request's result or throws its failure.
    template <typename Write>
    Result submit(const Request& request, const Write& write) {
        Member mine{&request};
        std::unique_lock lock(mutex_);
        waiting_.push_back(&mine);
        while (!mine.done) {
            if (writing_) {
                changed_.wait(lock);
                continue;
            }
            writing_ = true;
            const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), most_members));
            const std::vector<Member*> group(waiting_.begin(), end);
            waiting_.erase(waiting_.begin(), end);
            lock.unlock();
            try {
                write(std::span<Member* const>(group));
            } catch (...) {
                for (Member* member : group) {
                    member->failure = std::current_exception();
                }
            }
            lock.lock();
            for (Member* member : group) {
                member->done = true;
            }
            writing_ = false;
            changed_.notify_all();
        }
        if (mine.failure) {
            std::rethrow_exception(mine.failure);
        }
        return std::move(mine.result);
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Member*> waiting_;
    bool writing_ = false;
};

}  // namespace tributary
