import { AppError } from '../../shared/index.ts'
import { allowedFunctions, allowedNodes, functionsOfFunctions } from './allowed.ts'

/** One token as ClickHouse's own lexer sees it; spaces and comments are none. */
export type Token = readonly [type: string, text: string]

export interface Parsed {
  /** Of the text as ClickHouse itself writes it: there are no comments, and a line end within a name is `\n`. */
  tokens: readonly Token[]
  /** The rows of `EXPLAIN AST`, one node each. */
  nodes: readonly string[]
}

/**
 * Whether a text stays what it is between parentheses: it neither closes one that it did not open nor leaves one open,
 * and neither ends the statement nor begins something (a comment, a quote) that would go on behind it.
 */
export function isWhole(tokens: readonly Token[]): boolean {
  const open: string[] = []
  for (const [type, text] of tokens) {
    if (strays.test(type) || (type === 'BareWord' && text.includes('$'))) return false
    const [, side, shape = ''] = /^(Opening|Closing)(.*)$/.exec(type) ?? []
    if (side === 'Opening') open.push(shape)
    if (side === 'Closing' && open.pop() !== shape) return false
  }
  return tokens.length > 0 && open.length === 0
}

/** A dollar sign alone may be half of a quote (`$$…$$` or `$x$…$x$`) that a later text closes. */
const strays = /^(Error|Semicolon$|VerticalDelimiter$|DollarSign$|EndOfStream$)/

/**
 * Checks SQL with text in it that a person wrote, before it runs on the embedded server, which can read any file its
 * process can: only a SELECT over the embedded database's own tables, with functions that compute and nothing else.
 *
 * @throws {AppError} QUERY_NOT_ALLOWED
 */
export function requireAllowed({ tokens, nodes }: Parsed, database: string): void {
  if (tokens.some(isBrokenName)) refuse('a name holds a line end')
  const path: Node[] = []
  for (const text of nodes) {
    const node = readNode(text)
    path.length = node.depth
    path.push(node)
    requireNode(node, path, database)
    const parent = path[node.depth - 1]
    if (parent) parent.seen += 1
  }
  if (nodes.some((text) => text.trim() === 'Set') && !hasOnlyOwnSettings(tokens))
    refuse('it changes settings')
}

/** Its rest would stand on a line of its own and could be made to look like a node. */
const isBrokenName = ([type, text]: Token) =>
  type === 'QuotedIdentifier' && /[\n\r]|\\[^\\'"`]/.test(text.replaceAll('\\\\', ''))

/** The one setting that SQL may bring along, as the SQL that we make of joins does. */
function hasOnlyOwnSettings(tokens: readonly Token[]): boolean {
  return tokens.every(([type, text], at) => {
    if (type !== 'BareWord' || text.toLowerCase() !== 'settings') return true
    const [name, equals, value, end] = tokens.slice(at + 1, at + 5).map((token) => token[1])
    return name === 'join_use_nulls' && equals === '=' && value === '1' && (end === undefined || end === ')')
  })
}

interface Node {
  depth: number
  kind: string
  name: string
  children: number
  /** How many of the children there have been. */
  seen: number
}

const nodePattern = /^( *)([A-Za-z]+)(?: ([\s\S]*?))??(?: \(alias [\s\S]*?\))?(?: \(children (\d+)\))?$/

function readNode(text: string): Node {
  const [, indent = '', kind = '', name = '', children = '0'] = nodePattern.exec(text) ?? []
  if (!allowedNodes.has(kind)) refuse(`"${kind === '' ? text.trim() : kind}" is not part of a plain SELECT`)
  return { depth: indent.length, kind, name, children: Number(children), seen: 0 }
}

function requireNode(node: Node, path: readonly Node[], database: string): void {
  const { kind, name } = node
  if (kind === 'Function') requireFunction(name, path.at(-2))
  if (kind === 'TableIdentifier' && name.includes('.') && !name.startsWith(`${database}.`)) {
    refuse(`${name} is not a table of the embedded database`)
  }
  const [list, call] = [path.at(-2), path.at(-3)]
  if (kind === 'Identifier' && list && call?.kind === 'Function') requireArgument(name, list, call.name)
}

function requireFunction(name: string, parent: Node | undefined): void {
  // There it would be a table function, though it has the name of a plain one.
  if (parent?.kind === 'TableExpression') refuse(`the table function ${name} is not allowed there`)
  if (!allowedFunctions.has(name.toLowerCase())) refuse(`the function ${name} is not allowed there`)
}

const membership = new Set(['in', 'notin', 'globalin', 'globalnotin', 'nullin', 'notnullin'])

/** What looks like a column among the arguments of a function, but may be something else. */
function requireArgument(name: string, list: Node, call: string): void {
  // `x IN y`: there y names a table.
  if (membership.has(call.toLowerCase()) && name.includes('.')) {
    refuse(`after IN there must be a list or a subquery, not ${name}`)
  }
  // `arrayMap(f, list)`: there f names a function.
  const isFunction = functionsOfFunctions.has(call.toLowerCase()) && list.seen === 0 && list.children > 1
  if (isFunction && !allowedFunctions.has(name.toLowerCase())) {
    refuse(`the function ${name} is not allowed there`)
  }
}

function refuse(reason: string): never {
  throw new AppError('QUERY_NOT_ALLOWED', `This SQL cannot run on the embedded database: ${reason}.`)
}
