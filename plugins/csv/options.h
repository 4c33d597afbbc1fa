#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/csv/dialect.h"
#include "plugins/csv/table_reader.h"
#include "plugins/sdk/plugin.h"

namespace tributary::csv {

enum class Afterwards { move, erase, leave };

struct StreamOptions {
    std::string name;
    std::string files;  ///< pattern, see name_pattern.h
    Dialect dialect;
};

struct SourceOptions {
    std::filesystem::path folder;
    std::chrono::milliseconds settle{5000};
    Afterwards afterwards = Afterwards::move;
    std::filesystem::path moved_to;
    std::string done_file;  ///< suffix; empty: files are taken when they have settled
    ReadLimits limits;
    std::vector<StreamOptions> streams;
};

/// From the JSON that the host passes; throws sdk::Failure(TRIBUTARY_CONFIGURATION) with a JSON Pointer: "/settle", or
/// "/streams/NAME/delimiter" for what a stream sets.
SourceOptions read_options(std::string_view options, const std::vector<sdk::Stream>& streams,
                           const std::string& base_folder);

/// The JSON Schemas of what read_options takes.
std::string source_options_schema();
std::string stream_options_schema();

std::filesystem::path path_from_utf8(std::string_view text);
/// For messages.
std::string to_utf8(const std::filesystem::path& path);

}  // namespace tributary::csv
