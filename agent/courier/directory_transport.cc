#include "agent/courier/directory_transport.h"

#include <utility>

#include "agent/keys/certificate.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

constexpr std::uint64_t longest_receipt = 64U << 10U;
constexpr std::uint64_t longest_refusal = 4U << 10U;
constexpr std::chrono::seconds look_again{10};

Answer handed_over() {
    Answer answer;
    answer.kind = Answer::Kind::handed_over;
    answer.retry_after = look_again;
    answer.message = "handed over; its receipt has not come yet";
    return answer;
}

/// A folder that does not work is to the courier what a connection is that breaks.
template <typename Do>
auto reach(const std::filesystem::path& directory, FileSystem& files, Do work) {
    try {
        if (!files.exists(directory)) {
            throw Error(ErrorCode::network,
                        "the directory " + directory.string() + " is not there; is the share mounted?");
        }
        return work();
    } catch (const Error& error) {
        switch (error.code()) {
            case ErrorCode::storage:
            case ErrorCode::permission:
            case ErrorCode::not_found:
            case ErrorCode::limit:
                throw Error(ErrorCode::network, error.what());
            default:
                throw;
        }
    }
}

}  // namespace

DirectoryTransport::DirectoryTransport(DirectoryTransportConfiguration configuration, FileSystem& files)
    : configuration_(std::move(configuration)), files_(files) {}

std::filesystem::path DirectoryTransport::place(const char* folder, const std::string& name) const {
    return SharedDirectory::of_site(configuration_.directory, configuration_.site) / folder / name;
}

void DirectoryTransport::put(const std::filesystem::path& file, std::string_view bytes) {
    files_.create_folders(file.parent_path());
    write_file_durably(files_, file, bytes);
}

/// Without it nobody there knows who has signed.
void DirectoryTransport::put_certificate() {
    const auto file =
        SharedDirectory::of_site(configuration_.directory, configuration_.site) / SharedDirectory::certificate;
    const auto text = read_file(files_, configuration_.certificate, longest_pem);
    if (!files_.exists(file) || read_file(files_, file, longest_pem) != text) {
        put(file, text);
    }
}

std::optional<Answer> DirectoryTransport::answered(const std::string& id) {
    Answer answer;
    if (const auto receipt = place(SharedDirectory::receipts, id + ".jws"); files_.exists(receipt)) {
        answer.kind = Answer::Kind::receipt;
        answer.receipt = read_file(files_, receipt, longest_receipt);
        return answer;
    }
    if (const auto refusal = place(SharedDirectory::refused, id + ".txt"); files_.exists(refusal)) {
        answer.kind = Answer::Kind::later;
        answer.message = "the repository did not take it: " + clean_text(read_file(files_, refusal, longest_refusal));
        files_.remove(refusal);  // the next attempt hands it over again
        return answer;
    }
    return std::nullopt;
}

Answer DirectoryTransport::announce(const std::string& chunk_id, const std::string& manifest_jws) {
    return reach(configuration_.directory, files_, [&] {
        if (auto answer = answered(chunk_id)) {
            return *std::move(answer);
        }
        if (files_.exists(place(SharedDirectory::chunks, chunk_id + ".jws"))) {
            return handed_over();
        }
        announced_ = chunk_id;
        manifest_ = manifest_jws;
        Answer answer;
        answer.kind = Answer::Kind::partial;
        return answer;
    });
}

Answer DirectoryTransport::send(const std::string& chunk_id, std::uint64_t offset, std::string_view bytes,
                                const std::function<bool()>& stop) {
    if (chunk_id != announced_ || offset != 0) {
        throw Error(ErrorCode::internal, "a chunk is sent that was not announced before");
    }
    if (stop()) {
        throw Error(ErrorCode::stopped, "stopped before the chunk was handed over");
    }
    return reach(configuration_.directory, files_, [&] {
        put_certificate();
        put(place(SharedDirectory::chunks, chunk_id + ".cms"), bytes);
        put(place(SharedDirectory::chunks, chunk_id + ".jws"), manifest_);
        return handed_over();
    });
}

Answer DirectoryTransport::close_run(const std::string& run, const std::string& run_manifest_jws) {
    return reach(configuration_.directory, files_, [&] {
        if (auto answer = answered(run)) {
            return *std::move(answer);
        }
        if (const auto file = place(SharedDirectory::runs, run + ".jws"); !files_.exists(file)) {
            put_certificate();
            put(file, run_manifest_jws);
        }
        return handed_over();
    });
}

void DirectoryTransport::forget_receipt(const std::string& id) {
    try {
        files_.remove(place(SharedDirectory::receipts, id + ".jws"));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::storage &&
            error.code() != ErrorCode::permission) {
            throw;
        }
        return;  // a receipt that stays is read by nobody any more
    }
}

}  // namespace tributary
