#include "plugins/csv/csv_source.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "agent/platform/error.h"
#include "plugins/csv/current_file.h"
#include "plugins/csv/name_pattern.h"

namespace tributary::csv {

namespace {

/// How long a call may pass without a look at the stop flag.
constexpr std::chrono::milliseconds stop_interval{100};

/// What the system refused is the source being unavailable; the host tries again later.
template <typename Call>
auto translated(Call call) {
    try {
        return call();
    } catch (const Error& error) {
        throw sdk::Failure(error.code() == ErrorCode::internal ? TRIBUTARY_FAILED : TRIBUTARY_UNAVAILABLE,
                           error.what());
    }
}

void require_folder(FileSystem& files, const SourceOptions& options) {
    try {
        files.list(options.folder);
    } catch (const Error& error) {
        throw sdk::Failure(TRIBUTARY_CONFIGURATION,
                           std::string("files cannot be taken from the folder: ") + error.what(), "/folder");
    }
}

}  // namespace

CsvSource::CsvSource(sdk::Host host, SourceOptions options, FileSystem& files, Clock& clock)
    : host_(host),
      options_(std::move(options)),
      files_(files),
      clock_(clock),
      folder_(files, clock, options_, [this](TributaryLevel level, const std::string& text) { log(level, text); }),
      aftercare_(files, options_, [this](const std::string& text) { log(TRIBUTARY_LOG_WARNING, text); }) {
    require_folder(files, options_);
}

CsvSource::~CsvSource() = default;

void CsvSource::log(TributaryLevel level, std::string message) const {
    constexpr std::size_t nhs_number_digits = 10;
    const auto is_digit = [](char byte) { return byte >= '0' && byte <= '9'; };
    for (auto at = message.begin(); at != message.end();) {
        const auto first = std::find_if(at, message.end(), is_digit);
        at = std::find_if_not(first, message.end(), is_digit);
        if (at - first == nhs_number_digits) {
            std::fill(first, at, '#');
        }
    }
    host_.log(level, message);
}

bool CsvSource::schema(std::uint32_t stream, ArrowSchema& schema) {
    return translated([&] {
        if (stream >= options_.streams.size()) {
            throw sdk::Failure(TRIBUTARY_FAILED, "there is no stream of that number");
        }
        const auto& wanted = options_.streams[stream];
        if (!wanted.dialect.columns.empty()) {
            schema = sdk::utf8_schema(wanted.dialect.columns);
            return true;
        }
        for (const auto& name : files_.list(options_.folder)) {
            if (!is_passed_over(name) && fits(wanted.files, name) && read_schema(name, stream, schema)) {
                return true;
            }
        }
        return false;
    });
}

bool CsvSource::read_schema(const std::string& name, std::size_t stream, ArrowSchema& schema) {
    try {
        const auto path = folder_.path_of(name);
        const auto stamp = files_.stamp(path);
        if (!stamp.regular) {
            return false;
        }
        FileReader reader(files_, path, stamp, options_.streams[stream], options_.limits);
        while (!reader.read_header()) {
            if (host_.stopping()) {
                return false;
            }
        }
        if (reader.table().names().empty()) {
            return false;
        }
        schema = sdk::utf8_schema(reader.table().names());
        return true;
    } catch (const BadFile&) {
        return false;  // reading it will say why
    } catch (const Error&) {
        return false;
    }
}

void CsvSource::start(std::string_view checkpoint) {
    translated([&] {
        std::optional<Checkpoint> state = Checkpoint();
        if (!checkpoint.empty()) {
            state = decode_checkpoint(checkpoint);
        }
        if (!state) {
            throw sdk::Failure(TRIBUTARY_FAILED,
                               "the stored checkpoint is not one of this plugin's; was the source's plugin changed, or "
                               "is the plugin older than the agent's queue?");
        }
        current_.reset();
        aftercare_.forget();
        taken_in_run_.clear();
        marks_.clear();
        folder_.rewind();
        sequence_ = state->sequence;
        held_.restore(std::move(state->held));
        held_changed_ = false;
        if (state->file && state->file->next_row > 1) {
            hold(std::move(*state->file), HoldReason::interrupted, false);
            held_changed_ = false;  // it is as the checkpoint says
        }
        looked_since_last_file_ = false;
        first_look_of_run_ = true;
    });
}

sdk::Outcome CsvSource::read(std::chrono::milliseconds timeout, sdk::Group& group) {
    return translated([&] {
        const auto deadline = clock_.steady() + timeout;
        for (;;) {
            if (host_.stopping()) {
                return sdk::Outcome::stopped;
            }
            if (current_) {
                if (advance(group)) {
                    return sdk::Outcome::group;
                }
            } else if (begin_next()) {
                continue;
            } else if (held_changed_) {
                put_checkpoint(group);
                return sdk::Outcome::group;
            } else if (!folder_.waiting()) {
                return sdk::Outcome::end;
            } else if (!wait(deadline)) {
                return sdk::Outcome::nothing;
            }
            if (clock_.steady() >= deadline) {
                return sdk::Outcome::nothing;
            }
        }
    });
}

bool CsvSource::wait(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock_.steady());
    if (left.count() <= 0) {
        return false;
    }
    std::mutex mutex;
    std::condition_variable nobody_notifies;
    std::unique_lock lock(mutex);
    clock_.wait_for(nobody_notifies, lock, std::min(left, stop_interval), [] { return false; });
    return true;
}

void CsvSource::commit(std::string_view checkpoint) {
    translated([&] {
        const auto state = decode_checkpoint(checkpoint);
        if (!state || state->sequence > sequence_) {
            throw sdk::Failure(TRIBUTARY_FAILED, "the agent commits a checkpoint that this source did not hand out");
        }
        aftercare_.committed(state->sequence, [this](const std::string& name) {
            if (const auto file = folder_.find(name);
                file != folder_.end() && file->second.verdict == Verdict::handed_out) {
                file->second.verdict = Verdict::taken;
            }
        });
    });
}

void CsvSource::look() {
    folder_.look();
    looked_since_last_file_ = true;
    note_absence();
    if (std::exchange(first_look_of_run_, false)) {
        for (const auto& [name, file] : folder_.files()) {
            if (file.verdict == Verdict::taken) {
                aftercare_.tidy(name, file.stamp);  // what failed before may go now
            }
        }
    }
}

void CsvSource::note_absence() {
    for (auto& held : held_.all()) {
        if (held.gone || folder_.find(held.progress.name) != folder_.end()) {
            continue;
        }
        held.gone = true;
        held_changed_ = true;
        const auto queued = std::to_string(held.progress.queued());
        if (held.reason == HoldReason::interrupted) {
            held.reason = HoldReason::changed;
            log(TRIBUTARY_LOG_ERROR, "'" + held.progress.name + "' was read in part and is not there any more; " +
                                         queued +
                                         " rows of it are queued. Put the same file back to have the rest taken");
        } else {
            log(TRIBUTARY_LOG_INFO, "'" + held.progress.name + "' was on hold and has been removed; " + queued +
                                        " rows of it are queued, the rest is given up unless the same file comes back");
        }
    }
}

CsvSource::Watched CsvSource::interrupted_file() {
    for (const auto& held : held_.all()) {
        if (held.reason == HoldReason::interrupted && !held.gone) {
            const auto file = folder_.find(held.progress.name);
            if (file != folder_.end() && file->second.verdict == Verdict::open) {
                return file;
            }
        }
    }
    return folder_.end();
}

bool CsvSource::begin_next() {
    if (first_look_of_run_) {
        look();
    }
    auto file = interrupted_file();
    if (file == folder_.end()) {
        file = folder_.ready();
    }
    if (file == folder_.end() && (!looked_since_last_file_ || folder_.due_for_look())) {
        look();
        file = folder_.ready();
    }
    if (file == folder_.end()) {
        return false;
    }
    open(file->first, file->second);
    return true;
}

void CsvSource::put_checkpoint(sdk::Group& group) {
    Checkpoint state;
    state.sequence = ++sequence_;
    if (current_) {
        state.file = current_->progress;
    }
    state.held = held_.all();
    for (auto& mark : marks_) {
        group.marks.push_back(std::move(mark));
    }
    marks_.clear();
    held_changed_ = false;
    group.checkpoint = encode(state);
}

}  // namespace tributary::csv
