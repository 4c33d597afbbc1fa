#include "plugins/csv/held_files.h"

#include <algorithm>
#include <utility>

namespace tributary::csv {

HeldFile* HeldFiles::by_digest(const Digest& digest) noexcept {
    const auto found =
        std::find_if(held_.begin(), held_.end(), [&](const HeldFile& held) { return held.progress.digest == digest; });
    return found == held_.end() ? nullptr : &*found;
}

HeldFile* HeldFiles::by_name(const std::string& name) noexcept {
    const auto found = std::find_if(held_.begin(), held_.end(),
                                    [&](const HeldFile& held) { return !held.gone && held.progress.name == name; });
    return found == held_.end() ? nullptr : &*found;
}

std::optional<HeldFile> HeldFiles::add(HeldFile held) {
    remove(held.progress.digest);
    std::optional<HeldFile> given_up;
    if (held_.size() >= Checkpoint::most_held) {
        auto oldest = std::find_if(held_.begin(), held_.end(), [](const HeldFile& other) { return other.gone; });
        oldest = oldest == held_.end() ? held_.begin() : oldest;
        given_up = std::move(*oldest);
        held_.erase(oldest);
    }
    held_.push_back(std::move(held));
    return given_up;
}

void HeldFiles::remove(const Digest& digest) noexcept {
    std::erase_if(held_, [&](const HeldFile& held) { return held.progress.digest == digest; });
}

}  // namespace tributary::csv
