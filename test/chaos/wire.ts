/** A wire between Perch and the emulator: it hands on every byte, and resets a connection where the emulator asks for it. */
import { connect, createServer, type Socket } from 'node:net'
import { RESET_HEADER } from '../../emulator/faults/answers.ts'

const RESET = `\r\n${RESET_HEADER.toLowerCase()}:`

/** A wire that runs. */
export interface Wire {
  port: number
  close: () => void
}

/** Starts one to a port on loopback. */
export async function startWire(target: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    // Refused while the emulator starts, a connection is one that broke.
    const x = connect(target, '127.0.0.1')
    for (const [socket, other] of [
      [client, x],
      [x, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.end()
      })
    }
    client.pipe(x)
    x.on('data', (bytes) => {
      if (bytes.toString('latin1').toLowerCase().includes(RESET)) {
        client.resetAndDestroy()
        x.destroy()
      } else client.write(bytes)
    })
    x.on('end', () => client.end())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
