import { z } from 'zod'

/** How the text of a flat file is laid out (DESIGN §3). The encoding is separate. */
export const dialectSchema = z.strictObject({
  delimiter: z.string().min(1),
  /** The quote character, or null where quotes have no meaning (TSV). */
  quote: z.string().length(1).nullable(),
  /** How a quote (CSV) or a special character (TSV) is written inside a field. */
  escape: z.enum(['double', 'backslash']).nullable(),
  lineTerminator: z.enum(['\n', '\r\n', '\r']),
  header: z.boolean(),
  /** Lines before the header (or before the first record when there is none). */
  skipLines: z.number().int().nonnegative(),
  /** Texts that mean NULL; the empty text stands for an unquoted empty field. */
  nullTokens: z.array(z.string()),
})
export type Dialect = z.infer<typeof dialectSchema>

/** The parts of a dialect a person set by hand; what is left out is sniffed. */
export const dialectChoiceSchema = dialectSchema.partial()
export type DialectChoice = z.infer<typeof dialectChoiceSchema>

export const encodings = ['utf-8', 'binary'] as const
/** `binary` takes bytes as they are: text columns are not checked for valid UTF-8. */
export type Encoding = (typeof encodings)[number]

/** Named as ClickHouse's file() names them. */
export const compressions = ['none', 'gzip', 'zstd', 'bz2', 'xz', 'lz4'] as const
export type Compression = (typeof compressions)[number]
