import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What a process holds (Linux). */
export interface ProcessUse {
  /** Resident memory in MB, now and at most so far. */
  memory: number
  peak: number
  /** Open descriptors, and how many of them are sockets. */
  descriptors: number
  sockets: number
  /** Processes that it has started and that have not ended. */
  children: number[]
}

export function useOf(pid: number): ProcessUse {
  const open = readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)]
    } catch {
      return []
    }
  })
  return {
    memory: statusMB(pid, 'VmRSS'),
    peak: statusMB(pid, 'VmHWM'),
    descriptors: open.length,
    sockets: open.filter((target) => target.startsWith('socket:')).length,
    children: childrenOf(pid),
  }
}

function statusMB(pid: number, field: string): number {
  const [, kibibytes = '0'] =
    new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round((Number(kibibytes) * 1024) / 1e6)
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      // After the name of the command, which may hold blanks.
      const [, parent] = / [A-Z] (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? []
      return Number(parent) === pid ? [Number(name)] : []
    } catch {
      return []
    }
  })
}
