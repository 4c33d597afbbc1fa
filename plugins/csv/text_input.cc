#include "plugins/csv/text_input.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

namespace tributary::csv {

namespace {

constexpr std::size_t raw_size = 64U << 10U;

/// 0x80 to 0x9F of Windows-1252 by the WHATWG encoding standard: the five bytes that Windows leaves undefined are the
/// C1 controls of the same number, so no byte is lost.
constexpr char16_t windows_1252_high[32] = {0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                            0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
                                            0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                            0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

/// A lone surrogate becomes the three bytes that RFC 3629 forbids: the record is found invalid later.
std::size_t put_utf8(char32_t character, char* at) noexcept {
    const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
    if (character < 0x80) {
        at[0] = byte(character);
        return 1;
    }
    if (character < 0x800) {
        at[0] = byte(0xC0U | (character >> 6U));
        at[1] = byte(0x80U | (character & 0x3FU));
        return 2;
    }
    if (character < 0x10000) {
        at[0] = byte(0xE0U | (character >> 12U));
        at[1] = byte(0x80U | ((character >> 6U) & 0x3FU));
        at[2] = byte(0x80U | (character & 0x3FU));
        return 3;
    }
    at[0] = byte(0xF0U | (character >> 18U));
    at[1] = byte(0x80U | ((character >> 12U) & 0x3FU));
    at[2] = byte(0x80U | ((character >> 6U) & 0x3FU));
    at[3] = byte(0x80U | (character & 0x3FU));
    return 4;
}

bool eight_ascii(const char* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return (word & 0x8080808080808080ULL) == 0;
}

}  // namespace

TextInput::TextInput(std::unique_ptr<ByteInput> bytes, Encoding wanted) : bytes_(std::move(bytes)), raw_(raw_size) {
    while (end_ < 4 && refill()) {
    }
    choose(wanted);
}

void TextInput::choose(Encoding wanted) {
    const std::string_view head(raw_.data(), end_);
    encoding_ = wanted;
    if (head.starts_with("\xEF\xBB\xBF")) {
        encoding_ = Encoding::utf8;
        begin_ = 3;
    } else if (head.starts_with("\xFF\xFE")) {
        encoding_ = Encoding::utf16_le;
        begin_ = 2;
    } else if (head.starts_with("\xFE\xFF")) {
        encoding_ = Encoding::utf16_be;
        begin_ = 2;
    } else if (wanted == Encoding::utf16 && head.empty()) {
        encoding_ = Encoding::utf16_le;
    } else if (wanted == Encoding::utf16) {
        throw BadFile(
            "it has no byte order mark; say which UTF-16 it is with encoding: utf-16le or encoding: utf-16be");
    }
    overruled_ = encoding_ != wanted && wanted != Encoding::utf16 && !head.empty();
}

bool TextInput::refill() {
    if (at_end_) {
        return false;
    }
    if (begin_ > 0) {
        std::memmove(raw_.data(), raw_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const std::size_t count = bytes_->read({raw_.data() + end_, raw_.size() - end_});
    end_ += count;
    at_end_ = count == 0;
    return !at_end_;
}

std::size_t TextInput::read(std::span<char> into) {
    if (encoding_ == Encoding::utf8) {
        if (begin_ < end_) {
            const std::size_t count = std::min(into.size(), end_ - begin_);
            std::memcpy(into.data(), raw_.data() + begin_, count);
            begin_ += count;
            return count;
        }
        return bytes_->read(into);
    }
    for (;;) {
        const std::size_t count = encoding_ > Encoding::iso_8859_1 ? decode_utf16(into) : decode_single_byte(into);
        if (count > 0) {
            return count;
        }
        if (end_ - begin_ >= 4) {
            return 0;  // `into` is shorter than the next character; only skip() asks for so little
        }
        if (!refill()) {
            if (begin_ < end_) {  // half a UTF-16 unit at the very end
                begin_ = end_;
                into[0] = '\xFF';
                return 1;
            }
            return 0;
        }
    }
}

bool TextInput::skip(std::uint64_t bytes) {
    if (encoding_ == Encoding::utf8) {
        const auto buffered = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, end_ - begin_));
        begin_ += buffered;
        return bytes == buffered || bytes_->skip(bytes - buffered);
    }
    std::vector<char> sink(raw_size);
    std::uint64_t passed = 0;
    // The last step asks for exactly what is left. A place inside a character cannot be reached: that is no place that
    // read() ever gave, and the answer is false.
    while (passed < bytes) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes - passed, sink.size()));
        const std::size_t count = read({sink.data(), wanted});
        if (count == 0) {
            return false;
        }
        passed += count;
    }
    return true;
}

std::size_t TextInput::decode_single_byte(std::span<char> into) {
    const char* from = raw_.data() + begin_;
    const char* const end = raw_.data() + end_;
    char* to = into.data();
    char* const room = to + into.size();
    while (from < end) {
        while (end - from >= 8 && room - to >= 8 && eight_ascii(from)) {
            std::memcpy(to, from, 8);
            from += 8;
            to += 8;
        }
        if (from == end || to == room) {
            break;
        }
        const auto byte = static_cast<unsigned char>(*from);
        char32_t character = byte;
        if (byte >= 0x80U && byte < 0xA0U && encoding_ == Encoding::windows_1252) {
            character = windows_1252_high[byte - 0x80U];
        }
        const std::ptrdiff_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : 3;
        if (room - to < size) {
            break;
        }
        to += put_utf8(character, to);
        ++from;
    }
    begin_ = static_cast<std::size_t>(from - raw_.data());
    return static_cast<std::size_t>(to - into.data());
}

std::size_t TextInput::decode_utf16(std::span<char> into) {
    const std::size_t low = encoding_ == Encoding::utf16_be ? 1 : 0;
    const auto unit = [&](std::size_t at) {
        return static_cast<char32_t>(static_cast<unsigned char>(raw_[at + low]) |
                                     (static_cast<unsigned>(static_cast<unsigned char>(raw_[at + 1 - low])) << 8U));
    };
    std::size_t written = 0;
    while (end_ - begin_ >= 2) {
        char32_t character = unit(begin_);
        std::size_t taken = 2;
        if (character >= 0xD800 && character < 0xDC00) {
            if (end_ - begin_ < 4 && !at_end_) {
                break;  // the other half is still to come
            }
            if (end_ - begin_ >= 4) {
                const char32_t second = unit(begin_ + 2);
                if (second >= 0xDC00 && second < 0xE000) {
                    character = 0x10000 + ((character - 0xD800) << 10U) + (second - 0xDC00);
                    taken = 4;
                }
            }
        }
        const std::size_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
        if (into.size() - written < size) {
            break;
        }
        written += put_utf8(character, into.data() + written);
        begin_ += taken;
    }
    return written;
}

}  // namespace tributary::csv
