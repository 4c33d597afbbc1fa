#include "agent/deidentify/scrub_action.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/date_cells.h"
#include "agent/deidentify/scrubber.h"
#include "agent/deidentify/text_action.h"

namespace tributary {
namespace {

constexpr std::string_view scrub_reasons[] = {"not_utf8", "residual_identifier"};
constexpr Outcome not_utf8 = outcome::first_reason;
constexpr Outcome residual = outcome::first_reason + 1;

constexpr std::pair<std::string_view, KnownKind> kinds[] = {{"name", KnownKind::name},
                                                            {"date", KnownKind::date},
                                                            {"nhs_number", KnownKind::nhs_number},
                                                            {"postcode", KnownKind::postcode},
                                                            {"phone", KnownKind::phone},
                                                            {"email", KnownKind::email},
                                                            {"identifier", KnownKind::identifier},
                                                            {"address", KnownKind::address}};

struct KnownField {
    std::string field;
    KnownKind kind{};
};

class ScrubAction final : public TextAction {
  public:
    ScrubAction(std::vector<KnownField> known, std::shared_ptr<const DateReader> dates)
        : known_(std::move(known)), dates_(std::move(dates)) {
        for (const KnownField& known_field : known_) {
            others_.push_back(known_field.field);
        }
    }

    std::string_view name() const noexcept override { return "scrub"; }
    std::span<const std::string_view> reasons() const noexcept override { return scrub_reasons; }
    std::span<const std::string> other_fields() const noexcept override { return others_; }
    bool passes_text() const noexcept override { return true; }
    std::string describe() const override {
        return "free text, less the record's own identifiers (" + std::to_string(known_.size()) +
               (known_.size() == 1 ? " field" : " fields") +
               ") and what looks like one (NHS numbers, postcodes, telephone and National Insurance numbers, e-mail "
               "and web addresses, dates); misspelt names and other people's names stay: a residual risk that was "
               "accepted";
    }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        const Column text = input.column.as_text();
        std::vector<Column> texts;
        std::vector<std::optional<DateCells>> dates;
        for (std::size_t i = 0; i < known_.size(); ++i) {
            texts.push_back(input.others[i].as_text());
            dates.emplace_back();
            if (known_[i].kind == KnownKind::date) {
                dates.back().emplace(input.others[i], *dates_);
            }
        }
        Scrubber scrubber;
        std::string scrubbed;
        TextBuilder output(text.length(), 0);
        for (std::size_t row = 0; row < text.length(); ++row) {
            outcomes[row] = outcome::empty;
            if (!text.is_null(row) && !text.text(row).empty()) {
                take_known(scrubber.known(), texts, dates, row);
                outcomes[row] = write(text.text(row), scrubber, scrubbed);
            }
            if (outcomes[row] == outcome::filled) {
                output.append(scrubbed);
            } else {
                output.append_null();
            }
        }
        std::vector<Column> columns;
        columns.push_back(output.finish());
        return columns;
    }

  private:
    void take_known(KnownIdentifiers& known, const std::vector<Column>& texts,
                    const std::vector<std::optional<DateCells>>& dates, std::size_t row) const {
        known.clear();
        for (std::size_t i = 0; i < known_.size(); ++i) {
            if (texts[i].is_null(row)) {
                continue;
            }
            WrittenDate date;
            if (dates[i] && dates[i]->read(row, date) == outcome::filled) {
                known.add_date(date);
            } else {
                known.add(known_[i].kind, texts[i].text(row));
            }
        }
        known.finish();
    }

    static Outcome write(std::string_view text, Scrubber& scrubber, std::string& scrubbed) {
        scrubbed.clear();
        switch (scrubber.scrub(text, scrubbed)) {
            case Scrubber::Result::scrubbed:
                return outcome::filled;
            case Scrubber::Result::not_utf8:
                return not_utf8;
            case Scrubber::Result::residual:
                break;
        }
        return residual;
    }

    std::vector<KnownField> known_;
    std::vector<std::string> others_;
    std::shared_ptr<const DateReader> dates_;
};

std::string all_kinds() {
    std::string list;
    for (const auto& [word, kind] : kinds) {
        list += (list.empty() ? "" : ", ") + std::string(word);
    }
    return list;
}

/// Nothing, reported, unless each field has a kind.
std::optional<std::vector<KnownField>> read_known(MappingReader& options, Diagnostics& diagnostics) {
    constexpr std::size_t most_fields = 64;
    const YamlNode* const node = options.required_node("known");
    if (node == nullptr) {
        return std::nullopt;
    }
    if (!node->is_mapping() || node->entries.empty() || node->entries.size() > most_fields) {
        diagnostics.error(node->location,
                          "'known' names 1 to 64 fields with the record's own identifiers and what each is, as in "
                          "{surname: name, date_of_birth: date}");
        return std::nullopt;
    }
    std::vector<KnownField> known;
    bool right = true;
    for (const auto& [field, kind] : node->entries) {
        const auto* const found = std::find_if(std::begin(kinds), std::end(kinds), [&word = kind](const auto& each) {
            return word.is_scalar() && each.first == word.scalar;
        });
        if (found == std::end(kinds)) {
            diagnostics.error(kind.location,
                              "the known field " + quoted_text(field.scalar) + " must be one of: " + all_kinds());
            right = false;
            continue;
        }
        known.push_back({field.scalar, found->second});
    }
    return right ? std::optional(std::move(known)) : std::nullopt;
}

}  // namespace

CompiledAction compile_scrub(MappingReader& options, const ActionContext& context) {
    auto known = read_known(options, context.diagnostics);
    const bool accepted = options.boolean("accept_residual_risk", false);
    if (!accepted) {
        options.error_at("accept_residual_risk",
                         "scrubbing cannot promise to find everything (misspelt names, nicknames, other people): free "
                         "text leaves only with accept_residual_risk: true");
    }
    if (!known || !accepted) {
        return {};
    }
    return {std::make_shared<ScrubAction>(std::move(*known), context.dates), {}};
}

}  // namespace tributary
