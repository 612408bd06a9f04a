import { expect, it } from 'vitest'
import { isSupported } from './version.ts'

it.each([
  ['23.8.1.94', true],
  ['23.10.2.13', true],
  ['24.1', true],
  ['26.7.2.1', true],
  ['25.3.14.20014.altinitystable', true],
  ['23.7.5.30', false],
  ['22.12.1.1', false],
  ['nonsense', false],
  ['', false],
])('version %j: %s', (version, supported) => expect(isSupported(version)).toBe(supported))
