#pragma once

#include <string_view>
#include <vector>

#include "agent/deidentify/date_format.h"

namespace tributary {

/// Reads the dates of a stream in the formats that its policy declares. Immutable; may be shared between threads.
class DateReader {
  public:
    /// No two formats may contradict each other.
    explicit DateReader(std::vector<DateFormat> formats) : formats_(std::move(formats)) {}

    /// ISO 8601's usual forms: yyyy-MM-dd, alone or with a time after a space or T.
    static DateReader iso();

    /// Reads a text without white space around it; false if it is a date in none of the formats.
    bool read(std::string_view text, WrittenDate& date) const noexcept {
        for (const DateFormat& format : formats_) {
            if (format.read(text, date)) {
                return true;
            }
        }
        return false;
    }

  private:
    std::vector<DateFormat> formats_;
};

}  // namespace tributary
