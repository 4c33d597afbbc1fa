#include "agent/deidentify/postcode_action.h"

#include <utility>

#include "agent/deidentify/postcode.h"
#include "agent/deidentify/postcode_table.h"
#include "agent/deidentify/text_action.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::string_view postcode_reasons[] = {"not_a_postcode", "pseudo_postcode"};
constexpr std::string_view lookup_reasons[] = {"not_a_postcode", "pseudo_postcode", "not_in_table"};
constexpr Outcome not_in_table = outcome::first_reason + 2;

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

    std::string describe() const override {
        return precision_ == PostcodePrecision::sector ? "postcode sector only (LS1 4)" : "outward postcode only (LS1)";
    }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        return transform_text(input.column.as_text(), outcomes,
                              input.column.length() * ReducedPostcode{}.characters.size(),
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

/// The area of a postcode by a local table.
class PostcodeLookupAction final : public TextAction {
  public:
    PostcodeLookupAction(std::shared_ptr<const PostcodeTable> table, std::string area)
        : table_(std::move(table)), area_(std::move(area)) {}

    std::string_view name() const noexcept override { return "postcode"; }
    std::span<const std::string_view> reasons() const noexcept override { return lookup_reasons; }
    std::string describe() const override { return "replaced by the area (" + area_ + ") that a table gives for it"; }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        constexpr std::size_t usual_code = 9;  // E01000001
        return transform_text(input.column.as_text(), outcomes, input.column.length() * usual_code,
                              [this](std::string_view value, TextBuilder& output) {
                                  const auto postcode = read_postcode(value);
                                  if (postcode.fault != PostcodeFault::none || !postcode.whole()) {
                                      return outcome_of(postcode.fault == PostcodeFault::none
                                                            ? PostcodeFault::not_a_postcode
                                                            : postcode.fault);
                                  }
                                  const auto area = table_->find(postcode.text());
                                  if (area.empty()) {
                                      return not_in_table;
                                  }
                                  output.append(area);
                                  return outcome::filled;
                              });
    }

  private:
    std::shared_ptr<const PostcodeTable> table_;
    std::string area_;
};

CompiledAction compile_lookup(MappingReader& options, const ActionContext& context) {
    const std::string table = options.required_text("table");
    const std::string from = options.required_text("from");
    const std::string to = options.required_text("to");
    if (table.empty() || from.empty() || to.empty()) {
        return {};
    }
    try {
        auto loaded = PostcodeTable::load(context.files, context.folder / table, from, to);
        context.read.insert_or_assign(table, loaded->digest());
        return {std::make_shared<PostcodeLookupAction>(std::move(loaded), to), {}};
    } catch (const Error& error) {
        options.error_at("table", std::string("the table cannot be used: ") + error.what());
        return {};
    }
}

}  // namespace

CompiledAction compile_postcode(MappingReader& options, const ActionContext& context) {
    const auto precision = required_choice(options, "precision", {"outward", "sector", "lookup"});
    if (!precision) {
        return {};
    }
    if (*precision == "lookup") {
        return compile_lookup(options, context);
    }
    return {std::make_shared<PostcodeAction>(*precision == "sector" ? PostcodePrecision::sector
                                                                    : PostcodePrecision::outward),
            {}};
}

}  // namespace tributary
