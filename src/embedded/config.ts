import { createHash } from 'node:crypto'
import { writeFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface UserSpec {
  name: string
  password: string
  /** GRANT statements; left out = every right. */
  grants?: readonly string[]
  /** Reads only, and may not even change a setting (ClickHouse's readonly = 1). */
  readonly?: boolean
  /** Of its own profile. */
  settings?: Readonly<Record<string, string | number>>
}

/** What our own user may do in the embedded server. Text that a person wrote is checked before (DESIGN §2). */
export const ownGrants: readonly string[] = [
  'GRANT ALL ON main.*',
  'GRANT TABLE ENGINE ON *',
  'GRANT SELECT ON system.*',
  'GRANT FILE ON *.*',
  'GRANT CREATE TEMPORARY TABLE ON *.*',
  'GRANT SYSTEM FLUSH LOGS ON *.*',
  'GRANT KILL QUERY ON *.*',
]

/** `default` is the server's own session (launch.ts), so it must exist. These are the rights its statements need. */
const defaultGrants: readonly string[] = [
  'GRANT CREATE DATABASE ON main.*',
  'GRANT TABLE ENGINE ON *',
  'GRANT SYSTEM LISTEN ON *.*',
  'GRANT FILE ON *.*',
  'GRANT CREATE TEMPORARY TABLE ON *.*',
]

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
const escapeXml = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')

export interface ConfigOptions {
  dir: string
  users: readonly UserSpec[]
  memoryLimit: number
}

/** Writes config.xml and users.xml, both readable by their owner only. */
export function writeConfig(options: ConfigOptions): { configFile: string; logFile: string } {
  const configFile = join(options.dir, 'config.xml')
  const usersFile = join(options.dir, 'users.xml')
  const logFile = join(options.dir, 'server.log')
  writePrivate(usersFile, usersXml(options))
  writePrivate(configFile, configXml(options, usersFile, logFile))
  return { configFile, logFile }
}

/** A file's mode is only set when it is created, so an old one goes first. */
export function writePrivate(path: string, text: string): void {
  rmSync(path, { force: true })
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
}

/** A commit that broke off is completed by the ids of the parts it has moved, so merged parts are known for a while. */
const oldPartsSeconds = 60

/**
 * The limit holds for what this process has from the machine. ClickHouse would compare it with what the whole cgroup has,
 * which is every program of the container or the terminal: one that uses more, and no statement is taken (seen on 26.7).
 * What the allocator keeps counts, too, so that goes back sooner than by itself: else it is what statements fail of.
 */
const memory = `<memory_worker_use_cgroup>0</memory_worker_use_cgroup>
  <memory_worker_purge_dirty_pages_threshold_ratio>0.1</memory_worker_purge_dirty_pages_threshold_ratio>
  <memory_worker_purge_total_memory_threshold_ratio>0.6</memory_worker_purge_total_memory_threshold_ratio>`

function configXml(options: ConfigOptions, usersFile: string, logFile: string): string {
  return `<clickhouse>
  <users_config>${escapeXml(usersFile)}</users_config>
  <max_server_memory_usage>${Math.floor(options.memoryLimit)}</max_server_memory_usage>
  ${memory}
  <user_files_path>/</user_files_path>
  <merge_tree><old_parts_lifetime>${oldPartsSeconds}</old_parts_lifetime></merge_tree>
  <logger><log>${escapeXml(logFile)}</log><size>10M</size><count>3</count></logger>
  <query_log>
    <database>system</database><table>query_log</table>
    <flush_interval_milliseconds>7500</flush_interval_milliseconds>
    <ttl>event_date + INTERVAL 7 DAY DELETE</ttl>
  </query_log>
  ${handlersXml(options.users)}
</clickhouse>
`
}

/**
 * Only a request that carries a known user's exact Authorization header reaches the query handler. `default` cannot be
 * shut out in users.xml: the server's own session signs in as it, without a password and (to ClickHouse) from
 * 127.0.0.1 like everybody else, and a \`?user=default\` would override any header that was merely well formed.
 */
function handlersXml(users: readonly UserSpec[]): string {
  const allowed = users.map(
    (user) => `<rule><headers><Authorization>${basic(user)}</Authorization></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler></rule>`,
  )
  return `<http_handlers>
    <rule><url>/ping</url><handler><type>ping</type></handler></rule>
    ${allowed.join('\n    ')}
    <rule><handler>
      <type>static</type><status>403</status><content_type>text/plain; charset=UTF-8</content_type>
      <http_response_headers><X-ClickHouse-Exception-Code>516</X-ClickHouse-Exception-Code></http_response_headers>
      <response_content>Code: 516. DB::Exception: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)</response_content>
    </handler></rule>
  </http_handlers>`
}

const basic = (user: UserSpec) => `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`

/** A file that is mapped and cut while it is read takes the whole server down with it (seen on 26.7). */
const reading = '<storage_file_read_method>pread</storage_file_read_method>'

/** One query may take so much of the server's memory that it is refused before all others are. */
const oneQuery = 0.6
/** With this share of what is there a query goes on in files; two at once fit, with what merging their files takes. */
const goOnInFiles = 0.25
const spilling = ['sort', 'group_by', 'join']
  .map((what) => `max_bytes_ratio_before_external_${what}`)
  .map((setting) => `<${setting}>${goOnInFiles}</${setting}>`)
  .join('')

function usersXml({ users, memoryLimit }: ConfigOptions): string {
  const limit = `<max_memory_usage>${Math.floor(memoryLimit * oneQuery)}</max_memory_usage>`
  return `<clickhouse>
  <profiles><default>${limit}${spilling}${reading}</default>${users.map(profileXml).join('')}</profiles>
  <quotas><default></default></quotas>
  <users>
    <default><no_password></no_password>${accessXml('default')}${grantsXml(defaultGrants)}</default>
    ${users.map(userXml).join('\n    ')}
  </users>
</clickhouse>
`
}

function userXml(user: UserSpec): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(user.name)) throw new Error(`not a user name: ${user.name}`)
  const hash = createHash('sha256').update(user.password).digest('hex')
  const access = accessXml(profileOf(user))
  return `<${user.name}><password_sha256_hex>${hash}</password_sha256_hex>${access}${grantsXml(user.grants)}</${user.name}>`
}

const profileOf = ({ name, readonly, settings }: UserSpec) =>
  readonly === true || settings ? `of_${name}` : 'default'

/** A user's own profile, where there is to be one. */
function profileXml(user: UserSpec): string {
  const profile = profileOf(user)
  if (profile === 'default') return ''
  const settings = { ...user.settings, ...(user.readonly === true && { readonly: 1 }) }
  const list = Object.entries(settings).map(([name, value]) => `<${name}>${value}</${name}>`)
  return `<${profile}>${list.join('')}</${profile}>`
}

function accessXml(profile: string): string {
  return `<networks><ip>127.0.0.1</ip></networks><profile>${profile}</profile><quota>default</quota>`
}

function grantsXml(grants: readonly string[] | undefined): string {
  if (grants === undefined) return ''
  return `<grants>${grants.map((grant) => `<query>${escapeXml(grant)}</query>`).join('')}</grants>`
}
