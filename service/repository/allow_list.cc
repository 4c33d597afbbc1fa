#include "service/repository/allow_list.h"

#include "agent/config/yaml_node.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::size_t largest_file = 16U << 20U;

}  // namespace

AllowList::AllowList(FileSystem& files, std::filesystem::path file) : files_(files), file_(std::move(file)) {
    if (!file_.empty()) {
        read();
    }
}

std::string AllowList::why_not(const std::string& site, const std::string& stream) {
    if (file_.empty()) {
        return "";
    }
    const std::lock_guard lock(mutex_);
    read();
    const auto found = sites_.find(site);
    if (found == sites_.end()) {
        return "site " + site + " is not among those that may deliver here";
    }
    if (found->second && !found->second->contains(stream)) {
        return "site " + site + " may not deliver a stream " + stream + " here";
    }
    return "";
}

/// If the file is not the one that was read.
void AllowList::read() {
    const FileStamp stamp = files_.stamp(file_);
    if (stamp_ && *stamp_ == stamp) {
        return;
    }
    stamp_.reset();
    const YamlNode document = parse_yaml(read_file(files_, file_, largest_file), file_.string());
    Diagnostics diagnostics;
    MappingReader mapping(document, "the list of sites", diagnostics);
    std::map<std::string, Streams> sites;
    if (const YamlNode* const listed = mapping.required_node("sites"); listed != nullptr) {
        if (!listed->is_mapping()) {
            diagnostics.error(listed->location,
                              "'sites' must be a mapping from each site's ODS code to its streams: "
                              "RVW: [admissions], or RVW: all");
        }
        MappingReader reader(*listed, "'sites'", diagnostics);
        for (const auto& [name, streams] : listed->entries) {
            if (!is_site(name.scalar)) {
                diagnostics.error(name.location, "a site is its ODS code: 2 to 12 capital letters and digits");
            }
            if (streams.is_scalar() && streams.scalar == "all") {
                reader.node(name.scalar);
                sites[name.scalar] = std::nullopt;
                continue;
            }
            std::set<std::string> names;
            for (const std::string& stream : reader.texts(name.scalar)) {
                if (!is_stream(stream)) {
                    diagnostics.error(streams.location,
                                      "a stream's name is a small letter, then small letters, digits and underscores");
                }
                names.insert(stream);
            }
            sites[name.scalar] = std::move(names);
        }
    }
    mapping.finish();
    diagnostics.throw_if_errors();
    sites_ = std::move(sites);
    stamp_ = stamp;
}

}  // namespace tributary
