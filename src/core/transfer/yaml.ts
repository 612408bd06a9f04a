import { Scalar, stringify } from 'yaml'
import type { Transfer } from '../../shared/index.ts'

/** What a document means when it is not said. */
const defaults: Readonly<Record<string, unknown>> = {
  dialect: {},
  map: [],
  verify: 'count',
  orderBy: [],
  misfit: 'reject',
  onError: 'stop',
  types: false,
  on: [],
  values: [],
  descending: false,
  afterRestart: false,
}

/** The transfer as a YAML document, without what has a default and without any secret: it never held one. */
export const toYaml = (transfer: Transfer): string => stringify(concise(transfer), { lineWidth: 0 })

function concise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(concise)
  if (typeof value === 'string') return blank.test(value) ? quoted(value) : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => inner !== undefined && !isDefault(key, inner))
      .map(([key, inner]) => [key, concise(inner)]),
  )
}

/** Lines of nothing but blanks lose some of them in a block (seen with yaml 2). */
const blank = /^\s*\n\s*$/

const quoted = (text: string) => Object.assign(new Scalar(text), { type: Scalar.QUOTE_DOUBLE })

const isDefault = (key: string, value: unknown) =>
  Object.hasOwn(defaults, key) && JSON.stringify(defaults[key]) === JSON.stringify(value)
