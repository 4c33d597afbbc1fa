#include "tests/integration/plugin_kit/session.h"

#include <utility>

namespace tributary::plugin_kit {

namespace {

std::string row_text(const RecordBatch& batch, std::size_t row) {
    std::string text;
    for (std::size_t i = 0; i < batch.schema().fields.size(); ++i) {
        const auto column = batch.column(i).as_text();
        text += (i == 0 ? "" : "|") + (column.is_null(row) ? std::string("~") : std::string(column.text(row)));
    }
    return text;
}

}  // namespace

Session::Session(const Subject& subject, std::shared_ptr<const Plugin> plugin, Durable& durable, KitLog& log)
    : subject_(subject), durable_(durable) {
    SourceHost host;
    host.base_folder = subject.base_folder;
    host.log = [&log](TributaryLevel, std::string_view message) {
        const std::lock_guard lock(log.mutex);
        log.lines.emplace_back(message);
    };
    host.stopping = [this] { return stop.load(); };
    host.marked = [&durable](std::string_view mark) {
        const std::lock_guard lock(durable.mutex);
        return durable.marks.count(std::string(mark)) > 0;
    };
    source_ = std::make_unique<Source>(std::move(plugin), std::move(host), subject.options, subject.streams);
}

Source::ReadResult Session::read(std::chrono::milliseconds timeout) {
    Group group;
    const auto result = source_->read(timeout, group);
    if (result != Source::ReadResult::group) {
        return result;
    }
    ++groups_;
    Pending pending{group.checkpoint, group.marks, {}};
    for (const auto& item : group.batches) {
        for (std::size_t row = 0; row < item.batch.rows(); ++row) {
            pending.rows.push_back(subject_.streams.at(item.stream).name + ":" + row_text(item.batch, row));
        }
        rows_ += item.batch.rows();
    }
    pending_.push_back(std::move(pending));
    return result;
}

void Session::make_durable(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        auto& next = pending_.at(i);
        const std::lock_guard lock(durable_.mutex);
        durable_.checkpoint = next.checkpoint;
        durable_.marks.insert(next.marks.begin(), next.marks.end());
        durable_.rows.insert(durable_.rows.end(), next.rows.begin(), next.rows.end());
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
}

void Session::commit(std::size_t count) {
    make_durable(count);
    source_->commit(durable_.checkpoint);
}

}  // namespace tributary::plugin_kit
