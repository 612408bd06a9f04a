import { expect, it } from 'vitest'
import { codeOf } from './codes.ts'

it('knows a full disk by its own number, and by the errno of a failed write', () => {
  expect(codeOf(243, 'Cannot reserve 1.00 MiB, not enough space')).toBe('DISK_FULL')
  const failed = 'Cannot write to file /x: , errno: 28, strerror: No space left on device'
  expect(codeOf(75, failed)).toBe('DISK_FULL')
  expect(codeOf(75, failed.replace('28', '5'))).toBe('SERVER_REFUSED')
  expect(codeOf(62, 'errno: 28')).toBe('QUERY_INVALID')
})

it('tells the memory that others have taken from that which a query needs itself', () => {
  expect(codeOf(241, 'Code: 241. DB::Exception: (total) memory limit exceeded: would use 1')).toBe(
    'SERVER_UNAVAILABLE',
  )
  expect(codeOf(241, 'Memory limit (for user) exceeded')).toBe('SERVER_UNAVAILABLE')
  expect(codeOf(241, 'Query memory limit exceeded: would use 52.00 MiB')).toBe('MEMORY_LIMIT')
})

it.each([202, 209, 236, 242, 252, 279, 745, 999])('takes %d for what can pass', (number) => {
  expect(codeOf(number, '')).toBe('SERVER_UNAVAILABLE')
})

it('takes an unknown number for a refusal', () => expect(codeOf(99_999, '')).toBe('SERVER_REFUSED'))
