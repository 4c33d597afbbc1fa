#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/yaml_node.h"
#include "agent/deidentify/action.h"
#include "agent/deidentify/date_reader.h"
#include "agent/keys/linkage_key.h"

namespace tributary {

/// What an action's options may refer to.
struct ActionContext {
    const LinkageKeys& keys;
    std::shared_ptr<const DateReader> dates;  ///< never nullptr
    Diagnostics& diagnostics;
};

/// How a pseudonym comes about, without its column's name.
struct PseudonymOrigin {
    std::string type;
    std::string key_id;
    std::uint32_t epoch = 0;
    std::string domain;
};

/// `action` is nullptr if the options are wrong, which was then reported.
struct CompiledAction {
    std::shared_ptr<const Action> action;
    std::optional<PseudonymOrigin> pseudonym;
};

/// Reads the options of one action. The caller reports those that were not asked for.
using CompileAction = CompiledAction (*)(MappingReader& options, const ActionContext& context);

/// The compiler of an action by its name in policies; nullptr if there is none. "drop" is not among them: it has no
/// output.
CompileAction find_action(std::string_view name) noexcept;

/// All names, "drop" too, in alphabetical order.
std::vector<std::string> action_names();

/// One of the names, which must be given; nothing if it is not, which was then reported.
std::optional<std::string> required_choice(MappingReader& options, std::string_view key,
                                           const std::vector<std::string>& choices);

}  // namespace tributary
