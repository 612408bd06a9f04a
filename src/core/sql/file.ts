import type { Compression, Dialect } from '../../shared/index.ts'
import { identifier, literal } from './quote.ts'

/** ClickHouse settings, as the HTTP interface takes them. */
export type Settings = Record<string, string | number>

/** ClickHouse's format for the dialect, without `WithNames`: we skip or write the header ourselves. */
function formatOf(dialect: Dialect): 'CSV' | 'TSV' | 'TSVRaw' {
  if (dialect.quote !== null) return 'CSV'
  return dialect.escape === 'backslash' ? 'TSV' : 'TSVRaw'
}

export interface FileColumn {
  name: string
  type: string
}

const structure = (columns: FileColumn[]): string =>
  columns.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')

export interface FileRead {
  /** Path of the mount; may hold a glob of ours. */
  path: string
  dialect: Dialect
  compression: Compression
  /** The reader's null token; see readerNullToken. */
  nullToken: string
  /** Lines before the first record: skipped lines and the header's own. */
  skip: number
}

/** What reads the file and stands after FROM, its columns named by the caller in file order. */
export function fileTable({ path, dialect, compression }: FileRead, columns: FileColumn[]): string {
  const format = formatOf(dialect)
  const table = `file(${[path, format, structure(columns), compression].map(literal).join(', ')})`
  const last = identifier(columns.at(-1)?.name ?? '')
  if (format !== 'TSVRaw') return table
  // Only here does the reader leave the CR of CRLF, which any line may end with (seen on 26.7).
  const text = `if(endsWith(${last}, '\\r'), substring(${last}, 1, length(${last}) - 1), ${last})`
  return `(SELECT * REPLACE (${text} AS ${last}), _row_number FROM ${table})`
}

/**
 * Settings under which the reader gives the fields' text and nothing else: no trimming, no guessing, no defaults,
 * and the same number of fields in every record.
 */
export function readSettings(read: FileRead): Settings {
  const { dialect } = read
  const common: Settings = { input_format_null_as_default: 0, input_format_defaults_for_omitted_fields: 0 }
  if (dialect.quote === null) {
    return {
      ...common,
      input_format_tsv_skip_first_lines: read.skip,
      input_format_tsv_detect_header: 0,
      input_format_tsv_empty_as_default: 0,
      input_format_tsv_allow_variable_number_of_columns: 0,
      input_format_tsv_skip_trailing_empty_lines: 1,
      // Lines that end with LF are read as well: a file may have both (seen on 26.7).
      input_format_tsv_crlf_end_of_line: 1,
      format_tsv_null_representation: read.nullToken,
    }
  }
  return {
    ...common,
    format_csv_delimiter: dialect.delimiter,
    // Refused otherwise; no space around a field is skipped then.
    input_format_csv_allow_whitespace_or_tab_as_delimiter: /^[ \t]$/.test(dialect.delimiter) ? 1 : 0,
    format_csv_allow_double_quotes: 1,
    format_csv_allow_single_quotes: 0,
    format_csv_null_representation: read.nullToken,
    input_format_csv_skip_first_lines: read.skip,
    input_format_csv_detect_header: 0,
    input_format_csv_trim_whitespaces: 0,
    input_format_csv_empty_as_default: dialect.nullTokens.includes('') ? 1 : 0,
    input_format_csv_allow_variable_number_of_columns: 0,
    input_format_csv_skip_trailing_empty_lines: 1,
    input_format_csv_allow_cr_end_of_line: dialect.lineTerminator === '\r' ? 1 : 0,
  }
}

/** The rows that arrive with an INSERT, their columns found by name. */
export const inputTable = (columns: FileColumn[]): string => `input(${literal(structure(columns))})`

/** A column of type Nested stays one column, in what arrives and in tables that are made for it. */
export const nestedAsOne: Settings = { flatten_nested: 0 }

export interface FileWrite {
  path: string
  dialect: Dialect
  compression: Compression
}

/** The table function that writes the file; the header holds the columns' names. */
export function fileSink(write: FileWrite, columns: FileColumn[]): string {
  const format = formatOf(write.dialect) + (write.dialect.header ? 'WithNames' : '')
  return `file(${[write.path, format, structure(columns), write.compression].map(literal).join(', ')})`
}

/** Settings under which every value that is written can be read back as the same value. */
export function writeSettings(write: FileWrite): Settings {
  const { dialect } = write
  const crlf = dialect.lineTerminator === '\r\n' ? 1 : 0
  const nullToken = dialect.nullTokens[0] ?? '\\N'
  const common: Settings = {
    engine_file_truncate_on_insert: 1,
    date_time_output_format: 'simple',
    ...nestedAsOne,
  }
  if (dialect.quote === null) {
    return { ...common, output_format_tsv_crlf_end_of_line: crlf, format_tsv_null_representation: nullToken }
  }
  return {
    ...common,
    format_csv_delimiter: dialect.delimiter,
    format_csv_null_representation: nullToken,
    output_format_csv_crlf_end_of_line: crlf,
    output_format_csv_serialize_tuple_into_separate_columns: 0,
  }
}
