import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { LabelledFile } from './files.ts'

/** The files of csv-spectrum, whose tables are given as objects. */
export function spectrum(): LabelledFile[] {
  const root = path.dirname(createRequire(import.meta.url).resolve('csv-spectrum/package.json'))
  return readdirSync(path.join(root, 'csvs')).map((file) => {
    const bytes = readFileSync(path.join(root, 'csvs', file))
    const json = readFileSync(path.join(root, 'json', file.replace('.csv', '.json')), 'utf8')
    // The two forms of one file give different telephone numbers.
    const rows = [
      JSON.parse(json.replace('1234567890', '2095257564')) as
        Record<string, string> | Record<string, string>[],
    ].flat()
    const text = bytes.toString('utf8')
    const quote = text.includes('"') ? '"' : null
    return {
      name: `csv-spectrum ${file}`,
      trait: 'csv-spectrum',
      extension: 'csv',
      bytes,
      text,
      truth: { encoding: 'utf8', delimiter: ',', quote, escape: null, header: true, headerLines: 1 },
      table: [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))],
    }
  })
}
