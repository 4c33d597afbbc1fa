#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "agent/outbox/encoder.h"

namespace tributary {

/// A scratch buffer that is written through a bare pointer and handed on in pieces of whole rows while they are still
/// in the processor's cache: one check of room for many small values. It grows for a row that is longer than a piece,
/// and shrinks again. Reused from batch to batch; one thread.
class ByteWriter {
  public:
    /// A piece is handed on at the first row's end behind this.
    static constexpr std::size_t piece_bytes = 96U << 10U;
    static constexpr std::size_t usual_capacity = 128U << 10U;
    /// The most that room() may be asked for.
    static constexpr std::size_t largest_room = usual_capacity / 2;

    ByteWriter() { allocate(usual_capacity); }

    /// Where pieces go until flush(); it must live so long.
    void begin(const EncodedPieces& output) {
        output_ = &output;
        next_ = buffer_.get();  // what an encoding that failed has left
        row_ends_.clear();
    }

    /// Space for `size` bytes; what is used of it is told to advance_to().
    char* room(std::size_t size) {
        if (static_cast<std::size_t>(buffer_.get() + capacity_ - next_) < size) {
            grow();
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

    void end_row() {
        row_ends_.push_back(used());
        if (used() >= piece_bytes) {
            flush();
        }
    }

    void flush() {
        const EncodedPiece piece{{buffer_.get(), used()}, row_ends_};
        if (!piece.bytes.empty()) {
            (*output_)(piece);
        }
        row_ends_.clear();
        if (capacity_ > 4 * usual_capacity) {
            allocate(usual_capacity);
        }
        next_ = buffer_.get();
    }

  private:
    std::size_t used() const noexcept { return static_cast<std::size_t>(next_ - buffer_.get()); }

    void allocate(std::size_t capacity) {
        buffer_ = std::make_unique_for_overwrite<char[]>(capacity);
        capacity_ = capacity;
        next_ = buffer_.get();
    }

    /// Twice the capacity is always room enough.
    void grow() {
        const std::size_t size = used();
        const auto old = std::move(buffer_);
        allocate(2 * capacity_);
        std::memcpy(next_, old.get(), size);
        next_ += size;
    }

    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    char* next_ = nullptr;
    std::vector<std::size_t> row_ends_;
    const EncodedPieces* output_ = nullptr;
};

}  // namespace tributary
