#include "agent/deidentify/retraction.h"

#include <algorithm>

#include "agent/deidentify/deidentifier.h"
#include "agent/platform/process.h"
#include "agent/record/text_builder.h"

namespace tributary {
namespace {

constexpr char memory_form = '1';
constexpr unsigned bits_a_byte = 7;
constexpr unsigned more = 0x80;

/// Rising numbers as their differences, seven bits a byte, the lowest first (LEB128): two bytes a person for millions.
std::string packed(std::span<const std::uint32_t> numbers) {
    std::string bytes(1, memory_form);
    bytes.reserve(2 * numbers.size() + 1);
    std::uint32_t last = 0;
    for (const std::uint32_t number : numbers) {
        std::uint32_t difference = number - last;
        last = number;
        for (; difference >= more; difference >>= bits_a_byte) {
            bytes.push_back(static_cast<char>((difference & (more - 1)) | more));
        }
        bytes.push_back(static_cast<char>(difference));
    }
    return bytes;
}

/// Reads what packed() wrote, one number after the other.
class Packed {
  public:
    explicit Packed(std::string_view bytes) : bytes_(bytes) {}

    bool next(std::uint32_t& number) noexcept {
        if (at_ >= bytes_.size()) {
            return false;
        }
        std::uint32_t difference = 0;
        unsigned shift = 0;
        for (bool goes_on = true; goes_on && at_ < bytes_.size() && shift < 32; shift += bits_a_byte) {
            const auto byte = static_cast<unsigned char>(bytes_[at_++]);
            difference |= static_cast<std::uint32_t>(byte & (more - 1)) << shift;
            goes_on = (byte & more) != 0;
        }
        last_ += difference;
        number = last_;
        return true;
    }

  private:
    std::string_view bytes_;
    std::size_t at_ = 1;  // behind the form
    std::uint32_t last_ = 0;
};

std::vector<std::uint32_t> all_of(const OptOutList& list) {
    return {list.numbers().begin(), list.numbers().end()};
}

}  // namespace

std::string nhs_number_of(std::uint32_t nine_digits) {
    std::string digits = std::to_string(nine_digits);
    digits.insert(0, 9 - std::min<std::size_t>(9, digits.size()), '0');
    int sum = 0;
    for (int i = 0; i < 9; ++i) {
        sum += (10 - i) * (digits[static_cast<std::size_t>(i)] - '0');
    }
    digits.push_back(static_cast<char>('0' + (11 - sum % 11) % 11));
    return digits;
}

DeidentifiedBatch Retraction::rows(std::span<const std::uint32_t> numbers, Quality& quality) const {
    constexpr std::size_t digits = 10;
    TextBuilder texts(numbers.size(), numbers.size() * digits);
    for (const std::uint32_t number : numbers) {
        const std::string text = nhs_number_of(number);
        std::copy(text.begin(), text.end(), texts.room(digits));
        texts.written(digits);
    }
    const auto schema = std::make_shared<const Schema>(Schema{{{field_, ColumnType::utf8}}});
    std::vector<Column> columns;
    columns.push_back(texts.finish());
    constexpr std::int64_t no_day = 0;  // pseudonyms do not depend on it
    return Deidentifier(rules_, schema, no_day).apply(RecordBatch(schema, std::move(columns), 1, ""), quality);
}

std::string Retraction::remember(const OptOutList& list) const {
    std::string plain = packed(list.numbers());
    std::string sealed;
    Siv(memory_.front()).seal(plain, sealed);
    wipe(plain.data(), plain.size());
    return sealed;
}

/// Empty if none of the keys opens it.
std::string Retraction::opened(std::string_view remembered) const {
    for (const Siv& cipher : memory_) {
        if (auto plain = Siv(cipher).open(remembered)) {
            return std::move(*plain);
        }
    }
    return {};
}

std::vector<std::uint32_t> Retraction::newly_listed(const OptOutList& list, std::string_view remembered) const {
    std::string plain = opened(remembered);
    if (plain.empty() || plain.front() != memory_form) {
        return all_of(list);
    }
    std::vector<std::uint32_t> fresh;
    Packed before(plain);
    std::uint32_t known = 0;
    bool any = before.next(known);
    for (const std::uint32_t number : list.numbers()) {
        while (any && known < number) {
            any = before.next(known);
        }
        if (!any || known != number) {
            fresh.push_back(number);
        }
    }
    wipe(plain.data(), plain.size());
    return fresh;
}

}  // namespace tributary
