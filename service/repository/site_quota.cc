#include "service/repository/site_quota.h"

namespace tributary {
namespace {

constexpr std::int64_t hours_a_day = 24;

}  // namespace

std::int64_t SiteQuota::hour() const {
    return std::chrono::floor<std::chrono::hours>(clock_.now().time_since_epoch()).count();
}

/// Of the last day, and of no hour to come: the clock may have been set back.
SiteQuota::Hours& SiteQuota::hours_of(const std::string& site) {
    const auto now = hour();
    auto found = sites_.find(site);
    if (found == sites_.end()) {
        found = sites_.emplace(site, ledger_.sealed_bytes_by_hour(site, now - hours_a_day + 1)).first;
    }
    std::erase_if(found->second,
                  [&](const auto& entry) { return entry.first <= now - hours_a_day || entry.first > now; });
    return found->second;
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
        known->second[hour()] += bytes;
    }
}

}  // namespace tributary
