/* The contract between Tributary (the host) and a source plugin. Pure C11; read it from top to bottom.
 *
 * A plugin is a shared library that exports one function, `tributary_plugin`, which returns a table of functions. It
 * reads one kind of source system and knows nothing of policies, queues or delivery.
 *
 * Rules that hold for every call:
 * - Nothing is thrown across the boundary, and nothing allocated on one side is freed on the other, except Arrow
 * structures, which carry their own release callback.
 * - Strings are pointer and length, UTF-8, not NUL-terminated. What the host passes lives until the call returns; what
 * the plugin returns lives until the next call on the same source.
 * - One thread drives a source and calls open, schema, start, read, commit, close in order, never two at a time.
 * Different sources of one plugin may be driven by different threads at once. The host's functions may be called from
 * any thread of the plugin.
 * - No value of a record may stand in a log line or an error message: name the stream, the row number and the field.
 * - Structures begin with their own size. Both sides only ever add fields at the end, and look at no field beyond the
 * size that the other side stated. */
#ifndef TRIBUTARY_PLUGIN_H
#define TRIBUTARY_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include "plugins/sdk/arrow_c_data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a change is not a mere addition; host and plugin must agree on it exactly. */
#define TRIBUTARY_PLUGIN_ABI 1u

#if defined(_WIN32)
#define TRIBUTARY_PLUGIN_EXPORT __declspec(dllexport)
#else
#define TRIBUTARY_PLUGIN_EXPORT __attribute__((visibility("default")))
#endif

typedef struct TributaryText {
    const char* data;
    size_t size; /* bytes */
} TributaryText;

typedef int32_t TributaryStatus;
enum {
    TRIBUTARY_OK = 0,
    TRIBUTARY_NOTHING = 1, /* read: nothing within the time-out, ask again; schema: not known before the first batch */
    TRIBUTARY_END = 2,     /* read: this run is complete; the next one begins with start */
    TRIBUTARY_CONFIGURATION = 3, /* the options are wrong; an administrator must change them */
    TRIBUTARY_UNAVAILABLE = 4,   /* the source system cannot be reached now; trying again later may help */
    TRIBUTARY_BAD_DATA = 5,      /* the source holds something that cannot be read and must be looked at by a person */
    TRIBUTARY_STOPPED = 6,       /* the host asked to stop and the call gave up */
    TRIBUTARY_FAILED = 7         /* anything else */
};

/* Filled by a call that returns TRIBUTARY_CONFIGURATION or above. The host provides the structure; texts are cut to
 * fit, always ended by NUL. */
typedef struct TributaryError {
    size_t size;
    char message[1024]; /* what is wrong, where, and what to do */
    char option[256];   /* for TRIBUTARY_CONFIGURATION: JSON Pointer (RFC 6901) to the option, or empty */
} TributaryError;

typedef int32_t TributaryLevel;
enum { TRIBUTARY_LOG_ERROR = 0, TRIBUTARY_LOG_WARNING = 1, TRIBUTARY_LOG_INFO = 2, TRIBUTARY_LOG_DEBUG = 3 };

/* What the host offers. Lives until close returns. */
typedef struct TributaryHost {
    size_t size;
    uint32_t abi;
    void* context; /* passed back as the first argument of each function */

    void (*log)(void* context, TributaryLevel level, TributaryText message);

    /* Resolves a secret that the options name by reference. The value lives until the next call of `secret` by the same
     * thread, which wipes it. Returns 0 if there is no such secret. */
    int (*secret)(void* context, TributaryText reference, TributaryText* value);

    /* Not 0 once the host wants the plugin to come back soon; long calls look at it at least every 100 ms. */
    int (*stopping)(void* context);

    /* Above 0 if a mark (see TributaryGroup) was committed before by this source, in whatever run; 0 if not. Below 0 if
     * that cannot be known now: the call gives up with TRIBUTARY_UNAVAILABLE and neither takes nor tidies up anything.
     */
    int (*marked)(void* context, TributaryText mark);

    /* Relative paths in options start here: the folder of the configuration file. */
    TributaryText base_folder;
} TributaryHost;

/* One batch: a struct array (Arrow format "+s") whose children are the stream's columns. Column formats: "u" utf8, "l"
 * int64, "g" float64, "b" bool, "tdD" date32, "tsu:UTC" or "tsu:" timestamp in microseconds. All may be null. Lengths
 * of a few thousand rows are best; at most 65,536 rows. */
typedef struct TributaryBatch {
    uint32_t stream;    /* index into the streams given to open */
    uint64_t first_row; /* number of the first row within its file, message or query, from 1; for messages to people */
    TributaryText origin; /* where the rows come from, as an administrator names it: a file name, a table. Never a value
                             of a record. May be empty */
    struct ArrowSchema schema; /* with release set: the stream's schema from this batch on (the first batch after start
                                  must carry one); else as before */
    struct ArrowArray array;   /* the host moves it out */
} TributaryBatch;

/* Records that the plugin had to leave out because they could not be read. */
typedef struct TributaryRejection {
    uint32_t stream;
    uint64_t row;         /* the first row that it is about; 0 if none */
    uint64_t count;       /* records rejected for this reason since the group before */
    TributaryText reason; /* one of a fixed set of short words: "ragged_row", "invalid_encoding"; never a value */
} TributaryRejection;

/* What stands together: the host makes all of it durable in one transaction, or none of it. */
typedef struct TributaryGroup {
    size_t size;
    TributaryBatch* batches;
    size_t batch_count; /* may be 0: a group can move the checkpoint alone */
    TributaryRejection* rejections;
    size_t rejection_count;
    TributaryText checkpoint; /* where the source stands after this group; opaque to the host, at most 1 MiB */
    TributaryText*
        marks; /* durable together with the group: digests (16 to 64 bytes) of things that must never be taken twice */
    size_t mark_count;
} TributaryGroup;

typedef struct TributaryDescription {
    size_t size;
    TributaryText name;           /* as configurations name it: "csv" */
    TributaryText version;        /* semantic version of the plugin */
    TributaryText options;        /* JSON Schema (2020-12) of the options, so that a check can point at a wrong one */
    TributaryText stream_options; /* JSON Schema of what each stream may set */
} TributaryDescription;

/* One stream that the configuration asks for. */
typedef struct TributaryStream {
    TributaryText name;
    TributaryText options; /* JSON object */
} TributaryStream;

typedef struct TributarySource TributarySource; /* the plugin's own */

typedef struct TributaryPlugin {
    size_t size;
    uint32_t abi;

    void (*describe)(TributaryDescription* description);

    /* Checks the options (a JSON object) and connects. The streams keep their order: their index is what a batch names.
     */
    TributaryStatus (*open)(const TributaryHost* host, TributaryText options, const TributaryStream* streams,
                            size_t stream_count, TributarySource** source, TributaryError* error);

    /* The schema of one of the streams, where it can be known before reading (TRIBUTARY_NOTHING otherwise). The host
     * releases it. */
    TributaryStatus (*schema)(TributarySource* source, uint32_t stream, struct ArrowSchema* schema,
                              TributaryError* error);

    /* Begins a run where the last committed group stood; an empty checkpoint means the very beginning. Whatever read
     * returned and the host did not commit is to be read again. May be called again after END, an error, or to go back
     * to the last commit. */
    TributaryStatus (*start)(TributarySource* source, TributaryText checkpoint, TributaryError* error);

    /* The next group. The structure is the host's; what it points at is the plugin's and lives until the next call,
     * except for the Arrow structures, which the host moves out. Several groups may be read before the first of them is
     * committed. */
    TributaryStatus (*read)(TributarySource* source, uint32_t timeout_ms, TributaryGroup* group, TributaryError* error);

    /* Everything up to this checkpoint is durable: acknowledge, move, forget. Called in the order of the groups; may
     * skip to a later one. A failure to tidy up is reported but undoes nothing. */
    TributaryStatus (*commit)(TributarySource* source, TributaryText checkpoint, TributaryError* error);

    void (*close)(TributarySource* source);
} TributaryPlugin;

/* The one exported function. The table is static. */
typedef const TributaryPlugin* (*TributaryPluginEntry)(void);
#define TRIBUTARY_PLUGIN_ENTRY "tributary_plugin"
TRIBUTARY_PLUGIN_EXPORT const TributaryPlugin* tributary_plugin(void);

#ifdef __cplusplus
}
#endif

#endif
