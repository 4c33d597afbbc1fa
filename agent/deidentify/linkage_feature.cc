#include "agent/deidentify/linkage_feature.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tributary {
namespace {

constexpr std::int64_t longest_ngram = 64;
constexpr std::int64_t highest_resolution = 1000;
constexpr std::int64_t highest_precision = 15;
/// Up to here each whole number is a double, as which Python computes the interval.
constexpr double widest_interval = 9'007'199'254'740'992.0;

using Words = std::string_view;

TextFormat read_text_format(const LinkageJson& json) {
    static constexpr Words encodings[] = {"ascii", "utf-8", "utf-16", "utf-32"};
    static constexpr Words cases[] = {"mixed", "upper", "lower"};
    static constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
    TextFormat format;
    if (const auto encoding = json.find("encoding")) {
        format.encoding = static_cast<TextEncoding>(encoding->one_of(encodings));
    }
    if (const auto pattern = json.find("pattern")) {
        static constexpr Words members[] = {"type", "encoding", "pattern", "description"};
        json.only(members);
        std::string fault;
        format.pattern = ValuePattern::compile(pattern->text(), fault, ValuePattern::Classes::unicode);
        if (!format.pattern) {
            pattern->fail(fault);
        }
        return format;
    }
    static constexpr Words members[] = {"type", "encoding", "case", "minLength", "maxLength", "description"};
    json.only(members);
    if (const auto letters = json.find("case")) {
        format.letters = static_cast<TextCase>(letters->one_of(cases));
    }
    if (const auto length = json.find("minLength")) {
        format.shortest = static_cast<std::size_t>(length->integer(0, longest));
    }
    if (const auto length = json.find("maxLength")) {
        format.longest = static_cast<std::size_t>(length->integer(1, longest));
        if (*format.longest < format.shortest) {
            length->fail("is below minLength, so that no value would fit");
        }
    }
    return format;
}

IntegerFormat read_integer_format(const LinkageJson& json) {
    static constexpr Words members[] = {"type", "minimum", "maximum", "description"};
    json.only(members);
    using Limits = std::numeric_limits<std::int64_t>;
    IntegerFormat format;
    if (const auto bound = json.find("minimum")) {
        format.minimum = bound->integer(Limits::min(), Limits::max());
    }
    if (const auto bound = json.find("maximum")) {
        format.maximum = bound->integer(Limits::min(), Limits::max());
        if (format.minimum && *format.maximum < *format.minimum) {
            bound->fail("is below minimum, so that no value would fit");
        }
    }
    return format;
}

DateValueFormat read_date_format(const LinkageJson& json) {
    static constexpr Words members[] = {"type", "format", "description"};
    json.only(members);
    std::string fault;
    auto format = StrptimeFormat::compile(json.at("format").text(), fault);
    if (!format) {
        json.at("format").fail(fault);
    }
    return {*std::move(format)};
}

ChoiceFormat read_enum_format(const LinkageJson& json) {
    static constexpr Words members[] = {"type", "values", "description"};
    json.only(members);
    ChoiceFormat format;
    for (const auto& value : json.at("values").elements(LinkageSchema::most_enum_values)) {
        format.values.insert(value.text());
    }
    if (format.values.empty()) {
        json.at("values").fail("is empty, so that no value would fit");
    }
    return format;
}

FeatureFormat read_format(const LinkageJson& json) {
    static constexpr Words types[] = {"string", "integer", "date", "enum"};
    const auto type = json.at("type").one_of(types);
    if (const auto description = json.find("description")) {
        description->text();
    }
    switch (type) {
        case 0:
            return read_text_format(json);
        case 1:
            return read_integer_format(json);
        case 2:
            return read_date_format(json);
        default:
            return read_enum_format(json);
    }
}

/// int(round(threshold * 10 ** precision)) of Python, which computes with whole numbers as long as both are.
std::int64_t read_interval(const LinkageJson& threshold, int precision) {
    const double exact = threshold.number() * std::pow(10.0, precision);
    if (!(threshold.number() > 0) || !(exact <= widest_interval)) {
        threshold.fail("must be above 0 and, with its fractional_precision, have at most 15 digits");
    }
    const auto interval = static_cast<std::int64_t>(std::nearbyint(exact));
    if (interval == 0) {
        threshold.fail("is rounded to 0; set a higher fractional_precision");
    }
    return interval;
}

Comparison read_comparison(const LinkageJson& json) {
    static constexpr Words types[] = {"ngram", "exact", "numeric"};
    switch (json.at("type").one_of(types)) {
        case 0: {
            NgramComparison ngram;
            ngram.n = static_cast<std::size_t>(json.at("n").integer(1, longest_ngram));
            const auto positional = json.find("positional");
            ngram.positional = positional && positional->boolean();
            return ngram;
        }
        case 1:
            return ExactComparison{};
        default: {
            NumericComparison numeric;
            numeric.resolution = json.at("resolution").integer(1, highest_resolution);
            if (const auto precision = json.find("fractional_precision")) {
                numeric.precision = static_cast<int>(precision->integer(0, highest_precision));
            }
            numeric.interval = read_interval(json.at("thresholdDistance"), numeric.precision);
            return numeric;
        }
    }
}

TokenHash read_hash(const LinkageJson& json) {
    static constexpr Words types[] = {"doubleHash", "blakeHash"};
    const bool is_blake = json.at("type").one_of(types) == 1;
    const auto prevent = json.find("prevent_singularity");
    if (prevent && is_blake) {
        prevent->fail("belongs to doubleHash alone");
    }
    if (is_blake) {
        return TokenHash::blake;
    }
    return prevent && prevent->boolean() ? TokenHash::double_hash_non_singular : TokenHash::double_hash;
}

void read_strategy(const LinkageJson& json, LinkageFeature& feature) {
    static constexpr Words members[] = {"bitsPerToken", "bitsPerFeature"};
    json.only(members);
    feature.bits_are_per_feature = json.has("bitsPerFeature");
    if (feature.bits_are_per_feature == json.has("bitsPerToken")) {
        json.fail("must have bitsPerToken or bitsPerFeature, and not both");
    }
    feature.bits = static_cast<std::size_t>(json.at(feature.bits_are_per_feature ? "bitsPerFeature" : "bitsPerToken")
                                                .integer(1, LinkageSchema::most_bits_a_token));
}

/// What clkhash would stumble over at the first record: it does not check the replacement.
void check_replacement(const LinkageJson& json, const LinkageFeature& feature) {
    const auto& text = feature.missing->replacement;
    const bool ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (encoding_of(feature.format) == TextEncoding::ascii && !ascii) {
        json.fail("is hashed as ASCII and holds another character");
    }
}

void read_missing_value(const LinkageJson& json, LinkageFeature& feature) {
    MissingValue missing;
    missing.sentinel = json.at("sentinel").text();
    const auto replacement = json.find("replaceWith");
    missing.replacement = replacement ? replacement->text() : missing.sentinel;
    feature.missing = std::move(missing);
    check_replacement(replacement.value_or(json.at("sentinel")), feature);
}

void read_hashing(const LinkageJson& json, LinkageFeature& feature) {
    static constexpr Words members[] = {"hash", "strategy", "comparison", "missingValue"};
    json.only(members);
    feature.comparison = read_comparison(json.at("comparison"));
    read_strategy(json.at("strategy"), feature);
    if (const auto hash = json.find("hash")) {
        feature.hash = read_hash(*hash);
    }
    if (const auto missing = json.find("missingValue")) {
        read_missing_value(*missing, feature);
    }
}

}  // namespace

LinkageFeature read_linkage_feature(const LinkageJson& json) {
    LinkageFeature feature;
    feature.identifier = json.at("identifier").text();
    if (const auto description = json.find("description")) {
        description->text();
    }
    const auto ignored = json.find("ignored");
    feature.ignored = ignored && ignored->boolean();
    if (feature.ignored && !json.has("format") && !json.has("hashing")) {
        static constexpr Words members[] = {"identifier", "ignored", "description"};
        json.only(members);
        return feature;
    }
    feature.format = read_format(json.at("format"));
    read_hashing(json.at("hashing"), feature);
    return feature;
}

}  // namespace tributary
