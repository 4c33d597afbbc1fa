// A source plugin for tests whose records trickle in: the lines of a file that grows, one after the other, with pauses
// between. The place in the file is the checkpoint; at its end the run ends.

#include <fstream>
#include <string>

#include "plugins/sdk/arrow_builder.h"
#include "plugins/sdk/plugin.h"

namespace tributary::sdk {

namespace {

constexpr unsigned lines_between_pauses = 3;

class Trickle final : public SourceBase {
  public:
    explicit Trickle(std::string file) : file_(std::move(file)) {}

    bool schema(std::uint32_t, ArrowSchema& schema) override {
        schema = utf8_schema({"spell", "nhs_number"});
        return true;
    }

    void start(std::string_view checkpoint) override {
        place_ = checkpoint.empty() ? 0 : std::stoull(std::string(checkpoint));
        lines_ = 0;
        schema_sent_ = false;
    }

    Outcome read(std::chrono::milliseconds, Group& group) override {
        if (++lines_ % lines_between_pauses == 0) {
            return Outcome::nothing;
        }
        std::ifstream stream(file_, std::ios::binary);
        if (!stream) {
            throw Failure(TRIBUTARY_FAILED, "the file is not there");
        }
        stream.seekg(static_cast<std::streamoff>(place_));
        std::string line;
        do {  // lines of blanks have been taken out
            if (!std::getline(stream, line) || stream.eof()) {
                return Outcome::end;  // the last line may be half there
            }
            place_ += line.size() + 1;
        } while (line.find_first_not_of(' ') == std::string::npos);
        const auto comma = line.find(',');
        if (comma == std::string::npos) {
            throw Failure(TRIBUTARY_FAILED, "a line without a comma");
        }
        Utf8BatchBuilder builder(2, 1);
        builder.put(0, std::string_view(line).substr(0, comma));
        builder.put(1, std::string_view(line).substr(comma + 1));
        builder.finish_row();
        Batch batch;
        batch.first_row = 1;
        batch.origin = "trickle";
        batch.array = builder.finish();
        if (!schema_sent_) {
            batch.schema = utf8_schema({"spell", "nhs_number"});
            schema_sent_ = true;
        }
        group.batches.push_back(std::move(batch));
        group.checkpoint = std::to_string(place_);
        return Outcome::group;
    }

    void commit(std::string_view) override {}

  private:
    std::string file_;
    std::uint64_t place_ = 0;
    unsigned lines_ = 0;
    bool schema_sent_ = false;
};

struct TricklePlugin {
    static const Description& description() {
        static const Description texts{
            "trickle", "0.1.0",
            R"({"type": "object", "additionalProperties": false, "required": ["file"], "properties": {"file": {"type": "string"}}})",
            R"({"type": "object", "additionalProperties": false})"};
        return texts;
    }
    static std::unique_ptr<SourceBase> open(Host host, std::string_view options, const std::vector<Stream>& streams) {
        constexpr std::string_view before = R"({"file":")";
        if (streams.size() != 1 || !options.starts_with(before)) {
            throw Failure(TRIBUTARY_CONFIGURATION, "a file and one stream are needed", "");
        }
        const auto name = options.substr(before.size(), options.find('"', before.size()) - before.size());
        return std::make_unique<Trickle>(host.base_folder() + "/" + std::string(name));
    }
};

}  // namespace

}  // namespace tributary::sdk

TRIBUTARY_DEFINE_PLUGIN(tributary::sdk::TricklePlugin)
