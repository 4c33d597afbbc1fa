#pragma once

#include <string>
#include <string_view>

namespace tributary {

/// A name from a file as it stands in a message: in single quotes, control characters escaped (so that it cannot forge
/// a line), and cut off if it is very long. For agent/config.
std::string quoted_text(std::string_view text);

}  // namespace tributary
