/**
 * The only place where a name or a text becomes SQL. ClickHouse reads backslash escapes in both quoted forms, so a
 * backslash, the quote itself and NUL are the only characters that need care; every other byte stands for itself.
 */
const escapes: Record<string, string> = { '\\': '\\\\', '\0': '\\0' }

function quoteWith(quote: string, text: string): string {
  const escaped = text.replaceAll(/[\\\0'`]/g, (char) =>
    char === quote ? `\\${char}` : (escapes[char] ?? char),
  )
  return quote + escaped + quote
}

/** A column, table or database name, whatever characters it holds. */
export const identifier = (name: string): string => quoteWith('`', name)

/** A string value. */
export const literal = (text: string): string => quoteWith("'", text)

export interface TableName {
  database: string
  table: string
}

export const tableName = ({ database, table }: TableName): string =>
  `${identifier(database)}.${identifier(table)}`
