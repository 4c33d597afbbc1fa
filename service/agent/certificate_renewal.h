#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agent/keys/certificate.h"
#include "agent/platform/clock.h"
#include "agent/telemetry/log.h"
#include "service/agent/installation.h"

namespace tributary {

/// From two thirds of its lifetime on.
TimePoint renewal_due(const Certificate& certificate);

/// Gets the site's next certificate in time, and tells of those that expire. One thread.
class CertificateRenewal {
  public:
    /// Between attempts that came to nothing.
    static constexpr std::chrono::milliseconds pause = std::chrono::hours(1);

    /// The installation must have credentials; it is only read.
    CertificateRenewal(const Installation& installation, FileSystem& files, Clock& clock, Log& log);

    /// If it is time for it, and the configuration says where: a fresh key, and a certificate for it in the place of
    /// the present one. True: the files are others now. What goes wrong is in the log, and it is tried again later.
    bool renew_if_due();
    /// Puts into the log what expires within 30, 14 or 7 days, once each, and daily in the last week.
    void warn_of_expiry();

  private:
    void renew();
    void warn_of_expiry(const std::string& name, const Certificate& certificate, TimePoint now);

    const Installation& installation_;
    FileSystem& files_;
    Clock& clock_;
    Log& log_;
    std::optional<TimePoint> attempted_;
    std::map<std::string, std::int64_t> warned_;  // the threshold or the day, by certificate
};

}  // namespace tributary
