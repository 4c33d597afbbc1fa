#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "plugins/csv/csv_source.h"
#include "plugins/csv/options.h"
#include "plugins/sdk/plugin.h"

namespace tributary::csv {

namespace {

struct CsvPlugin {
    static const sdk::Description& description() {
        static const sdk::Description texts{"csv", TRIBUTARY_CSV_VERSION, source_options_schema(),
                                            stream_options_schema()};
        return texts;
    }
    static std::unique_ptr<sdk::SourceBase> open(sdk::Host host, std::string_view options,
                                                 const std::vector<sdk::Stream>& streams) {
        return std::make_unique<CsvSource>(host, read_options(options, streams, host.base_folder()), system_files(),
                                           system_clock());
    }
};

}  // namespace

}  // namespace tributary::csv

TRIBUTARY_DEFINE_PLUGIN(tributary::csv::CsvPlugin)
