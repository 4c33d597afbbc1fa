#include "service/repository/site_quota.h"

namespace tributary {
namespace {

constexpr std::int64_t hours_a_day = 24;
constexpr std::chrono::minutes known_for(1);

}  // namespace

std::int64_t SiteQuota::hour() const {
    return std::chrono::floor<std::chrono::hours>(clock_.now().time_since_epoch()).count();
}

/// Of the last day, and of no hour to come: the clock may have been set back.
SiteQuota::Hours& SiteQuota::hours_of(const std::string& site) {
    const auto now = hour();
    const auto known = sites_.find(site);
    const bool again =
        known != sites_.end() && ledger_.is_shared() && known->second.read + known_for <= clock_.steady();
    if (known == sites_.end() || again) {
        sites_[site] = {ledger_.sealed_bytes_by_hour(site, now - hours_a_day + 1), clock_.steady()};
    }
    auto& hours = sites_[site].hours;
    std::erase_if(hours, [&](const auto& entry) { return entry.first <= now - hours_a_day || entry.first > now; });
    return hours;
}

bool SiteQuota::allows(const std::string& site, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = bytes;
    for (const auto& [hour, delivered] : hours_of(site)) {
        sum += delivered;
    }
    return sum <= bytes_a_day_;
}

void SiteQuota::add(const std::string& site, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (const auto known = sites_.find(site); known != sites_.end()) {  // else the ledger tells
        known->second.hours[hour()] += bytes;
    }
}

}  // namespace tributary
