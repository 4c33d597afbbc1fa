#pragma once

#include <cstdint>

/// The sender's side of the listener plugin, found in its library by this name. Gives the listener a record and waits
/// until the agent has committed it: 1 if it is committed, 0 if there is no listener or it closed before (send it
/// again).
using TributaryListenerPush = int (*)(const char* sender, std::uint64_t number, const char* text);
#define TRIBUTARY_LISTENER_PUSH "tributary_listener_push"
