import { z } from 'zod'
import { dateLayouts } from './layout.ts'

/** How the text of a flat file is laid out (DESIGN §3). The encoding is separate. */
export const dialectSchema = z.strictObject({
  delimiter: z.string().min(1),
  /** The quote character, or null where quotes have no meaning (TSV). */
  quote: z.string().length(1).nullable(),
  /**
   * How a quote (CSV) or a special character (TSV) is written inside a field. Null beside a quote: not at all, so
   * that a quote inside a field is text when neither a delimiter nor the end of the line follows it.
   */
  escape: z.enum(['double', 'backslash']).nullable(),
  lineTerminator: z.enum(['\n', '\r\n', '\r']),
  header: z.boolean(),
  /** Lines before the header (or before the first record when there is none). */
  skipLines: z.number().int().nonnegative(),
  /** Texts that mean NULL; the empty text stands for an unquoted empty field. */
  nullTokens: z.array(z.string()),
  /** Lines that begin with this are no records, except the first one that is not skipped (`#id,name`). */
  commentPrefix: z.string().min(1).optional(),
  /** How many records make the header; one when absent. */
  headerLines: z.number().int().positive().optional(),
  /** Lines at the end of the file that are no records, blank ones included. */
  footerLines: z.number().int().nonnegative().optional(),
  /** Blanks around a field are no part of it; a delimiter of blanks may be repeated. */
  padding: z.boolean().optional(),
  /** Every record begins or ends with a delimiter beside which there is no field. */
  edgeDelimiter: z.enum(['leading', 'trailing', 'both']).optional(),
  /** Records may lack fields at their end, which are NULL then. Left out: such a record is malformed. */
  ragged: z.boolean().optional(),
  /** In a file that is written: which fields stand in quotes. Left out: texts do, numbers and NULL do not. */
  quoting: z.enum(['always', 'needed', 'never']).optional(),
  /** In a file that is written: what stands before the decimals of a number. Left out: a point. */
  decimal: z.enum(['.', ',']).optional(),
  /** In a file that is written: how dates are laid out, those of times too. Left out: YYYY-MM-DD. */
  dateLayout: z.enum(dateLayouts).optional(),
})
export type Dialect = z.infer<typeof dialectSchema>

/** The parts of a dialect a person set by hand; what is left out is sniffed, and what was sniffed wrongly can be denied. */
export const dialectChoiceSchema = dialectSchema.partial().extend({
  /** Empty: there are no comments. */
  commentPrefix: z.string().optional(),
  edgeDelimiter: z.enum(['leading', 'trailing', 'both', 'none']).optional(),
})
export type DialectChoice = z.infer<typeof dialectChoiceSchema>

/** What can be said only of a file that is read, and only of one that is written. */
export const partsOfReading = [
  'skipLines',
  'headerLines',
  'footerLines',
  'padding',
  'ragged',
] as const satisfies (keyof Dialect)[]
export const partsOfWriting = ['quoting', 'decimal', 'dateLayout'] as const satisfies (keyof Dialect)[]

/** Those of one byte or several per letter that are older than Unicode. Labels of a TextDecoder, as all but `binary`. */
export const legacyEncodings = [
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1257',
  'iso-8859-2',
  'iso-8859-5',
  'iso-8859-7',
  'iso-8859-15',
  'koi8-r',
  'ibm866',
  'macintosh',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'euc-kr',
] as const
export type LegacyEncoding = (typeof legacyEncodings)[number]

/**
 * `utf-8-bom` begins with a byte order mark, and so does UTF-16 that is written. `binary` takes bytes as they are: text
 * columns are not checked for valid UTF-8.
 */
export const encodings = ['utf-8', 'utf-8-bom', 'utf-16le', 'utf-16be', ...legacyEncodings, 'binary'] as const
export type Encoding = (typeof encodings)[number]

/** Named as ClickHouse's file() names them. */
export const compressions = ['none', 'gzip', 'zstd', 'bz2', 'xz', 'lz4'] as const
export type Compression = (typeof compressions)[number]
