// Times each stage of the way from file to committed chunk on one thread, on the installation that tributary.yaml
// describes: main_path_stages TRIBUTARY_YAML Prints a line a stage: name, seconds, rows per second, MB per second of
// the stage's input.
#include <chrono>
#include <iomanip>
#include <iostream>

#include "agent/deidentify/egress_guard.h"
#include "agent/outbox/encoder.h"
#include "service/agent/installation.h"

namespace tributary {
namespace {

class Stage {
  public:
    explicit Stage(std::string name) : name_(std::move(name)) {}
    template <typename Work>
    auto time(std::size_t bytes, Work work) {
        const auto start = std::chrono::steady_clock::now();
        bytes_ += bytes;
        struct Adding {
            Stage& stage;
            std::chrono::steady_clock::time_point start;
            ~Adding() {
                stage.seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            }
        } const adding{*this, start};
        return work();
    }
    void add_bytes(std::size_t bytes) { bytes_ += bytes; }
    double seconds() const { return seconds_; }
    void print(double seconds, std::uint64_t rows) const {
        std::cout << std::left << std::setw(26) << name_ << std::right << std::fixed << std::setprecision(3)
                  << std::setw(8) << seconds << " s" << std::setprecision(2) << std::setw(9)
                  << static_cast<double>(rows) / seconds / 1e6 << " M rows/s" << std::setprecision(0) << std::setw(7)
                  << static_cast<double>(bytes_) / seconds / 1e6 << " MB/s\n";
    }

  private:
    std::string name_;
    double seconds_ = 0;
    std::size_t bytes_ = 0;
};

/// The same rows once more; a batch is used up by what it is applied to.
RecordBatch copy_of(const RecordBatch& batch) {
    std::vector<Column> columns;
    for (std::size_t i = 0; i < batch.schema().fields.size(); ++i) {
        columns.push_back(batch.column(i));
    }
    return {batch.shared_schema(), std::move(columns), batch.first_row(), batch.origin()};
}

/// The stream's policy less its opt-outs, and with every column exempt from the egress guard, so that known values are
/// not looked for.
std::shared_ptr<const CompiledPolicy> without_guard(const SourceConfiguration& source, const LinkageKeys& keys) {
    const auto& file = source.streams.front().policy;
    YamlNode document = parse_yaml_file(file.string());
    std::erase_if(document.entries, [](const auto& entry) { return entry.first.scalar == "opt_out"; });
    Diagnostics diagnostics;
    const auto policy = compile_policy(document, keys, system_files(), diagnostics);
    diagnostics.throw_if_errors();
    std::string guard = "guard: {allow: [";
    for (const auto& rule : policy->rules()) {
        for (const auto& output : rule.outputs) {
            guard += (guard.ends_with('[') ? "" : ", ") + output.name;
        }
    }
    const YamlNode exempt = parse_yaml(guard + "]}\n", file.string());
    document.entries.push_back(exempt.entries.front());
    auto unguarded = compile_policy(document, keys, system_files(), diagnostics);
    diagnostics.throw_if_errors();
    return unguarded;
}

int measure(const std::filesystem::path& file) {
    Diagnostics diagnostics;
    const auto installation = Installation::load(file, {}, system_files(), system_clock(), diagnostics);
    diagnostics.throw_if_errors();
    const auto& prepared = installation->sources().front();
    SourceHost host;
    host.stopping = [] { return false; };
    host.marked = [](std::string_view) { return false; };
    const auto source = installation->open(prepared, std::move(host));
    const auto& stream = prepared.streams.front();
    std::filesystem::create_directories(installation->configuration().data_folder);
    Outbox outbox(installation->configuration().data_folder / "stages.db", installation->configuration().site,
                  system_clock());
    const auto run = outbox.begin_run("stages");

    Stage read("read and parse");
    Stage deidentify("de-identify");
    Stage bare("de-identify, unguarded");
    Stage guard("egress guard's patterns");
    Stage encode("encode");
    Stage build("encode, hash, compress");
    Stage seal("seal");
    Stage commit("commit");
    std::uint64_t rows = 0;
    std::shared_ptr<const Deidentifier> deidentifier;
    const auto encoder = Encoder::create(stream.format);
    std::size_t encoded = 0;
    const EncodedPieces pieces = [&](const EncodedPiece& piece) { encoded += piece.bytes.size(); };
    const auto unguarded_policy = without_guard(*prepared.configuration, installation->keys());
    std::shared_ptr<const Deidentifier> unguarded;
    EgressGuard egress_guard;
    std::vector<HeldRow> held;
    std::size_t first_row = 0;
    ChunkBuilder builder(stream.format,
                         {installation->credentials()->encryption, installation->credentials()->site.certificate()});
    const auto cut = [&](const std::string& checkpoint) {
        OutboxCommit made;
        made.source = "stages";
        made.run = run;
        made.checkpoint = checkpoint;
        auto chunk = seal.time(builder.compressed_bound(),
                               [&] { return builder.finish(*stream.policy, run, system_clock().now()); });
        chunk.manifest.stream = stream.name;
        commit.add_bytes(chunk.sealed.size());
        made.chunks.push_back(std::move(chunk));
        commit.time(0, [&] { outbox.commit(made); });
    };
    source->start({});
    Group group;
    std::string checkpoint;
    while (true) {
        const auto result = read.time(0, [&] { return source->read(std::chrono::milliseconds(100), group); });
        if (result == Source::ReadResult::end) {
            break;
        }
        if (result != Source::ReadResult::group) {
            continue;
        }
        checkpoint = group.checkpoint;
        for (auto& item : group.batches) {
            const auto bytes = item.batch.byte_size();
            read.add_bytes(bytes);
            rows += item.batch.rows();
            if (!deidentifier) {
                deidentifier = std::make_shared<const Deidentifier>(stream.policy, item.batch.shared_schema(), 0,
                                                                    current_opt_outs(*stream.policy));
                unguarded = std::make_shared<const Deidentifier>(unguarded_policy, item.batch.shared_schema(), 0);
            }
            Quality quality;
            {
                Quality ignored;
                auto copy = copy_of(item.batch);
                bare.time(bytes, [&] { return unguarded->apply(std::move(copy), ignored); });
            }
            const auto batch =
                deidentify.time(bytes, [&] { return deidentifier->apply(std::move(item.batch), quality); });
            encoded = 0;
            encode.time(0, [&] { encoder->encode(batch, pieces); });
            encode.add_bytes(encoded);
            first_row = 0;
            const EncodedPieces checked = [&](const EncodedPiece& piece) {
                guard.time(piece.bytes.size(),
                           [&] { egress_guard.check(piece.bytes, piece.row_ends, batch, first_row, held); });
                first_row += piece.row_ends.size();
            };
            encoder->encode(batch, checked);
            build.time(encoded, [&] { builder.add(batch, quality); });
        }
        if (builder.compressed_bound() > ChunkBuilder::maximum_sealed_bytes / 2) {
            cut(checkpoint);
        }
    }
    if (!builder.empty()) {
        cut(checkpoint);
    }
    for (const auto* stage : {&read, &deidentify, &bare, &guard, &encode, &build, &seal, &commit}) {
        stage->print(stage->seconds(), rows);
    }
    std::cout << "of 'encode, hash, compress', all but " << std::setprecision(3) << encode.seconds()
              << " s is guarding, hashing and compressing\n";
    const double whole = read.seconds() + deidentify.seconds() + build.seconds() + seal.seconds() + commit.seconds();
    const double without = whole - guard.seconds() - (deidentify.seconds() - bare.seconds());
    std::cout << "guarded_path_ratio: " << std::setprecision(2) << whole / without << '\n';
    return 0;
}

}  // namespace
}  // namespace tributary

int main(int argc, char** argv) {
    try {
        if (argc != 2) {
            std::cerr << "usage: main_path_stages TRIBUTARY_YAML\n";
            return 2;
        }
        return tributary::measure(argv[1]);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
