import { expect, it } from 'vitest'
import { fileWords, sourceParts } from './file-words.ts'

it.each([
  ['', ['--comment', 'none']],
  ['#', ['--comment', '#']],
  // The word for having none cannot be one's prefix as well.
  ['none', null],
])('says the comment prefix %j as %j', (commentPrefix, words) => {
  expect(fileWords({ dialect: { commentPrefix } }, sourceParts)).toEqual(words)
})
