#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>

namespace tributary {

/// A scratch buffer that is written through a bare pointer and handed on in large pieces while they are still in the
/// processor's cache: one check of room for many small values. Reused from batch to batch; one thread.
class ByteWriter {
  public:
    static constexpr std::size_t capacity = 128U << 10U;
    /// The most that room() may be asked for.
    static constexpr std::size_t largest_room = capacity / 2;

    ByteWriter() : buffer_(std::make_unique_for_overwrite<char[]>(capacity)), next_(buffer_.get()) {}

    /// Where pieces go until flush(); it must live so long.
    void begin(const std::function<void(std::string_view)>& output) noexcept {
        output_ = &output;
        next_ = buffer_.get();  // what an encoding that failed has left
    }

    /// Space for `size` bytes; what is used of it is told to advance_to().
    char* room(std::size_t size) {
        if (static_cast<std::size_t>(buffer_.get() + capacity - next_) < size) {
            flush();
        }
        return next_;
    }
    void advance_to(char* end) noexcept { next_ = end; }

    /// Of at most largest_room bytes.
    void append(std::string_view bytes) {
        char* const out = room(bytes.size());
        std::memcpy(out, bytes.data(), bytes.size());
        advance_to(out + bytes.size());
    }

    void flush() {
        const std::string_view piece(buffer_.get(), static_cast<std::size_t>(next_ - buffer_.get()));
        next_ = buffer_.get();
        if (!piece.empty()) {
            (*output_)(piece);
        }
    }

  private:
    std::unique_ptr<char[]> buffer_;
    char* next_;
    const std::function<void(std::string_view)>* output_ = nullptr;
};

}  // namespace tributary
