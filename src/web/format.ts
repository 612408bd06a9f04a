const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 1234567 → 1,234,567 */
export const formatCount = (value: number): string => counts.format(value)

/** "1 row", "1,234 rows" */
export const formatNoun = (value: number, one: string, many = `${one}s`): string =>
  `${formatCount(value)} ${value === 1 ? one : many}`

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Three digits in decimal units, as disks and browsers count: 1.02 GB. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.5 would round to "1000".
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
  return `${threeDigits(value, unit === 0)} ${units[unit] ?? ''}`
}

function threeDigits(value: number, isWhole: boolean): string {
  const digits = isWhole || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return value.toFixed(digits)
}

/** Large numbers of rows where an exact one would only flicker: 1.23 M. */
export function formatShort(value: number): string {
  if (value < 9999.5) return formatCount(Math.round(value))
  const [unit, letter] = value < 999_500 ? [1e3, 'k'] : value < 999.5e6 ? [1e6, 'M'] : [1e9, 'G']
  return `${threeDigits(value / unit, false)} ${letter}`
}

export const formatRate = (rowsPerSecond: number): string => `${formatShort(rowsPerSecond)} rows/s`

export const formatByteRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`

/** 0.4 s, 12 s, 3 min 05 s, 2 h 10 min, 3 d 4 h */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

export const formatPercent = (fraction: number): string => `${Math.floor(fraction * 100)}%`

/** Without the digits that binary fractions add: 0.07 is 7. */
export const percentOf = (share: number): number => Number((share * 100).toPrecision(12))

/** "just now", "5 minutes ago", "yesterday", then the date. */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000))
  if (seconds < 45) return 'just now'
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${formatNoun(minutes, 'minute')} ago`
  const hours = Math.round(minutes / 60)
  if (hours < 24) return `${formatNoun(hours, 'hour')} ago`
  return hours < 48 ? 'yesterday' : formatTime(iso).slice(0, 10)
}

/** 2026-11-21 09:45:31 by the reader's clock. */
export function formatTime(iso: string): string {
  const time = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`
}
