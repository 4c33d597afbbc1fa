#include "plugins/csv/checkpoint.h"

namespace tributary::csv {

namespace {

// Layout: "TCSV" 0x01, then fields one after another. Numbers little-endian; a text is its length (2 bytes) and bytes.
constexpr std::string_view magic{"TCSV\x01", 5};
constexpr std::size_t longest_name = 1024;  // file systems allow 255 UTF-16 units or bytes

template <typename Number>
void put(std::string& to, Number number) {
    const auto value = static_cast<std::uint64_t>(number);
    for (unsigned shift = 0; shift < sizeof(Number) * 8; shift += 8) {
        to += static_cast<char>(static_cast<unsigned char>(value >> shift));
    }
}

void put(std::string& to, const std::string& text) {
    put(to, static_cast<std::uint16_t>(text.size()));
    to += text;
}

void put(std::string& to, const FileProgress& file) {
    put(to, file.name);
    to += file.digest;
    put(to, static_cast<std::uint8_t>(file.encoding));
    put(to, file.offset);
    put(to, file.next_row);
    put(to, file.rejected);
}

/// Reads from the front; after the first thing that is not there `good` stays false.
struct Reader {
    std::string_view rest;
    bool good = true;

    std::string_view bytes(std::size_t size) {
        if (size > rest.size()) {
            good = false;
            return {};
        }
        const auto taken = rest.substr(0, size);
        rest.remove_prefix(size);
        return taken;
    }
    template <typename Number>
    Number number() {
        std::uint64_t value = 0;
        unsigned shift = 0;
        for (const char byte : bytes(sizeof(Number))) {
            value |= static_cast<std::uint64_t>(static_cast<unsigned char>(byte)) << shift;
            shift += 8;
        }
        return static_cast<Number>(value);
    }
    /// A number from `low` to `high`.
    std::uint8_t choice(std::uint8_t low, std::uint8_t high) {
        const auto value = number<std::uint8_t>();
        good = good && value >= low && value <= high;
        return value;
    }
    FileProgress progress() {
        FileProgress file;
        file.name = bytes(number<std::uint16_t>());
        file.digest = bytes(digest_size);
        file.encoding = static_cast<Encoding>(
            choice(static_cast<std::uint8_t>(Encoding::utf8), static_cast<std::uint8_t>(Encoding::utf16_be)));
        file.offset = number<std::uint64_t>();
        file.next_row = number<std::uint64_t>();
        file.rejected = number<std::uint64_t>();
        good = good && !file.name.empty() && file.name.size() <= longest_name && file.next_row > 0 &&
               file.rejected < file.next_row;
        return file;
    }
};

}  // namespace

std::string encode(const Checkpoint& checkpoint) {
    std::string bytes(magic);
    put(bytes, checkpoint.sequence);
    put(bytes, static_cast<std::uint8_t>(checkpoint.file ? 1 : 0));
    if (checkpoint.file) {
        put(bytes, *checkpoint.file);
    }
    put(bytes, static_cast<std::uint16_t>(checkpoint.held.size()));
    for (const auto& held : checkpoint.held) {
        put(bytes, held.progress);
        put(bytes, static_cast<std::uint8_t>(held.reason));
        put(bytes, static_cast<std::uint8_t>(held.gone ? 1 : 0));
    }
    return bytes;
}

std::optional<Checkpoint> decode_checkpoint(std::string_view bytes) {
    Reader reader{bytes};
    if (reader.bytes(magic.size()) != magic) {
        return std::nullopt;
    }
    Checkpoint checkpoint;
    checkpoint.sequence = reader.number<std::uint64_t>();
    if (reader.choice(0, 1) == 1) {
        checkpoint.file = reader.progress();
    }
    const std::size_t held = reader.number<std::uint16_t>();
    if (!reader.good || held > Checkpoint::most_held) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < held && reader.good; ++i) {
        HeldFile file;
        file.progress = reader.progress();
        file.reason = static_cast<HoldReason>(reader.choice(1, static_cast<std::uint8_t>(HoldReason::unreadable)));
        file.gone = reader.choice(0, 1) == 1;
        checkpoint.held.push_back(std::move(file));
    }
    if (!reader.good || !reader.rest.empty()) {
        return std::nullopt;
    }
    return checkpoint;
}

}  // namespace tributary::csv
