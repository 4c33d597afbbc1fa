#include "service/agent/data_flow_statement.h"

#include <numeric>

#include "service/agent/repository_connections.h"
#include "service/agent/table.h"

namespace tributary {
namespace {

std::uint64_t sum(const std::map<std::string, std::uint64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                           [](std::uint64_t total, const auto& entry) { return total + entry.second; });
}

std::string reasons(const std::map<std::string, std::uint64_t>& counts) {
    std::string text;
    for (const auto& [reason, count] : counts) {
        text += (text.empty() ? "" : ", ") + reason + " " + with_commas(count);
    }
    return text.empty() ? "–" : text;
}

std::string list(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

class StatementBuilder {
  public:
    StatementBuilder(const Installation& installation, const std::map<std::string, StreamSample>& samples,
                     TimePoint now)
        : installation_(installation), samples_(samples), now_(now) {}

    Statement build() {
        const auto& configuration = installation_.configuration();
        statement_.title = "Data-flow statement of site " + configuration.site;
        say("Made by Tributary " TRIBUTARY_VERSION " on " + to_rfc3339(now_).substr(0, 10) + " at " +
            to_rfc3339(now_).substr(11, 5) + " UTC" +
            " from the configuration and the compiled policies that the agent itself uses. What is not named here does "
            "not leave the site.");
        recipients();
        for (const auto& source : installation_.sources()) {
            for (const auto& stream : source.streams) {
                describe(source, stream);
            }
        }
        retention();
        return std::move(statement_);
    }

  private:
    void heading(std::string text, unsigned level = 2) {
        statement_.blocks.emplace_back(StatementHeading{std::move(text), level});
    }
    void say(std::string text) { statement_.blocks.emplace_back(StatementParagraph{std::move(text)}); }
    void table(std::vector<std::string> columns, std::vector<std::vector<std::string>> rows) {
        statement_.blocks.emplace_back(StatementTable{std::move(columns), std::move(rows)});
    }

    void recipients() {
        const auto& configuration = installation_.configuration();
        heading("To whom");
        std::vector<std::vector<std::string>> rows = {{"Repository", place_of(configuration.repository)}};
        if (const auto& credentials = installation_.credentials()) {
            const auto certificate = [](const Certificate& shown) {
                return shown.common_name() + ", valid to " + to_rfc3339(shown.not_after()).substr(0, 10) +
                       ", SHA-256 " + shown.fingerprint();
            };
            rows.push_back({"Data is sealed to", certificate(credentials->encryption)});
            rows.push_back({"Receipts are signed by", certificate(credentials->signing.present())});
            rows.push_back({"This site signs as", certificate(credentials->site.certificate())});
        }
        table({}, std::move(rows));
        say("Every chunk is sealed to the repository (CMS, AES-256-GCM) before it is queued, travels over mutual TLS, "
            "and is "
            "let go here only after the repository's signed receipt was verified. The repository does not hold the "
            "linkage keys.");
    }

    void describe(const PreparedSource& source, const StreamSetup& stream) {
        const auto& policy = *stream.policy;
        heading("Stream " + stream.name);
        const bool drops = policy.unlisted() == Unlisted::drop;
        std::vector<std::vector<std::string>> head = {
            {"Source", source.configuration->name + " (plugin " + source.configuration->plugin + ")"},
            {"Policy", policy.file() + ", SHA-256 " + policy.hash()},
            {"Fields that no rule names", drops ? "are left out" : "stop the stream: nothing leaves"},
            {"Opt-outs", opt_outs(policy)},
            {"Egress guard", guard(policy)}};
        if (policy.linked()) {
            head.push_back({"Linkage encodings", "of the same rows leave in stream " + policy.linked()->stream +
                                                     "; nothing but the column " + policy.linked()->row_key +
                                                     " joins the two"});
        }
        table({}, std::move(head));
        fields(policy);
        keys(policy);
        sample(stream.name);
        risk(stream.name, policy);
        if (policy.linkage()) {
            describe_linkage(policy);
        }
    }

    void describe_linkage(const CompiledPolicy& records) {
        const auto& policy = *records.linkage()->rules;
        heading("Stream " + policy.stream());
        say("Linkage encodings of the rows of stream " + records.stream() +
            ", under the same policy file, in an order of their own. A row that does not leave there (an opt-out, the "
            "egress guard) has no encoding here, and a row that is retracted there is removed here. Who holds "
            "encodings "
            "can attack them: they are for linkage alone.");
        fields(policy);
        keys(policy);
        sample(policy.stream());
    }

    void fields(const CompiledPolicy& policy) {
        heading("Fields, and what becomes of each", 3);
        std::vector<std::vector<std::string>> rows;
        for (const auto& rule : policy.rules()) {
            if (rule.action == nullptr) {
                rows.push_back({rule.field, "–", "does not leave"});
            }
            for (const auto& output : rule.outputs) {
                std::vector<std::string> others;
                for (const auto& other : rule.action->other_fields()) {
                    if (other != rule.field) {
                        others.push_back(other);
                    }
                }
                rows.push_back({rule.field + (others.empty() ? "" : " (with " + list(others) + ")"), output.name,
                                rule.action->describe()});
            }
        }
        if (policy.linked()) {
            rows.push_back({"–", policy.linked()->row_key,
                            "a random key of the row, made for it and kept nowhere else on this site; in stream " +
                                policy.linked()->stream + " it marks the same row"});
        }
        table({"field of the source", "column that leaves", "what becomes of it"}, std::move(rows));
    }

    static std::string opt_outs(const CompiledPolicy& policy) {
        if (!policy.opt_out()) {
            return "none are asked for";
        }
        std::vector<std::string> files;
        for (const auto& file : policy.opt_out()->lists) {
            files.push_back(file.string());
        }
        const std::string stay = "records whose " + policy.opt_out()->field + " is on a list do not leave (" +
                                 list(files) + "); a list that is missing, damaged or too old stops the stream; ";
        return stay + (policy.retraction() != nullptr
                           ? "who is newly listed is retracted: the repository removes what it holds"
                           : "who is listed later cannot be retracted, since no pseudonym of that number leaves");
    }

    static std::string guard(const CompiledPolicy& policy) {
        const auto& allowed = policy.guard_allowed();
        return "each row is searched for identifiers before it is sealed, and held back if there is one" +
               (allowed.empty() ? std::string() : "; exempt: " + list({allowed.begin(), allowed.end()}));
    }

    void keys(const CompiledPolicy& policy) {
        if (policy.pseudonyms().empty()) {
            return;
        }
        heading("Keys", 3);
        std::vector<std::vector<std::string>> rows;
        for (const auto& pseudonym : policy.pseudonyms()) {
            const auto* key = installation_.keys().find(pseudonym.key_id);
            rows.push_back({pseudonym.column, pseudonym.type, pseudonym.key_id, std::to_string(pseudonym.epoch),
                            key != nullptr ? key->fingerprint() : "–", pseudonym.domain, pseudonym.algorithm});
        }
        table({"column", "made of", "key", "epoch", "key's fingerprint", "domain", "algorithm"}, std::move(rows));
    }

    void sample(const std::string& name) {
        heading("Sample", 3);
        const auto found = samples_.find(name);
        if (found == samples_.end()) {
            say("The source had no rows to show when this was made.");
            return;
        }
        const auto& quality = found->second.quality;
        say("Counted on " + with_commas(quality.rows) + " rows of " + found->second.origin + " and what follows; " +
            with_commas(quality.opted_out) + " more were left out for an opt-out, " +
            with_commas(sum(quality.withheld)) + " of the rows would be held back" +
            (quality.withheld.empty() ? "." : " (" + reasons(quality.withheld) + ")."));
        std::vector<std::vector<std::string>> rows;
        for (const auto& field : quality.fields) {
            rows.push_back({field.field, with_commas(field.filled), with_commas(field.empty),
                            with_commas(sum(field.invalid)), reasons(field.invalid)});
        }
        table({"field", "filled", "empty", "invalid", "why"}, std::move(rows));
        for (const auto& field : quality.fields) {
            if (field.nhs_number) {
                const auto given = field.filled + sum(field.invalid);
                say("Of the NHS numbers in " + field.field + ", " + as_share(field.filled, given) + " are valid.");
            }
        }
    }

    void risk(const std::string& name, const CompiledPolicy& policy) {
        const auto found = samples_.find(name);
        if (found == samples_.end()) {
            return;
        }
        if (!policy.disclosure() || !found->second.risk) {
            say("The policy declares no quasi-identifiers (disclosure:), so the risk of telling people apart was not "
                "computed.");
            return;
        }
        const auto& risk = *found->second.risk;
        const auto k = std::to_string(policy.disclosure()->k);
        heading("Disclosure risk of the sample", 3);
        say("By " + list(policy.disclosure()->quasi_identifiers) + ":");
        table({}, {{"classes of rows that look alike", with_commas(risk.classes)},
                   {"smallest class", with_commas(risk.smallest)},
                   {"rows that are alone in their class",
                    with_commas(risk.unique) + " (" + as_share(risk.unique, risk.rows) + ")"},
                   {"rows in classes of fewer than " + k,
                    with_commas(risk.below_k) + " (" + as_share(risk.below_k, risk.rows) + ")"}});
        if (policy.disclosure()->suppress) {
            say("Rows in classes of fewer than " + k +
                " lose these columns before they leave. Classes are counted within each batch of some thousand rows, "
                "since a stream never knows all of its rows.");
        }
        say("A sample tells people apart more easily than the whole extract does: these figures are an upper bound.");
    }

    void retention() {
        heading("Retention here");
        say("Sealed chunks leave the queue with the repository's receipt. Rows that the egress guard held back stay on "
            "the site, sealed to the site itself, until they are discarded. Receipts, counts, signed manifests and the "
            "audit log are kept. The last list of opt-outs is remembered, sealed under the linkage key, to know who is "
            "newly listed. The agent keeps no table of people and no value of a record in logs.");
    }

    const Installation& installation_;
    const std::map<std::string, StreamSample>& samples_;
    TimePoint now_;
    Statement statement_;
};

}  // namespace

Statement data_flow_statement(const Installation& installation, const std::map<std::string, StreamSample>& samples,
                              TimePoint now) {
    return StatementBuilder(installation, samples, now).build();
}

}  // namespace tributary
