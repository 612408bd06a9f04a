import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The files below a folder that hold one of the texts, byte for byte. */
export function filesHolding(folder: string, texts: readonly string[]): string[] {
  const needles = texts.map((text) => Buffer.from(text))
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name)
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false
    const content = readFileSync(path)
    return needles.some((needle) => content.includes(needle))
  })
}
