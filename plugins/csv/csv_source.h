#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "plugins/csv/aftercare.h"
#include "plugins/csv/checkpoint.h"
#include "plugins/csv/drop_folder.h"
#include "plugins/csv/file_reader.h"
#include "plugins/csv/held_files.h"
#include "plugins/csv/options.h"
#include "plugins/sdk/plugin.h"

namespace tributary::csv {

/// Reads the files of a drop folder, one at a time, in the order of their names. What is promised:
/// - No content is taken twice: the last group of a file carries its digest as a mark.
/// - A file is read from beginning to end in one state. If it changes or goes away on the way, it is put on hold: its
/// rest
///   is taken when the same content is there again, under whatever name, and another content under its name is not
///   taken until the file was removed.
/// - A file that cannot be read does not hold up the others.
/// - Files are moved or deleted only after commit.
class CsvSource final : public sdk::SourceBase {
  public:
    /// Throws sdk::Failure if the folder is not there.
    CsvSource(sdk::Host host, SourceOptions options, FileSystem& files, Clock& clock);
    ~CsvSource() override;

    bool schema(std::uint32_t stream, ArrowSchema& schema) override;
    void start(std::string_view checkpoint) override;
    sdk::Outcome read(std::chrono::milliseconds timeout, sdk::Group& group) override;
    void commit(std::string_view checkpoint) override;

  private:
    struct Current;
    using Watched = DropFolder::Files::iterator;

    bool begin_next();
    void look();
    void note_absence();
    Watched interrupted_file();
    void open(const std::string& name, const WatchedFile& file);
    bool advance(sdk::Group& group);
    bool advance_unguarded(sdk::Group& group);
    void judge();
    void already_taken();
    bool held_back();
    bool resume_table();
    bool hand_out(Piece& piece, sdk::Group& group);
    void complete(sdk::Group& group);
    bool unchanged();
    void stop_reading(FileReader::Change change);
    void unreadable(const std::string& why);
    void hold(FileProgress progress, HoldReason reason, bool gone);
    void finish(Verdict verdict);
    void put_checkpoint(sdk::Group& group);
    void report_rejected(const Piece& piece);
    bool wait(std::chrono::steady_clock::time_point deadline);
    bool read_schema(const std::string& name, std::size_t stream, ArrowSchema& schema);

    /// Ten digits in a row, in the name of a file, may be somebody's NHS number: they are not shown.
    void log(TributaryLevel level, std::string message) const;

    sdk::Host host_;
    SourceOptions options_;
    FileSystem& files_;
    Clock& clock_;
    DropFolder folder_;
    Aftercare aftercare_;
    HeldFiles held_;
    std::unique_ptr<Current> current_;
    std::set<Digest> taken_in_run_;  // handed out whole, perhaps not committed
    std::vector<Digest> marks_;      // for the next group: what was given up
    std::uint64_t sequence_ = 0;     // of the last group
    bool held_changed_ = false;      // and no group has said so
    bool looked_since_last_file_ = false;
    bool first_look_of_run_ = true;
};

}  // namespace tributary::csv
