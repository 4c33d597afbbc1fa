#pragma once

#include <string>

#include "agent/platform/process.h"

namespace tributary {

/// Wipes a text that held a secret, also when an exception leaves the scope.
class Wiped {
  public:
    explicit Wiped(std::string& text) : text_(text) {}
    ~Wiped() { wipe(text_.data(), text_.size()); }
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;

  private:
    std::string& text_;
};

}  // namespace tributary
