#include "agent/deidentify/encrypt_action.h"

#include <utility>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/derived_key.h"
#include "agent/deidentify/key_options.h"
#include "agent/deidentify/text_action.h"
#include "agent/keys/base32.h"

namespace tributary {
namespace {

class EncryptAction final : public TextAction {
  public:
    explicit EncryptAction(Siv cipher) : cipher_(std::move(cipher)) {}

    std::string_view name() const noexcept override { return "encrypt"; }
    std::span<const std::string_view> reasons() const noexcept override { return {}; }
    bool makes_codes() const noexcept override { return true; }
    std::string describe() const override { return "encrypted; only this site can open it again, with a reason"; }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        const Column text = input.column.as_text();
        Siv cipher = cipher_;  // one thread's own
        std::string sealed;
        return transform_text(text, outcomes, base32_length(text.byte_size() + text.length() * Siv::tag_bytes),
                              [&](std::string_view value, TextBuilder& output) {
                                  if (value.empty()) {
                                      return outcome::empty;
                                  }
                                  cipher.seal(value, sealed);
                                  const auto length = base32_length(sealed.size());
                                  write_base32({reinterpret_cast<const std::uint8_t*>(sealed.data()), sealed.size()},
                                               output.room(length));
                                  output.written(length);
                                  return outcome::filled;
                              });
    }

  private:
    Siv cipher_;
};

}  // namespace

Siv encryption_cipher(const LinkageKey& key, std::string_view domain) {
    return Siv(DerivedKey(key, "tributary encrypt v1", domain, Siv::key_bytes).bytes());
}

CompiledAction compile_encrypt(MappingReader& options, const ActionContext& context) {
    const LinkageKey* const key = find_key(options, context);
    const std::string domain = read_domain(options, {&key, 1});
    if (key == nullptr || domain.empty()) {
        return {};
    }
    if (!key->region().empty()) {
        options.error_at("key", "the linkage key " + quoted_text(key->id()) +
                                    " is shared by the sites of a region, and any of them could decrypt what is "
                                    "encrypted under it; make a key of this site alone (`tributary key create ID`)");
        return {};
    }
    return {std::make_shared<EncryptAction>(encryption_cipher(*key, domain)),
            {{"encrypted", key->id(), key->epoch(), domain, std::string(encrypt_algorithm)}}};
}

}  // namespace tributary
