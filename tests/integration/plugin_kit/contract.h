#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "agent/source/source.h"

namespace tributary::plugin_kit {

/// Options that the plugin must refuse with TRIBUTARY_CONFIGURATION, pointing at `pointer`.
struct BadOptions {
    std::string options;
    std::vector<SourceStream> streams;
    std::string pointer;
};

/// A plugin and what is known of the source that it is to read.
struct Subject {
    std::filesystem::path library;
    std::string name;
    std::string base_folder;
    std::string options;
    std::vector<SourceStream> streams;
    std::vector<BadOptions> bad_options;

    /// Brings the source system into the state before the first run; called before each pass over it. finish is called
    /// after it.
    std::function<void()> prepare = [] {};
    std::function<void()> finish = [] {};

    /// All rows of a pass, as "stream:value|value" (~ is null).
    std::vector<std::string> rows;
    bool ordered = true;       ///< each stream's rows come in this order; else in any
    bool ends = true;          ///< the source says END; else a pass is over when all rows are there
    bool schema_known = true;  ///< before reading, once prepare was called
    /// Parts of values that must not stand in any log line or error.
    std::vector<std::string> secrets;
};

/// Drives the plugin through the whole of tributary_plugin.h, as no well-meaning agent would: refused hosts and
/// options, close at any moment, stop, time-outs, commits that skip, a restart after every group with what was not
/// committed lost, Arrow structures that outlive their source. Returns the faults found, a line each. Run it under
/// AddressSanitizer to see leaks.
std::vector<std::string> check_contract(const Subject& subject);

}  // namespace tributary::plugin_kit
