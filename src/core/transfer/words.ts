/** Arguments of a command line. Undefined where there are no words for what is meant. */
export type Words = string[] | undefined

/** False and undefined among the parts: nothing to say; a part that is `null` cannot be said. */
export function all(...parts: (string[] | null | undefined | false)[]): Words {
  if (parts.includes(null)) return undefined
  return parts.filter((part) => Array.isArray(part)).flat()
}

/** A value that begins like an option is tied to its own. */
export function option(name: string, value: string | null): string[] | null {
  if (value === null) return null
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value]
}

/** Names as in a record of a CSV file. */
export const nameList = (names: string[]): string | null =>
  names.includes('')
    ? null
    : names
        .map((name) => (/[",\r\n]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name))
        .join(',')

export const pairList = (pairs: [string, string][]): string | null =>
  pairs.some(([from]) => from === '' || from.includes('='))
    ? null
    : nameList(pairs.map(([from, to]) => `${from}=${to}`))
