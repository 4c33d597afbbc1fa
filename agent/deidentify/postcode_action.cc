#include "agent/deidentify/postcode_action.h"

#include "agent/deidentify/postcode.h"
#include "agent/deidentify/text_action.h"

namespace tributary {
namespace {

constexpr std::string_view postcode_reasons[] = {"not_a_postcode", "pseudo_postcode"};

Outcome outcome_of(PostcodeFault fault) noexcept {
    switch (fault) {
        case PostcodeFault::none:
            return outcome::filled;
        case PostcodeFault::empty:
            return outcome::empty;
        case PostcodeFault::not_a_postcode:
            break;
        case PostcodeFault::pseudo_postcode:
            return outcome::first_reason + 1;
    }
    return outcome::first_reason;
}

class PostcodeAction final : public TextAction {
  public:
    explicit PostcodeAction(PostcodePrecision precision) : precision_(precision) {}

    std::string_view name() const noexcept override { return "postcode"; }
    std::span<const std::string_view> reasons() const noexcept override { return postcode_reasons; }

    std::vector<Column> apply(const Column& input, std::span<Outcome> outcomes) const override {
        return transform_text(input.as_text(), outcomes, input.length() * ReducedPostcode{}.characters.size(),
                              [this](std::string_view value, TextBuilder& output) {
                                  const auto reduced = reduce_postcode(value, precision_);
                                  if (reduced.fault == PostcodeFault::none) {
                                      output.append(reduced.text());
                                  }
                                  return outcome_of(reduced.fault);
                              });
    }

  private:
    PostcodePrecision precision_;
};

}  // namespace

CompiledAction compile_postcode(MappingReader& options, const ActionContext&) {
    const auto precision = required_choice(options, "precision", {"outward", "sector"});
    if (!precision) {
        return {};
    }
    return {std::make_shared<PostcodeAction>(*precision == "sector" ? PostcodePrecision::sector
                                                                    : PostcodePrecision::outward),
            {}};
}

}  // namespace tributary
