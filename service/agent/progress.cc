#include "service/agent/progress.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

#include "agent/platform/process.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

constexpr std::chrono::milliseconds redraw_every{250};

std::string line_for(const RunProgress& progress, std::uint64_t delivered, double seconds) {
    const auto read = progress.rows_read.load();
    const auto queued = progress.rows_queued.load();
    const auto chunks = progress.chunks_queued.load();
    const auto rate = seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(queued) / seconds) : 0;
    std::string line = progress_bar(delivered, chunks, 20);
    line += " " + with_commas(read) + " rows read, " + with_commas(queued) + " queued (" + with_commas(rate) + "/s), ";
    line += with_commas(delivered) + " of " + with_commas(chunks) + " chunks delivered";
    return line;
}

}  // namespace

std::string progress_bar(std::uint64_t part, std::uint64_t whole, std::size_t width) {
    const auto filled = whole == 0 ? 0 : std::min<std::uint64_t>(width, part * width / whole);
    return "[" + std::string(filled, '#') + std::string(width - filled, '-') + "]";
}

struct ProgressLine::Drawing {
    Drawing(const RunProgress& p, const std::atomic<std::uint64_t>& d, Log& l) : progress(p), delivered(d), log(l) {
        log.set_progress_line(true);
        thread = std::thread([this] { draw(); });
    }

    ~Drawing() {
        {
            const std::lock_guard lock(mutex);
            ended = true;
        }
        changed.notify_all();
        thread.join();
        std::cerr << "\r\x1b[K" << std::flush;
        log.set_progress_line(false);
    }

    void draw() {
        const auto start = std::chrono::steady_clock::now();
        std::unique_lock lock(mutex);
        while (!changed.wait_for(lock, redraw_every, [this] { return ended; })) {
            const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
            auto line = line_for(progress, delivered, elapsed.count());
            line.resize(std::min(line.size(), static_cast<std::size_t>(std::max(Terminal::columns() - 1, 10))));
            std::cerr << "\r\x1b[K" << line << std::flush;
        }
    }

    const RunProgress& progress;
    const std::atomic<std::uint64_t>& delivered;
    Log& log;
    std::mutex mutex;
    std::condition_variable changed;
    bool ended = false;
    std::thread thread;
};

ProgressLine::ProgressLine(const RunProgress& progress, const std::atomic<std::uint64_t>& delivered, Log& log) {
    if (Terminal::error_is_terminal()) {
        drawing_ = std::make_unique<Drawing>(progress, delivered, log);
    }
}

ProgressLine::~ProgressLine() = default;

}  // namespace tributary
