#include "agent/deidentify/openpseudonymiser_action.h"

#include <algorithm>
#include <map>
#include <utility>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/nhs_number.h"
#include "agent/deidentify/normalise.h"
#include "agent/deidentify/text_action.h"
#include "agent/keys/digest.h"
#include "agent/platform/access.h"
#include "agent/platform/error.h"
#include "agent/platform/process.h"

namespace tributary {
namespace {

constexpr std::string_view digest_reasons[] = {"not_ten_digits", "check_digit", "equal_digits", "missing_input"};
constexpr Outcome missing_input = outcome::first_reason + 3;
constexpr std::size_t longest_salt = 4096;

/// The secret that goes behind every value; wiped when it goes.
class Salt {
  public:
    explicit Salt(std::string text) : text_(std::move(text)) {}
    ~Salt() { wipe(text_.data(), text_.size()); }
    Salt(const Salt&) = delete;
    Salt& operator=(const Salt&) = delete;
    const std::string& text() const noexcept { return text_; }

  private:
    std::string text_;
};

/// One value that is hashed, in the order of the inputs' names.
struct DigestInput {
    std::size_t other = 0;  ///< index into other_fields()
    bool nhs_number = false;
};

class OpenPseudonymiserAction final : public TextAction {
  public:
    OpenPseudonymiserAction(std::vector<std::string> fields, std::vector<DigestInput> inputs,
                            std::shared_ptr<const Salt> salt)
        : others_(std::move(fields)), inputs_(std::move(inputs)), salt_(std::move(salt)) {}

    std::string_view name() const noexcept override { return "openpseudonymiser"; }
    std::span<const std::string_view> reasons() const noexcept override { return digest_reasons; }
    std::span<const std::string> other_fields() const noexcept override { return others_; }
    bool reads_nhs_number() const noexcept override {
        return std::any_of(inputs_.begin(), inputs_.end(), [](const auto& input) { return input.nhs_number; });
    }
    bool makes_codes() const noexcept override { return true; }
    std::string describe() const override {
        return "replaced by a salted hash (OpenPseudonymiser), which whoever learns the salt can reverse";
    }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        constexpr std::size_t length = 2 * sizeof(Sha256Digest);
        std::vector<Column> texts;
        for (const Column& other : input.others) {
            texts.push_back(other.as_text());
        }
        const std::size_t rows = input.column.length();
        TextBuilder output(rows, rows * length);
        std::string message;
        for (std::size_t row = 0; row < rows; ++row) {
            message.clear();
            outcomes[row] = gather(texts, row, message);
            if (outcomes[row] != outcome::filled) {
                output.append_null();
                continue;
            }
            write_digest(sha256(message.append(salt_->text())), output.room(length));
            output.written(length);
        }
        wipe(message.data(), message.capacity());
        std::vector<Column> columns;
        columns.push_back(output.finish());
        return columns;
    }

  private:
    Outcome gather(const std::vector<Column>& texts, std::size_t row, std::string& message) const {
        std::size_t empty_inputs = 0;
        for (const DigestInput& input : inputs_) {
            const auto value = trim_white_space(texts[input.other].text(row));
            if (value.empty()) {
                ++empty_inputs;
            } else if (!input.nhs_number) {
                message.append(value);
            } else {
                std::array<char, 10> digits{};
                switch (read_nhs_number(value, digits)) {
                    case NhsNumberFault::none:
                        message.append(digits.data(), digits.size());
                        break;
                    case NhsNumberFault::empty:
                        ++empty_inputs;
                        break;
                    case NhsNumberFault::not_ten_digits:
                        return outcome::first_reason;
                    case NhsNumberFault::check_digit:
                        return outcome::first_reason + 1;
                    case NhsNumberFault::equal_digits:
                        return outcome::first_reason + 2;
                }
            }
        }
        if (empty_inputs == inputs_.size()) {
            return outcome::empty;
        }
        return empty_inputs > 0 ? missing_input : outcome::filled;
    }

    static void write_digest(const Sha256Digest& digest, char* out) noexcept {
        constexpr char digits[] = "0123456789ABCDEF";
        for (const std::uint8_t byte : digest) {
            *out++ = digits[byte >> 4U];
            *out++ = digits[byte & 15U];
        }
    }

    std::vector<std::string> others_;
    std::vector<DigestInput> inputs_;
    std::shared_ptr<const Salt> salt_;
};

std::shared_ptr<const Salt> read_salt(MappingReader& options, const ActionContext& context) {
    const std::string reference = options.required_text("salt");
    if (reference.empty()) {
        return nullptr;
    }
    constexpr std::string_view prefix = "file:";
    if (!reference.starts_with(prefix)) {
        options.error_at("salt", "the salt is a secret: 'salt' names the file that holds it, as in file:salt.txt");
        return nullptr;
    }
    const auto file = context.folder / reference.substr(prefix.size());
    try {
        std::string text = read_file(context.files, file, longest_salt);
        if (const auto why = why_not_private(file)) {
            options.error_at("salt", "the salt's file must not be open to others: " + *why);
            return nullptr;
        }
        while (text.ends_with('\n') || text.ends_with('\r')) {
            text.pop_back();
        }
        if (text.empty()) {
            options.error_at("salt", "the salt's file is empty");
            return nullptr;
        }
        return std::make_shared<const Salt>(std::move(text));
    } catch (const Error& error) {
        options.error_at("salt", std::string("the salt cannot be read: ") + error.what());
        return nullptr;
    }
}

bool is_nhs_number_input(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return name == "nhsnumber" || name == "nhs_number";
}

/// From the inputs' names, in their order, to the fields; empty, reported, if the option is wrong.
std::map<std::string, std::string> read_inputs(MappingReader& options, const ActionContext& context) {
    std::map<std::string, std::string> inputs;
    const YamlNode* const node = options.required_node("inputs");
    if (node == nullptr) {
        return inputs;
    }
    if (!node->is_mapping() || node->entries.empty()) {
        options.error_at("inputs",
                         "'inputs' must be a table from OpenPseudonymiser's names to fields, as in "
                         "{NHSNumber: nhs_number, DOB: dob}");
        return inputs;
    }
    for (const auto& [name, field] : node->entries) {
        if (!field.is_scalar() || field.scalar.empty()) {
            context.diagnostics.error(field.location, "the input " + quoted_text(name.scalar) + " must name a field");
            return {};
        }
        inputs.emplace(name.scalar, field.scalar);
    }
    return inputs;
}

}  // namespace

CompiledAction compile_openpseudonymiser(MappingReader& options, const ActionContext& context) {
    const auto named = read_inputs(options, context);
    auto salt = read_salt(options, context);
    if (!options.boolean("accept_weak", false)) {
        options.error_at("action",
                         "openpseudonymiser is weak: with the salt, every digest is reversed in half a minute. "
                         "Use pseudonym; or, to join data that was pseudonymised so before, write "
                         "accept_weak: true");
        return {};
    }
    if (named.empty() || salt == nullptr) {
        return {};
    }
    std::vector<std::string> fields;
    std::vector<DigestInput> inputs;
    for (const auto& [name, field] : named) {
        inputs.push_back({fields.size(), is_nhs_number_input(name)});
        fields.push_back(field);
    }
    return {std::make_shared<OpenPseudonymiserAction>(std::move(fields), std::move(inputs), std::move(salt)), {}};
}

}  // namespace tributary
