#include "agent/deidentify/action_table.h"

#include <algorithm>
#include <utility>

#include "agent/deidentify/age_action.h"
#include "agent/deidentify/clk_action.h"
#include "agent/deidentify/date_action.h"
#include "agent/deidentify/date_shift_action.h"
#include "agent/deidentify/encrypt_action.h"
#include "agent/deidentify/keep_action.h"
#include "agent/deidentify/map_action.h"
#include "agent/deidentify/number_action.h"
#include "agent/deidentify/openpseudonymiser_action.h"
#include "agent/deidentify/postcode_action.h"
#include "agent/deidentify/pseudonym_action.h"
#include "agent/deidentify/scrub_action.h"
#include "agent/deidentify/truncate_action.h"

namespace tributary {
namespace {

constexpr std::pair<std::string_view, CompileAction> actions[] = {
    {"age", compile_age},
    {"clk", compile_clk},
    {"date", compile_date},
    {"date_shift", compile_date_shift},
    {"drop", nullptr},
    {"encrypt", compile_encrypt},
    {"keep", compile_keep},
    {"map", compile_map},
    {"number", compile_number},
    {"openpseudonymiser", compile_openpseudonymiser},
    {"postcode", compile_postcode},
    {"pseudonym", compile_pseudonym},
    {"scrub", compile_scrub},
    {"truncate", compile_truncate},
};

}  // namespace

CompileAction find_action(std::string_view name) noexcept {
    for (const auto& [known, compile] : actions) {
        if (known == name) {
            return compile;
        }
    }
    return nullptr;
}

std::vector<std::string> action_names() {
    std::vector<std::string> names;
    for (const auto& [name, compile] : actions) {
        names.emplace_back(name);
    }
    return names;
}

std::optional<std::string> required_choice(MappingReader& options, std::string_view key,
                                           const std::vector<std::string>& choices) {
    if (options.required_node(key) == nullptr) {
        return std::nullopt;
    }
    auto chosen = options.choice(key, choices, "");
    return chosen.empty() ? std::nullopt : std::optional(std::move(chosen));
}

}  // namespace tributary
