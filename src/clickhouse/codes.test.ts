import { expect, it } from 'vitest'
import { codeOf } from './codes.ts'

it('knows a full disk by its own number, and by the errno of a failed write', () => {
  expect(codeOf(243, 'Cannot reserve 1.00 MiB, not enough space')).toBe('DISK_FULL')
  const failed = 'Cannot write to file /x: , errno: 28, strerror: No space left on device'
  expect(codeOf(75, failed)).toBe('DISK_FULL')
  expect(codeOf(75, failed.replace('28', '5'))).toBe('SERVER_REFUSED')
  expect(codeOf(62, 'errno: 28')).toBe('QUERY_INVALID')
})

it('takes an unknown number for a refusal', () => expect(codeOf(99_999, '')).toBe('SERVER_REFUSED'))
