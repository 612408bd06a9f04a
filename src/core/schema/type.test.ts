import { expect, it } from 'vitest'
import { parseType } from './type.ts'

it.each([
  'Array(Nullable(Decimal(9, 2)))',
  "Enum8('a' = -1, 'it\\'s' = 2, ')' = 3)",
  "Tuple(`a b` String, c Map(String, DateTime64(3, 'UTC')))",
  'LowCardinality(FixedString(3))',
])('%s is a type', (text) => {
  expect(parseType(text).text).toBe(text)
})

// Each would go on as something else in the list of columns that it becomes a part of.
it.each([
  'String DEFAULT 1',
  'FixedString(3) DEFAULT f(1)',
  "Enum8('a' = 1) DEFAULT file('/etc/passwd')",
  "Array(String) ALIAS file('/etc/passwd')",
  "Tuple(a String /*'*/) DEFAULT file(/*'*/'/etc/passwd'/*')*/)",
  "FixedString(3 --\n) DEFAULT file('/etc/passwd'\n)",
  'Decimal(9, 2',
  'Decimal(9, (2)',
  "Enum8('a = 1)",
  'Array(String), b Array(String)',
  'Tuple("a) String)',
  'Enum8($$a$$ = 1)',
])('%s is none', (text) => {
  expect(() => parseType(text)).toThrow(/is not a ClickHouse type/)
})
