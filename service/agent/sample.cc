#include "service/agent/sample.h"

#include <iostream>

#include "agent/platform/process.h"

namespace tributary {

void read_sample(const Installation& installation, const PreparedSource& prepared, std::uint32_t stream,
                 const std::function<bool(RecordBatch)>& visit) {
    constexpr std::chrono::seconds longest_wait{30};
    SourceHost host;
    host.log = [](TributaryLevel level, std::string_view message) {
        if (level <= TRIBUTARY_LOG_WARNING) {
            std::cerr << message << '\n';
        }
    };
    host.stopping = StopSignal::requested;
    host.marked = [](std::string_view) { return false; };
    const auto source = installation.open(prepared, std::move(host));
    source->start({});
    const auto until = system_clock().steady() + longest_wait;
    Group group;
    while (system_clock().steady() < until) {
        const auto result = source->read(std::chrono::milliseconds(200), group);
        if (result == Source::ReadResult::end || result == Source::ReadResult::stopped) {
            return;
        }
        if (result != Source::ReadResult::group) {
            continue;
        }
        for (auto& item : group.batches) {
            if (item.stream == stream && item.batch.rows() > 0 && !visit(std::move(item.batch))) {
                return;
            }
        }
    }
}

}  // namespace tributary
