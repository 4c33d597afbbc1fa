#include "agent/outbox/queue_space.h"

#include <algorithm>
#include <array>

#include "agent/platform/error.h"

namespace tributary {

QueueSpace::QueueSpace(SpaceLimits limits, Bytes used, Bytes free, Log& log)
    : limits_(limits), used_(std::move(used)), free_(std::move(free)), log_(log) {}

/// What keeps it from being open; empty if nothing does.
std::string QueueSpace::obstacle(std::uint64_t used, std::uint64_t free, bool closed) const {
    if (used > (closed ? limits_.quota / 10 * 9 : limits_.quota)) {
        return "the queue holds " + bytes_text(used) + "; its quota is " + bytes_text(limits_.quota);
    }
    if (free < (closed ? limits_.keep_free / 4 * 5 : limits_.keep_free)) {
        return "the queue's disk has " + bytes_text(free) + " left; " + bytes_text(limits_.keep_free) +
               " are to be kept free";
    }
    return {};
}

QueueSpace::Room QueueSpace::look(std::uint64_t under_way) {
    const std::lock_guard lock(mutex_);
    const bool was_closed = !closed_.empty();
    try {
        const std::uint64_t used = used_();
        const std::uint64_t free = free_();
        closed_ = obstacle(used, free, was_closed);
        if (!was_closed && under_way > 0 && closed_.empty()) {
            const bool fits = obstacle(used + under_way, free - std::min(free, under_way), false).empty();
            return fits ? Room::open : Room::taken;
        }
    } catch (const Error& error) {
        log_.warning("the space that the queue takes could not be looked at", {{"error", error.what()}});
        return was_closed ? Room::closed : Room::open;
    }
    if (was_closed && closed_.empty()) {
        log_.info("there is room again; sources go on");
    } else if (!was_closed && !closed_.empty()) {
        log_.warning("sources pause until there is room; nothing is lost", {{"why", closed_}});
    }
    return closed_.empty() ? Room::open : Room::closed;
}

std::string QueueSpace::why_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    std::uint64_t tenths = bytes * 10;
    while (tenths >= 10240 && unit + 1 < units.size()) {
        tenths /= 1024;
        ++unit;
    }
    const auto whole = std::to_string(tenths / 10);
    return (unit == 0 ? whole : whole + "." + std::to_string(tenths % 10)) + " " + units.at(unit);
}

}  // namespace tributary
