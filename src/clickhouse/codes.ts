import type { ErrorCode } from '../shared/index.ts'

/** ClickHouse's error numbers (ErrorCodes.cpp) by what they mean to a person; all others are SERVER_REFUSED. */
const numbers: Partial<Record<ErrorCode, readonly number[]>> = {
  TABLE_NOT_FOUND: [60, 81, 218],
  TABLE_EXISTS: [57],
  COLUMN_NOT_FOUND: [8, 10, 16, 47],
  TYPE_UNKNOWN: [50],
  QUERY_INVALID: [
    34, 35, 36, 37, 42, 43, 46, 51, 53, 62, 63, 80, 115, 125, 167, 168, 179, 184, 206, 207, 211, 215, 223,
    306, 352, 386, 403, 456,
  ],
  AUTH_FAILED: [192, 193, 194, 195, 516, 720, 767],
  ACCESS_DENIED: [164, 291, 481, 497],
  ALREADY_RUNNING: [216],
  MEMORY_LIMIT: [173, 241],
  // It has too much to do, is being stopped or started, or its nodes, replicas or Keeper do not answer each other.
  SERVER_UNAVAILABLE: [
    95, 96, 198, 202, 203, 209, 210, 225, 236, 242, 252, 254, 265, 279, 285, 286, 289, 297, 319, 364, 369,
    384, 416, 439, 473, 519, 574, 700, 722, 733, 738, 745, 749, 762, 777, 778, 904, 999,
  ],
  TIME_LIMIT: [159],
  DISK_FULL: [243],
  CANCELLED: [394, 735],
  VALUE_REJECTED: [395],
  FILE_DAMAGED: [271, 354, 554, 561, 594, 618, 638],
  RECORD_MALFORMED: [
    6, 7, 25, 26, 27, 33, 38, 41, 69, 72, 117, 130, 131, 321, 349, 376, 407, 441, 467, 563, 632, 675, 676,
    691,
  ],
}

const byNumber = new Map(
  Object.entries(numbers).flatMap(([code, list]) => list.map((number) => [number, code as ErrorCode])),
)

/** Numbers that only say that a write to a file failed; the reason is the errno in the text. */
const failedWrites = new Set([74, 75, 425, 1000, 1001])
/** EFBIG, ENOSPC, EDQUOT */
const noSpace = new Set([27, 28, 122])

const memoryLimit = 241
/** Of the server as a whole, or of all that a user runs: others have taken it, and will give it back. */
const isShared = /\((total|for user)\)|User memory limit/

export function codeOf(number: number, text: string): ErrorCode {
  if (number === memoryLimit && isShared.test(text.slice(0, 200))) return 'SERVER_UNAVAILABLE'
  if (failedWrites.has(number) && noSpace.has(Number(/errno: (\d+)/.exec(text)?.[1]))) return 'DISK_FULL'
  return byNumber.get(number) ?? 'SERVER_REFUSED'
}
