#include "agent/deidentify/date_reader.h"

#include <string>

#include "agent/platform/error.h"

namespace tributary {

DateReader DateReader::iso() {
    std::vector<DateFormat> formats;
    for (const std::string_view pattern :
         {"yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm"}) {
        std::string fault;
        auto format = DateFormat::compile(pattern, fault);
        if (!format) {
            throw Error(ErrorCode::internal, "a built-in date format " + fault);
        }
        formats.push_back(std::move(*format));
    }
    return DateReader(std::move(formats));
}

}  // namespace tributary
