const units: Record<string, number> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
}

/** `1GB`, `512MiB`, `1.5 GB`, or a number of bytes, in bytes; undefined when it is none of them. */
export function bytesIn(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,16}(?:\.\d+)?) ?([kmgt]i?)?b?$/i.exec(text) ?? []
  const bytes = Math.round(Number(number) * (units[unit.toLowerCase()] ?? NaN))
  return Number.isSafeInteger(bytes) && bytes >= 1 ? bytes : undefined
}
