#pragma once

#include <string_view>

namespace tributary {

/// The files of config/ as they were when the program was built.
std::string_view example_configuration() noexcept;
std::string_view example_policy() noexcept;
std::string_view configuration_schema() noexcept;
std::string_view policy_schema() noexcept;

}  // namespace tributary
