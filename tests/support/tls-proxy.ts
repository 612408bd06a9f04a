import { connect, type AddressInfo, type Socket } from 'node:net'
import { createServer } from 'node:tls'
import { generate } from 'selfsigned'

export interface Certificates {
  /** The proxy's own, which is its own authority. */
  cert: string
  key: string
  /** One that the proxy takes from a client. */
  clientCert: string
  clientKey: string
}

export interface CertificateChange {
  from?: Date
  until?: Date
  /** Whom it is for. */
  address?: string
}

export async function makeCertificates(change: CertificateChange = {}): Promise<Certificates> {
  const { from, until, address = '127.0.0.1' } = change
  const made = await generate([{ name: 'commonName', value: address }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...(from && { notBeforeDate: from }),
    ...(until && { notAfterDate: until }),
    clientCertificate: { cn: 'tester', algorithm: 'sha256' },
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: address }] },
    ],
  })
  return {
    cert: made.cert,
    key: made.private,
    clientCert: made.clientcert ?? '',
    clientKey: made.clientprivate ?? '',
  }
}

export interface Proxy extends AsyncDisposable {
  port: number
}

/** Speaks TLS in front of a server that does not. */
export async function startTlsProxy(
  target: URL,
  certificates: Certificates,
  clientsToo = false,
): Promise<Proxy> {
  const { cert, key } = certificates
  const open = new Set<Socket>()
  const server = createServer(
    { cert, key, requestCert: clientsToo, rejectUnauthorized: clientsToo, ca: cert },
    (client) => {
      const behind = connect(Number(target.port), target.hostname)
      for (const socket of [client, behind]) {
        open.add(socket)
        socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy())
      }
      client.pipe(behind).pipe(client)
    },
  )
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}
