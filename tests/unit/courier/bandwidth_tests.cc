#include "agent/courier/bandwidth.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

using namespace tributary;

BOOST_AUTO_TEST_SUITE(bandwidth_tests)

namespace {

/// Waiting makes the time pass.
class WaitingClock : public Clock {
  public:
    TimePoint now() const override { return TimePoint(passed_); }
    std::chrono::steady_clock::time_point steady() const override {
        return std::chrono::steady_clock::time_point(passed_);
    }
    bool wait_for(std::condition_variable&, std::unique_lock<std::mutex>&, std::chrono::milliseconds duration,
                  const std::function<bool()>& ready) override {
        if (ready()) {
            return true;
        }
        passed_ += duration;
        return ready();
    }
    void pass(std::chrono::milliseconds time) { passed_ += time; }

  private:
    std::chrono::milliseconds passed_{0};
};

const std::function<bool()> go_on = [] { return false; };

struct Sent {
    std::chrono::steady_clock::time_point when;
    std::size_t bytes;
};

std::size_t most_in_a_second(const std::vector<Sent>& sent) {
    std::size_t most = 0;
    for (std::size_t first = 0; first < sent.size(); ++first) {
        std::size_t bytes = 0;
        for (auto i = first; i < sent.size() && sent[i].when < sent[first].when + std::chrono::seconds(1); ++i) {
            bytes += sent[i].bytes;
        }
        most = std::max(most, bytes);
    }
    return most;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_second_sees_more_than_the_limit_and_little_of_it_is_wasted) {
    constexpr std::size_t limit = 2'500'000;  // 20 Mbit/s
    WaitingClock clock;
    Bandwidth bandwidth(limit, clock);
    std::minstd_rand random(7);
    std::vector<Sent> sent;
    std::size_t total = 0;
    while (clock.now() < TimePoint(std::chrono::seconds(20))) {
        const auto bytes = bandwidth.take(1 + random() % 300'000, go_on);
        BOOST_REQUIRE(bytes > 0U);
        sent.push_back({clock.steady(), bytes});
        total += bytes;
        if (random() % 50 == 0) {  // the line was quiet for a while: nothing is saved up
            clock.pass(std::chrono::milliseconds(random() % 500));
        }
    }
    BOOST_TEST(most_in_a_second(sent) <= limit * 95 / 100);
    BOOST_TEST(total >= 20 * limit * 6 / 10);
}

BOOST_AUTO_TEST_CASE(a_busy_line_gets_nine_tenths) {
    constexpr std::size_t limit = 1'000'000;
    WaitingClock clock;
    Bandwidth bandwidth(limit, clock);
    std::size_t total = 0;
    while (clock.now() < TimePoint(std::chrono::seconds(10))) {
        total += bandwidth.take(262'144, go_on);
    }
    BOOST_TEST(total >= 8'900'000U);
    BOOST_TEST(total <= 9'100'000U);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_wait) {
    WaitingClock clock;
    Bandwidth bandwidth(1000, clock);
    while (bandwidth.take(1000, go_on) > 25U) {
    }
    int asked = 0;
    BOOST_TEST(bandwidth.take(1000, [&] { return ++asked > 0; }) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
