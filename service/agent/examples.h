#pragma once

#include <string_view>

namespace tributary {

/// config/tributary.yaml and config/policies/admissions.yaml as they were when the program was built.
std::string_view example_configuration() noexcept;
std::string_view example_policy() noexcept;

}  // namespace tributary
