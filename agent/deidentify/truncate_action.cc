#include "agent/deidentify/truncate_action.h"

#include "agent/deidentify/text_action.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

class TruncateAction final : public TextAction {
  public:
    explicit TruncateAction(std::size_t length) : length_(length) {}

    std::string_view name() const noexcept override { return "truncate"; }
    std::span<const std::string_view> reasons() const noexcept override { return {}; }

    bool passes_text() const noexcept override { return true; }
    std::string describe() const override { return "the first " + std::to_string(length_) + " characters"; }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        const Column text = input.column.as_text();
        return transform_text(text, outcomes, text.byte_size(), [this](std::string_view value, TextBuilder& output) {
            if (value.empty()) {
                return outcome::empty;
            }
            output.append(value.substr(0, bytes_of(value)));
            return outcome::filled;
        });
    }

  private:
    /// The bytes of the first characters. A byte that is not valid UTF-8 counts as one.
    std::size_t bytes_of(std::string_view value) const noexcept {
        std::size_t end = 0;
        for (std::size_t characters = 0; characters < length_ && end < value.size(); ++characters) {
            end += static_cast<unsigned char>(value[end]) < 0x80 ? 1 : first_utf8_character(value.substr(end)).size;
        }
        return end;
    }

    std::size_t length_;
};

}  // namespace

CompiledAction compile_truncate(MappingReader& options, const ActionContext&) {
    constexpr std::int64_t longest = 65'535;
    if (options.required_node("length") == nullptr) {
        return {};
    }
    const auto length = options.integer("length", 0, 1, longest);
    return {length == 0 ? nullptr : std::make_shared<TruncateAction>(static_cast<std::size_t>(length)), {}};
}

}  // namespace tributary
