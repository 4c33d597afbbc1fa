#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tributary {

/// Zeroed pages of its own for a secret: kept out of the swap file where the operating system lets us (mlock,
/// VirtualLock) and out of core dumps (Linux: MADV_DONTDUMP), wiped before they are given back. A lock that is refused
/// is no error: the memory serves all the same, locked() is false, and why_not_lockable() says why. One takes at least
/// a page (4 KiB), so it is for keys, not for data. One thread at a time writes; any number may read.
class LockedMemory {
  public:
    /// Throws Error(limit) if there are no pages to have.
    explicit LockedMemory(std::size_t size);
    ~LockedMemory();
    /// The bytes stay where they are.
    LockedMemory(LockedMemory&& other) noexcept
        : pages_(std::exchange(other.pages_, {})), size_(std::exchange(other.size_, 0)) {}
    LockedMemory& operator=(LockedMemory&&) = delete;
    LockedMemory(const LockedMemory&) = delete;
    LockedMemory& operator=(const LockedMemory&) = delete;

    /// As many as were asked for, on a page boundary.
    std::span<std::uint8_t> bytes() const noexcept { return {static_cast<std::uint8_t*>(pages_.begin), size_}; }
    std::string_view text() const noexcept { return {static_cast<const char*>(pages_.begin), size_}; }
    bool locked() const noexcept { return pages_.locked; }
    bool left_out_of_dumps() const noexcept { return pages_.left_out_of_dumps; }

  private:
    struct Pages {
        void* begin = nullptr;
        std::size_t size = 0;  ///< bytes, whole pages
        bool locked = false;
        bool left_out_of_dumps = false;
    };
    /// What differs between systems. `begin` is nullptr if there are none.
    static Pages take(std::size_t size) noexcept;
    static void give_back(const Pages& pages) noexcept;

    Pages pages_;
    std::size_t size_ = 0;
};

/// One object in memory of that kind. Its address stays when it is moved; what it was moved from may only be destroyed.
template <typename Object>
class Locked {
  public:
    template <typename... Arguments>
    explicit Locked(std::in_place_t, Arguments&&... arguments)
        : memory_(sizeof(Object)), object_(new (memory_.bytes().data()) Object(std::forward<Arguments>(arguments)...)) {
        static_assert(alignof(Object) <= 4096);
    }
    ~Locked() {
        if (object_ != nullptr) {
            object_->~Object();
        }
    }
    Locked(Locked&& other) noexcept
        : memory_(std::move(other.memory_)), object_(std::exchange(other.object_, nullptr)) {}
    Locked& operator=(Locked&&) = delete;
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

    Object& operator*() const noexcept { return *object_; }
    Object* operator->() const noexcept { return object_; }

  private:
    LockedMemory memory_;
    Object* object_;
};

/// Why one more secret could not be locked in memory just now, and what to do about it; nothing if it could.
std::optional<std::string> why_not_lockable();

}  // namespace tributary
