#include "plugins/csv/options.h"

namespace tributary::csv {

std::string source_options_schema() {
    return R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Options of a CSV source",
  "type": "object",
  "additionalProperties": false,
  "required": ["folder"],
  "properties": {
    "folder": {
      "type": "string", "minLength": 1,
      "description": "The folder that files are dropped into; relative to the configuration file. Folders in it are not looked into."
    },
    "settle": {
      "type": "string", "pattern": "^[0-9]+(ms|s|m|h)$", "default": "5s",
      "description": "A length of time such as 5s or 2m: a file is taken when its size and time have not changed for so long."
    },
    "afterwards": {
      "enum": ["move", "delete", "leave"], "default": "move",
      "description": "What becomes of a file once all of its rows are safely queued."
    },
    "moved_to": {
      "type": "string", "minLength": 1,
      "description": "With afterwards: move, the folder for files that were taken; on the same disk. Otherwise the folder 'taken' in the drop folder."
    },
    "done_file": {
      "type": "string", "pattern": "^\\.[^/\\\\*?]+$",
      "description": "An ending such as .done: a file is taken as soon as there is a file of its name with this ending added, and not before."
    },
    "max_record_bytes": {
      "type": "integer", "minimum": 1024, "maximum": 67108864, "default": 1048576,
      "description": "A record longer than this is left out and counted."
    },
    "bad_row_limit": {
      "type": "integer", "minimum": 0, "maximum": 1000000000, "default": 100,
      "description": "So many records of a file may be unreadable; at one more the file is put on hold. 0: none may be."
    },
    "batch_rows": {
      "type": "integer", "minimum": 1, "maximum": 65536, "default": 4096,
      "description": "Rows that are handed on together."
    }
  }
}
)";
}

std::string stream_options_schema() {
    return R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Options of a stream of a CSV source",
  "type": "object",
  "additionalProperties": false,
  "required": ["files"],
  "properties": {
    "files": {
      "type": "string", "minLength": 1,
      "description": "Which files of the folder belong to this stream: a file name in which * is any number of characters and ? one. No file may belong to two streams."
    },
    "delimiter": {
      "type": "string", "minLength": 1, "default": ",",
      "description": "The character between values, or tab."
    },
    "quote": {
      "type": "string", "minLength": 1, "default": "\"",
      "description": "The character around values that hold delimiters or line ends, or none."
    },
    "escape": {
      "enum": ["doubled", "backslash"], "default": "doubled",
      "description": "How a quote is written inside quotes: twice, or behind a backslash (which then also takes away the meaning of a delimiter or line end)."
    },
    "header": {
      "type": "boolean", "default": true,
      "description": "Whether the first record holds the names of the columns."
    },
    "columns": {
      "type": "array", "minItems": 1, "maxItems": 4096, "uniqueItems": true,
      "items": {"type": "string", "minLength": 1, "maxLength": 256},
      "description": "Names of the columns, in place of the header's. Their number must be the file's."
    },
    "encoding": {
      "enum": ["utf-8", "windows-1252", "iso-8859-1", "utf-16", "utf-16le", "utf-16be"], "default": "utf-8",
      "description": "A byte order mark in the file stands above it."
    },
    "ragged": {
      "enum": ["reject", "pad"], "default": "reject",
      "description": "Rows with too few values are left out and counted, or filled with nulls. Rows with too many are left out."
    },
    "null_values": {
      "type": "array", "maxItems": 100, "items": {"type": "string"}, "default": [""],
      "description": "Values without quotes that mean that there is none."
    },
    "trim": {
      "type": "boolean", "default": false,
      "description": "Whether spaces and tabs around values are taken away."
    },
    "multiline": {
      "enum": ["checked", "free"], "default": "checked",
      "description": "checked: a record over several lines of which the first and a further one have as many delimiters as the header is left out, since a stray quote makes one value of many records. free: it is taken as it is."
    }
  }
}
)";
}

}  // namespace tributary::csv
