import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogue } from './catalogue.ts'

const source = join(import.meta.dirname, '../..')
const code = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('catalogue.ts'))
  .map((name) => readFileSync(join(source, name), 'utf8'))
  .join('\n')

describe.each(Object.entries(catalogue))('%s', (name, entry) => {
  it('is raised somewhere', () => {
    expect(code).toMatch(new RegExp(`['"]${name}['"]|\\b${name}:`))
  })

  it('has a hint of one sentence', () => {
    expect(entry.hint).toMatch(/^[A-Z].*\.$/)
    expect(entry.hint).not.toMatch(/\. [A-Z]/)
  })
})
