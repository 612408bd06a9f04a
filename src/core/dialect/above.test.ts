import { expect, it } from 'vitest'
import { sniff } from './sniff.ts'

const rows = '1,x\n2,y\n3,z\n'
const isSkippedWrongly = (text: string, skipLines: number) =>
  sniff(
    { bytes: new TextEncoder().encode(text), complete: true },
    { choice: { delimiter: ',', quote: '"', escape: 'double', header: true, skipLines } },
  ).oddities.isSkippedWrongly

it.each([
  ['id,name\n', 0],
  ['"id","the, ""name"""\n', 0],
  ['\ufeffid,name\n', 0],
  ['\ufeff"id","the, name"\n', 0],
  ['A title\n\nid,name\n', 2],
])('ClickHouse skips what stands above: %j', (head, skipLines) => {
  expect(isSkippedWrongly(head + rows, skipLines)).toBe(false)
})

it.each([
  ['"i\nd",name\n', 0],
  [' "i,d",name\n', 0],
  ['id,"name\n', 0],
  ['id,na"me\n', 0],
  ['"id"!,name\n', 0],
  ['\ufeff"i,d",name\n', 0],
  ['\ufeff"i""d",name\n', 0],
  ['A "title"\nid,name\n', 1],
])('ClickHouse may skip more or less: %j', (head, skipLines) => {
  expect(isSkippedWrongly(head + rows, skipLines)).toBe(true)
})
