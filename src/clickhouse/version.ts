const oldest = [23, 8] as const

/** Whether a server of this version (`26.7.2.1`) can do all that Flathouse asks of it. */
export function isSupported(version: string): boolean {
  const [year = 0, month = 0] = version.split('.').map(Number)
  return year > oldest[0] || (year === oldest[0] && month >= oldest[1])
}
