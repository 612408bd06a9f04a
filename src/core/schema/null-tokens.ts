/** What programs and people write where there is no value. None of them is a value of any type but texts and enums. */
export const nullLikes = [
  ...['\\N', 'NULL', 'Null', 'null', 'NA', 'N/A', 'n/a', '#N/A'],
  ...['-', '--', '?', 'none', 'None', 'NONE'],
]

const known = new Set(['', ...nullLikes])

export const isNullLike = (text: string): boolean => known.has(text)
