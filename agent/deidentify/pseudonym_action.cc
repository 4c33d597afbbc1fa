#include "agent/deidentify/pseudonym_action.h"

#include <utility>

#include "agent/deidentify/key_options.h"
#include "agent/deidentify/pseudonymiser.h"
#include "agent/deidentify/text_action.h"

namespace tributary {
namespace {

/// One pseudonym a linkage key: several while one key takes over from another.
class PseudonymAction final : public Action {
  public:
    explicit PseudonymAction(std::vector<Pseudonymiser> pseudonymisers) : pseudonymisers_(std::move(pseudonymisers)) {}

    std::string_view name() const noexcept override { return "pseudonym"; }
    std::span<const std::string_view> reasons() const noexcept override { return pseudonymisers_.front().reasons(); }
    bool reads_nhs_number() const noexcept override {
        return pseudonymisers_.front().type() == IdentifierType::nhs_number;
    }
    bool makes_codes() const noexcept override { return true; }
    std::string describe() const override {
        return "replaced by a keyed pseudonym (" + std::string(to_string(pseudonymisers_.front().type())) + ")";
    }
    std::vector<ColumnType> output_types(ColumnType) const override {
        return std::vector<ColumnType>(pseudonymisers_.size(), ColumnType::utf8);
    }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        const Column text = input.column.as_text();
        std::vector<Column> columns;
        for (const Pseudonymiser& pseudonymiser : pseudonymisers_) {
            columns.push_back(apply(pseudonymiser, text, outcomes));
        }
        return columns;
    }

  private:
    static Column apply(const Pseudonymiser& pseudonymiser, const Column& text, std::span<Outcome> outcomes) {
        constexpr std::size_t length = Pseudonymiser::length;
        auto columns = transform_text(text, outcomes, text.length() * length,
                                      [&pseudonymiser](std::string_view value, TextBuilder& output) {
                                          const Outcome outcome = pseudonymiser.write(value, output.room(length));
                                          if (outcome == outcome::filled) {
                                              output.written(length);
                                          }
                                          return outcome;
                                      });
        return std::move(columns.front());
    }

    std::vector<Pseudonymiser> pseudonymisers_;
};

}  // namespace

CompiledAction compile_pseudonym(MappingReader& options, const ActionContext& context) {
    const auto type = read_identifier_type(options);
    const auto keys = find_keys(options, context);
    const std::string domain = read_domain(options, keys);
    if (!type || keys.empty() || domain.empty()) {
        return {};
    }
    CompiledAction compiled;
    std::vector<Pseudonymiser> pseudonymisers;
    for (const LinkageKey* const key : keys) {
        pseudonymisers.emplace_back(*key, domain, *type);
        compiled.pseudonyms.push_back(
            {std::string(to_string(*type)), key->id(), key->epoch(), domain, std::string(Pseudonymiser::algorithm)});
    }
    compiled.action = std::make_shared<PseudonymAction>(std::move(pseudonymisers));
    return compiled;
}

}  // namespace tributary
