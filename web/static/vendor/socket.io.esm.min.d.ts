/** The part of socket.io-client 4.8 that signaling.js uses; the vendored file itself carries no types. */
export interface SocketError extends Error {
  data?: { code?: string; message?: string };
}

export interface ManagerEvents {
  readonly engine?: { readonly transport?: { readonly readyState: string } };
  on(event: "reconnect_attempt", listener: (attempt: number) => void): unknown;
}

export interface Socket {
  readonly connected: boolean;
  readonly active: boolean;
  auth: Record<string, unknown>;
  readonly io: ManagerEvents;
  on(event: "connect_error", listener: (error: SocketError) => void): this;
  on(event: string, listener: (payload: any) => void): this;
  timeout(ms: number): { emitWithAck(event: string, payload: unknown): Promise<any> };
  connect(): this;
  disconnect(): this;
}

export interface Options {
  path?: string;
  transports?: string[];
  auth?: Record<string, unknown>;
  reconnectionDelay?: number;
  reconnectionDelayMax?: number;
  randomizationFactor?: number;
  timeout?: number;
  autoConnect?: boolean;
}

export function io(options: Options): Socket;
