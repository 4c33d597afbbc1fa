#include "agent/keys/linkage_key.h"

#include <algorithm>
#include <utility>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::string_view word_rule = " is 1 to 64 letters, digits, '-', '_' or '.'";

bool is_word(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

void require_word(std::string_view text, std::string_view what) {
    if (!is_word(text)) {
        throw Error(ErrorCode::key, std::string(what).append(word_rule));
    }
}

LinkageKeyDescription checked(LinkageKeyDescription description) {
    require_word(description.id, "a linkage key's id");
    if (!description.region.empty()) {
        require_word(description.region, "a linkage key's region");
    }
    auto& domains = description.domains;
    if (domains.size() > LinkageKey::most_domains) {
        throw Error(ErrorCode::key, "a linkage key has at most 64 domains");
    }
    for (const auto& domain : domains) {
        require_word(domain, "each domain of a linkage key");
    }
    std::sort(domains.begin(), domains.end());
    domains.erase(std::unique(domains.begin(), domains.end()), domains.end());
    return description;
}

}  // namespace

LinkageKey::LinkageKey(LinkageKeyDescription description)
    : description_(checked(std::move(description))), bytes_(std::in_place) {}

LinkageKey::LinkageKey(LinkageKeyDescription description, const Bytes& bytes) : LinkageKey(std::move(description)) {
    *bytes_ = bytes;
}

LinkageKey LinkageKey::create(LinkageKeyDescription description) {
    LinkageKey key(std::move(description));
    fill_random(*key.bytes_);
    return key;
}

bool LinkageKey::allows_domain(std::string_view domain) const noexcept {
    return domains().empty() || std::find(domains().begin(), domains().end(), domain) != domains().end();
}

std::string LinkageKey::fingerprint() const {
    Sha256 digest;
    digest.update("tributary linkage key fingerprint v1");
    digest.update({reinterpret_cast<const char*>(bytes().data()), bytes().size()});
    return to_hex(digest.finish()).substr(0, 16);
}

void LinkageKeys::add(LinkageKey key) {
    auto id = key.id();
    if (!keys_.emplace(id, std::move(key)).second) {
        throw Error(ErrorCode::key, "there are two linkage keys with the id " + id);
    }
}

const LinkageKey* LinkageKeys::find(const std::string& id) const noexcept {
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : &found->second;
}

std::vector<std::string> LinkageKeys::ids() const {
    std::vector<std::string> ids;
    for (const auto& [id, key] : keys_) {
        ids.push_back(id);
    }
    return ids;
}

}  // namespace tributary
