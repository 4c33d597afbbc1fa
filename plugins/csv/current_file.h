#pragma once

#include <cstddef>
#include <string>

#include "plugins/csv/csv_source.h"

namespace tributary::csv {

/// The file that is being read.
struct CsvSource::Current {
    std::string name;
    FileStamp stamp;
    std::size_t stream = 0;
    FileReader reader;
    FileProgress progress{};  ///< after the last group handed out
    bool judged = false;      ///< its digest is known and it is to be read
    bool resumed = false;     ///< some of it was handed out before
    bool at_records = false;
    bool schema_sent = false;
    unsigned reported = 0;  ///< rejected rows named in the log
};

}  // namespace tributary::csv
