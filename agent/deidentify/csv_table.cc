#include "agent/deidentify/csv_table.h"

#include <array>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

using Take = std::function<void(const std::vector<std::string>&, std::uint64_t)>;

class CsvTableReader {
  public:
    CsvTableReader(std::string name, const Take& take) : name_(std::move(name)), take_(take), fields_(1) {}

    void read(std::string_view bytes) {
        for (const char byte : bytes) {
            read(byte);
        }
    }

    void finish() {
        put_back_mark();
        if (state_ == State::quoted) {
            fail("a quote is not closed");
        }
        if (state_ != State::start || fields_used_ > 1) {
            end_record();
        }
    }

  private:
    enum class State {
        start,   ///< of a value
        plain,   ///< in a value without quotes
        quoted,  ///< between quotes
        closed   ///< behind a quote that closes a value or is the first of two
    };

    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorCode::input, name_ + ", line " + std::to_string(begun_) + ": " + what);
    }

    void read(char byte) {
        if (skipped_ < byte_order_mark.size()) {
            if (byte == byte_order_mark[skipped_]) {
                ++skipped_;
                return;
            }
            put_back_mark();
        }
        if (state_ == State::quoted) {
            line_ += byte == '\n' ? 1 : 0;
            if (byte == '"') {
                state_ = State::closed;
            } else {
                append(byte);
            }
        } else if (byte == '"' && state_ == State::closed) {
            append(byte);
            state_ = State::quoted;
        } else if (byte == '"' && state_ == State::start) {
            state_ = State::quoted;
        } else if (byte == ',') {
            next_value();
        } else if (byte == '\n') {
            if (state_ != State::start || fields_used_ > 1) {
                end_record();
            }
            begun_ = ++line_;
        } else if (byte != '\r') {
            if (state_ == State::closed) {
                fail("text stands behind a closing quote");
            }
            append(byte);
            state_ = State::plain;
        }
    }

    /// What began as a byte order mark and is none belongs to the first value.
    void put_back_mark() {
        const std::size_t begun = skipped_;
        skipped_ = byte_order_mark.size();
        for (std::size_t i = 0; begun < byte_order_mark.size() && i < begun; ++i) {
            read(byte_order_mark[i]);
        }
    }

    void append(char byte) {
        constexpr std::size_t longest_record = 1U << 20U;
        if (++record_bytes_ > longest_record) {
            fail("a record is longer than 1 MiB");
        }
        fields_[fields_used_ - 1] += byte;
    }

    void next_value() {
        constexpr std::size_t most_values = 4096;
        if (fields_used_ == most_values) {
            fail("a record has more than 4,096 values");
        }
        if (++fields_used_ > fields_.size()) {
            fields_.emplace_back();
        }
        fields_[fields_used_ - 1].clear();
        state_ = State::start;
    }

    void end_record() {
        fields_.resize(fields_used_);
        take_(fields_, begun_);
        fields_used_ = 1;
        fields_[0].clear();
        record_bytes_ = 0;
        state_ = State::start;
    }

    static constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

    std::string name_;
    const Take& take_;
    State state_ = State::start;
    std::vector<std::string> fields_;
    std::size_t fields_used_ = 1;
    std::size_t record_bytes_ = 0;
    std::size_t skipped_ = 0;  // of the byte order mark
    std::uint64_t line_ = 1;
    std::uint64_t begun_ = 1;  // the line that the record begins on
};

}  // namespace

std::string read_csv_table(FileSystem& files, const std::filesystem::path& file, const Take& take) {
    constexpr std::size_t piece = 64U << 10U;
    CsvTableReader reader(file.string(), take);
    const auto input = files.open_for_reading(file);
    std::vector<char> buffer(piece);
    Sha256 digest;
    while (const std::size_t size = input->read(buffer)) {
        const std::string_view bytes(buffer.data(), size);
        digest.update(bytes);
        reader.read(bytes);
    }
    reader.finish();
    return to_hex(digest.finish());
}

}  // namespace tributary
