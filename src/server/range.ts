/** Bytes `start` to before `end`. */
export interface Range {
  start: number
  end: number
}

/** `all` when no part was asked for, or in a way that may be ignored; `none` when the file has no such part. */
export function rangeOf(header: string | undefined, size: number): Range | 'all' | 'none' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return 'all'
  if (first === '') return ofLength(Math.max(0, size - Number(last)), size)
  if (last !== '' && Number(last) < Number(first)) return 'all'
  return ofLength(Number(first), last === '' ? size : Math.min(size, Number(last) + 1))
}

const ofLength = (start: number, end: number): Range | 'none' => (start < end ? { start, end } : 'none')
