// The main path's work in DuckDB: read the CSV, two keyed SHA-256 columns, eight more columns, zstd-compressed NDJSON out.
//   node duckdb_main_path.mjs FOLDER-OF-NODE-MODULES CSV OUTPUT THREADS ROWS
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, csv, output, threads, rows] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(path.join(modules, 'package.json'))('@duckdb/node-api');
const instance = await DuckDBInstance.create(':memory:', { threads });
const connection = await instance.connect();
const copied = await connection.run(`
  COPY (
    SELECT spell_id,
           substr(sha256('0123456789abcdef0123456789abcdef' || nhs_number), 1, 26) AS person,
           substr(sha256('0123456789abcdef0123456789abcdef' || local_id), 1, 26) AS local_person,
           substr(dob, 1, 4) AS birth_year,
           CASE WHEN sex IN ('M', 'F') THEN sex END AS sex,
           split_part(postcode, ' ', 1) AS postcode_outward,
           substr(admitted, 1, 10) AS admitted,
           substr(discharged, 1, 10) AS discharged,
           specialty,
           substr(diagnosis_1, 1, 3) AS diagnosis_1
    FROM read_csv('${csv}', header = true, all_varchar = true, quote = '"', escape = '"', delim = ',')
  ) TO '${output}' (FORMAT json, COMPRESSION zstd)`);
if (copied.rowsChanged !== Number(rows)) {
  throw new Error(`DuckDB wrote ${copied.rowsChanged} rows of ${rows}`);
}
connection.closeSync();
