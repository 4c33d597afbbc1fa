#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plugins/csv/checkpoint.h"

namespace tributary::csv {

/// The files that are half taken. One thread.
class HeldFiles {
  public:
    void restore(std::vector<HeldFile> held) { held_ = std::move(held); }
    const std::vector<HeldFile>& all() const noexcept { return held_; }
    std::vector<HeldFile>& all() noexcept { return held_; }

    /// None: nullptr. By content, or by a name that is not free.
    HeldFile* by_digest(const Digest& digest) noexcept;
    HeldFile* by_name(const std::string& name) noexcept;

    /// Adds it, in place of one of the same content. When there are too many, the oldest leaves and is returned: its
    /// rest is given up, and it must be marked as taken.
    std::optional<HeldFile> add(HeldFile held);
    void remove(const Digest& digest) noexcept;

  private:
    std::vector<HeldFile> held_;  // oldest first
};

}  // namespace tributary::csv
