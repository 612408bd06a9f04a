import { lookup, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { AppError } from '../shared/index.ts'

/**
 * Where connections may lead: names (`db.example.org`, `*.example.org`), addresses and ranges (`10.0.0.0/8`). A name in
 * `allow` may lead anywhere that `deny` does not forbid; `localhost` stands for the loopback addresses as well.
 * Link-local addresses, where clouds keep their credentials, must be allowed as addresses.
 */
export interface Reach {
  allow: 'any' | readonly string[]
  deny: readonly string[]
}

/**
 * Options that keep a request to a host within the reach: names are looked up when it connects, and only addresses that
 * are within it are tried, so a name cannot lead elsewhere later. `host` is a URL's, or spelt as one.
 *
 * @throws {AppError} HOST_NOT_ALLOWED, HOST_NOT_FOUND for what is no host; the lookup ends with the same
 */
export function requireReach(reach: Reach | undefined, host: string): { lookup?: LookupFunction } {
  if (reach === undefined) return {}
  const policy = new Policy(reach)
  const name = canonicalHost(host)
  if (name === undefined) throw noHost(host)
  if (isIP(name) === 0 ? policy.forbidsName(name) : !policy.allows(name, name)) throw notAllowed(host)
  return { lookup: within(policy) }
}

/** @throws {AppError} USAGE that names the entry which is no host name, address or range */
export function checkReach(reach: Reach): void {
  new Policy(reach)
}

/**
 * A host in its usual spelling: `127.1` and `0x7f000001` are 127.0.0.1, IPv6 without brackets, names in lower case;
 * undefined for what is none.
 */
export function canonicalHost(text: string): string | undefined {
  if (/[\s/\\?#@%]/.test(text)) return undefined
  const address = isIP(text) === 6 ? `[${text}]` : text
  // A port is not part of it.
  if (!address.startsWith('[') && address.includes(':')) return undefined
  try {
    const host = new URL(`http://${address}`).hostname.replace(/\.$/, '')
    return host.replace(/^\[(.*)\]$/, '$1') || undefined
  } catch {
    return undefined
  }
}

export const noHost = (host: string): AppError =>
  new AppError('HOST_NOT_FOUND', `"${host}" is no host name and no address.`, { place: { host } })

const notAllowed = (host: string): AppError =>
  new AppError('HOST_NOT_ALLOWED', `This Flathouse may not connect to ${host}.`, { place: { host } })

/** Where an address leads: IPv4 in IPv6 (mapped, or by NAT64) to IPv4, and no address in particular to the own machine. */
function endOf(address: string): string {
  const [, high, low] = /^(?:::ffff|64:ff9b:):([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? []
  if (high === undefined || low === undefined) return ownAddresses[address] ?? address
  const number = parseInt(high, 16) * 65_536 + parseInt(low, 16)
  return endOf([24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.'))
}

const ownAddresses: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
const loopback = ['127.0.0.0/8', '::1']

type Family = 'ipv4' | 'ipv6'
const familyOf = (address: string): Family => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4')
linkLocal.addSubnet('fe80::', 10, 'ipv6')

class Hosts {
  readonly #names = new Set<string>()
  readonly #endings: string[] = []
  readonly #addresses = new BlockList()
  readonly #linkLocal = new BlockList()

  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry.trim())
  }

  hasName(name: string): boolean {
    return this.#names.has(name) || this.#endings.some((ending) => name.endsWith(ending))
  }

  hasAddress(address: string): boolean {
    return this.#addresses.check(address, familyOf(address))
  }

  /** Whether it was meant itself, and is not only in a range that is wider than all link-local ones. */
  hasLinkLocal(address: string): boolean {
    return this.#linkLocal.check(address, familyOf(address))
  }

  hasAddresses(): boolean {
    return this.#addresses.rules.length > 0
  }

  #add(entry: string): void {
    const [, host = '', bits] = /^(.*?)(?:\/(\d{1,3}))?$/s.exec(entry) ?? []
    const name = canonicalHost(host.replace(/^\*\./, ''))
    if (name === undefined) throw badEntry(entry)
    if (isIP(name) !== 0) this.#addAddress(entry, name, bits)
    else if (bits !== undefined || !/^[^*]+$/.test(name)) throw badEntry(entry)
    else if (host.startsWith('*.')) this.#endings.push(`.${name}`)
    else this.#names.add(name)
    if (name === 'localhost') for (const range of loopback) this.#add(range)
  }

  #addAddress(entry: string, given: string, bits: string | undefined): void {
    const address = endOf(given)
    const family = familyOf(address)
    const longest = family === 'ipv6' ? 128 : 32
    const prefix = Number(bits ?? longest)
    if (prefix > longest || entry.startsWith('*')) throw badEntry(entry)
    this.#addresses.addSubnet(address, prefix, family)
    if (linkLocal.check(address, family)) this.#linkLocal.addSubnet(address, prefix, family)
  }
}

const badEntry = (entry: string): AppError =>
  new AppError('USAGE', `"${entry}" is no host name, address or range of addresses.`)

class Policy {
  /** Undefined: all. */
  readonly #allow: Hosts | undefined
  readonly #deny: Hosts

  constructor({ allow, deny }: Reach) {
    this.#allow = allow === 'any' ? undefined : new Hosts(allow)
    this.#deny = new Hosts(deny)
  }

  /** Whether no address could make it right: then nobody is even asked for it. */
  forbidsName(name: string): boolean {
    if (this.#deny.hasName(name)) return true
    return this.#allow !== undefined && !this.#allow.hasName(name) && !this.#allow.hasAddresses()
  }

  allows(name: string, given: string): boolean {
    const bare = canonicalHost(given.replace(/%.*/, ''))
    if (bare === undefined) return false
    const address = endOf(bare)
    if (this.#deny.hasName(name) || this.#deny.hasAddress(address)) return false
    if (linkLocal.check(address, familyOf(address))) return this.#allow?.hasLinkLocal(address) === true
    return this.#allow === undefined || this.#allow.hasName(name) || this.#allow.hasAddress(address)
  }
}

function within(policy: Policy): LookupFunction {
  return (host, options, done) => {
    const name = canonicalHost(host) ?? host
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        done(error, [])
        return
      }
      const near = found.filter(({ address }) => policy.allows(name, address))
      answer(near, options.all === true, host, done)
    })
  }
}

function answer(
  found: LookupAddress[],
  all: boolean,
  host: string,
  done: Parameters<LookupFunction>[2],
): void {
  const [first] = found
  if (first === undefined) done(notAllowed(host), [])
  else if (all) done(null, found)
  else done(null, first.address, first.family)
}
