/** Opens the venues on one port. Closing tears down whatever still hangs: a fault that never ends ends here. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bill } from './bill.js';
import { parseConfig, type SimulatorConfigInput } from './config.js';
import type { VenueDials } from './dials.js';
import type { FaultOrder } from './fault.js';
import type { LoggedRequest } from './request-log.js';
import { routeRequest } from './route-request.js';
import { changeSkill, readFaultOrder, type SkillOrder } from './serve-operator.js';
import { createWorld } from './world.js';

export interface Simulator {
  /** `http://host:port`; a venue's base URL is `${url}/<venue>/v1`. */
  url: string;
  close(): Promise<void>;
  bill(venue?: string): Bill;
  dials(): Record<string, VenueDials>;
  requests(venue: string, last?: number): LoggedRequest[];
  /** As `POST /_sim/faults`; throws where the order names nothing known. */
  order(fault: FaultOrder): void;
  clearFaults(): void;
  /** As `POST /_sim/skill`: from now on the model answers so well. */
  skill(order: SkillOrder): void;
}

export interface StartOptions {
  /** 0 (the default): any free one. */
  port?: number;
  host?: string;
  /** What a relative `recordings.folder` is relative to; the working directory unless told. */
  baseFolder?: string;
}

/** Throws an Error that names every wrong field when the configuration is wrong. */
export async function startSimulator(config: SimulatorConfigInput, options: StartOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', baseFolder = process.cwd() } = options;
  const world = createWorld(parseConfig(config), baseFolder);
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 }, (request, response) =>
    routeRequest(world, request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    bill: (venue) => world.bill.read(venue),
    dials: () => world.dials.read(),
    requests: (venue, last) => world.log.read(venue, last),
    order: (fault) => world.faults.add(readFaultOrder(world, fault)),
    clearFaults: () => world.faults.clear(),
    skill: (order) => void changeSkill(world, order),
  };
}
