import { literal, tableName, type TableName } from '../sql/index.ts'

/** The tables in which the rejects of files that the server reads itself are given their places. */
export interface Places {
  /** What does not parse: its number from 0 as the server counts, and what the server remembers of it. */
  malformed: TableName
  /** All rejects by their number in the file from 0. */
  located: TableName
  /** The lines that they stand on. */
  lines: TableName
  /** The files in parts of so many lines, where rejects are few. */
  parts: TableName
}

export function planPlaces(base: TableName): Places & { create: string[] } {
  const named = (suffix: string): TableName => ({ ...base, table: `${base.table}_${suffix}` })
  const places = {
    malformed: named('malformed'),
    located: named('located'),
    lines: named('lines'),
    parts: named('parts'),
  }
  return {
    ...places,
    create: [
      `CREATE TABLE ${tableName(places.malformed)} (\`file\` UInt32, \`number\` Int64, \`raw\` String) ` +
        'ENGINE = MergeTree ORDER BY (`file`, `number`)',
      `CREATE TABLE ${tableName(places.located)} (\`file\` UInt32, \`number\` Int64, \`malformed\` UInt8, ` +
        '`bad` Array(UInt32), `value` Nullable(String), `raw` String) ENGINE = MergeTree ORDER BY (`file`, `number`)',
      `CREATE TABLE ${tableName(places.lines)} (\`file\` UInt32, \`number\` Int64, \`line\` UInt64, ` +
        '`offset` UInt64, `text` String) ENGINE = MergeTree ORDER BY (`file`, `number`, `line`)',
      `CREATE TABLE ${tableName(places.parts)} (\`file\` UInt32, \`part\` UInt64, \`lines\` UInt64, \`bytes\` UInt64, ` +
        '`sizes` Array(UInt32), `found` Array(Tuple(UInt64, String))) ENGINE = Log',
    ],
  }
}

export const takeErrorLog = ({ malformed }: Places, file: number, errorLog: string): string =>
  `INSERT INTO ${tableName(malformed)} SELECT ${file}, offset - 1, raw_data ` +
  `FROM file(${literal(errorLog)}, 'JSONEachRow', 'offset UInt64, raw_data String')`

/**
 * Gives every reject of a file its number among all records. The server parses chunks in parallel: where one begins it
 * knows how many lines (or records that span several) came before, those above the first record included except in the
 * first chunk; from there it counts only records that parse. What does not parse has a number that counts all. A block
 * that goes on where the one before ended belongs to its chunk, or might as well.
 */
export function locateRecords(
  { malformed, located }: Places,
  rejects: TableName,
  blocks: TableName,
  file: number,
  skipped: number,
): string {
  const isOf = `\`file\` = ${file}`
  const chunks =
    'SELECT 1 AS one, toInt64(start) AS chunk FROM (SELECT start, lagInFrame(start + records, 1, 0) OVER (ORDER BY start ' +
    'ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before ' +
    `FROM (SELECT start, records FROM ${tableName(blocks)} WHERE ${isOf})) WHERE start = 0 OR start != before`
  // How many records of the chunk that parse stand before it.
  const unparsed =
    'SELECT number AS counted, chunk, 1 AS malformed, number + 1 - toInt64(row_number() OVER (PARTITION BY chunk ORDER BY number)) AS place, ' +
    "emptyArrayUInt32() AS bad, CAST(NULL, 'Nullable(String)') AS value, raw " +
    `FROM (SELECT 1 AS one, number, raw FROM ${tableName(malformed)} WHERE ${isOf}) AS m ASOF LEFT JOIN (${chunks}) AS c ON m.one = c.one AND m.number >= c.chunk`
  const parsed =
    "SELECT row AS counted, chunk, 0 AS malformed, row AS place, bad, value, '' AS raw " +
    `FROM (SELECT 1 AS one, toInt64(row) AS row, bad, value FROM ${tableName(rejects)} WHERE ${isOf}) AS r ASOF LEFT JOIN (${chunks}) AS c ON r.one = c.one AND r.row >= c.chunk`
  const before =
    'countIf(malformed = 1) OVER (PARTITION BY chunk ORDER BY place, malformed DESC, counted ROWS UNBOUNDED PRECEDING)'
  return (
    `INSERT INTO ${tableName(located)} SELECT ${file}, ` +
    `if(malformed = 1, counted, counted + toInt64(${before})) - if(chunk = 0, 0, ${skipped}), malformed, bad, value, raw ` +
    `FROM (${unparsed} UNION ALL ${parsed})`
  )
}

/** A file that is read as lines; `skip` of them stand above the first record. */
export interface LinesOf {
  path: string
  compression: string
  skip: number
}

const asLines = ({ path, compression }: LinesOf): string =>
  `file(${[path, 'LineAsString', 'l String', compression].map(literal).join(', ')})`

const partLines = 1024

/**
 * Finds the lines of a few rejects where every record is one line: it takes half the time of the other way. The bytes of
 * each part of the file are summed up, and the lines are remembered in those parts that hold a reject.
 */
export function takeFewLines({ located, parts }: Places, file: number, lines: LinesOf): string {
  const wanted = `SELECT toUInt64(r.number + ${lines.skip}) AS line FROM ${tableName(located)} AS r WHERE r.file = ${file}`
  return (
    `INSERT INTO ${tableName(parts)} SELECT ${file}, intDiv(line, ${partLines}) AS part, count(), sum(length(l) + 1), ` +
    `groupArrayIf(toUInt32(length(l) + 1), part IN (SELECT intDiv(line, ${partLines}) FROM (${wanted}))), ` +
    `groupArrayIf((line, l), line IN (${wanted})) ` +
    `FROM (SELECT _row_number AS line, l FROM ${asLines(lines)}) GROUP BY part`
  )
}

/** The lines of the file, of which `takeFewLines` has seen all. */
export const countOfLines = ({ parts }: Places, file: number): string =>
  `SELECT toString(sum(p.lines)) AS lines FROM ${tableName(parts)} AS p WHERE p.file = ${file}`

export const placeFewLines = ({ lines, parts }: Places, file: number, { skip }: LinesOf): string =>
  `INSERT INTO ${tableName(lines)} SELECT ${file}, toInt64(one.1) - ${skip}, one.1 + 1, ` +
  `before + arraySum(arraySlice(sizes, 1, one.1 - part * ${partLines})), one.2 FROM (` +
  `SELECT part, sizes, found, sum(bytes) OVER (ORDER BY part ROWS UNBOUNDED PRECEDING) - bytes AS before ` +
  `FROM ${tableName(parts)} AS p WHERE p.file = ${file}) ARRAY JOIN found AS one`

/**
 * Finds the lines of the rejects of a file, however many.
 *
 * @param spans whether records may span lines, by the quotes in them
 */
export function takeLines({ located, lines }: Places, file: number, of: LinesOf, spans: boolean): string {
  const { skip } = of
  const before = 'OVER (ROWS UNBOUNDED PRECEDING)'
  const each =
    `SELECT _row_number AS line, l, sum(length(l) + 1) ${before} - length(l) - 1 AS offset` +
    (spans
      ? `, if(line < ${skip}, 0, countSubstrings(l, '"')) AS quotes, (sum(quotes) ${before} - quotes) % 2 = 1 AS goesOn`
      : '') +
    ` FROM ${asLines(of)}`
  const numbered = spans
    ? `SELECT line, l, offset, toInt64(countIf(NOT goesOn) ${before}) - 1 - ${skip} AS number FROM (${each})`
    : `SELECT line, l, offset, toInt64(line) - ${skip} AS number FROM (${each})`
  return (
    `INSERT INTO ${tableName(lines)} SELECT ${file}, number, line + 1, offset, l FROM (${numbered}) ` +
    `WHERE number >= 0 AND number IN (SELECT r.number FROM ${tableName(located)} AS r WHERE r.file = ${file})`
  )
}

/** The lines are read in one thread: their order counts. */
export const inOneStream = { parallelize_output_from_storages: 0, max_query_size: 1e9 } as const

/** A reject as the server gives it, its raw text and what the server remembers of it in base64. */
export interface LocatedRow {
  number: string
  malformed: number
  bad: number[]
  value: string | null
  remembered: string
}

export const pageOfRejects = ({ located }: Places, file: number, after: string, rows: number): string =>
  'SELECT toString(number) AS number, malformed, bad, value, base64Encode(raw) AS remembered ' +
  `FROM ${tableName(located)} AS r WHERE r.file = ${file} AND r.number > ${after} ORDER BY r.number LIMIT ${rows}`

export interface LineRow {
  number: string
  line: string
  offset: string
  text: string
}

export const pageOfLines = ({ lines }: Places, file: number, first: string, last: string): string =>
  'SELECT toString(number) AS number, toString(min(line)) AS line, toString(min(offset)) AS offset, ' +
  "base64Encode(arrayStringConcat(arrayMap(part -> part.2, arraySort(groupArray((lines.line, lines.text)))), '\\n')) AS text " +
  `FROM ${tableName(lines)} AS lines WHERE lines.file = ${file} AND lines.number BETWEEN ${first} AND ${last} GROUP BY lines.number`
